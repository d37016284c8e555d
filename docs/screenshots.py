"""Photograph the pages of the explorer for docs/explorer.md.

    cladist serve hub_merged.snapshot --port 8710 --no-browser --census-until 2024-07-11 &
    cladist serve big.snapshot --port 8711 --no-browser &
    python docs/screenshots.py [NAME ...]

Writes docs/images/explorer-NAME.png, all of them or those named, in headless Chromium, with at most
256 colours where pngquant is installed. ``big.snapshot`` is of
``cladist simulate --models 1860000 --seed 1 --out big.snapshot``.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final
from urllib.request import urlopen

from playwright.sync_api import sync_playwright

IMAGES: Final = Path(__file__).parent / "images"
REAL: Final = "http://127.0.0.1:8710"
SIMULATED: Final = "http://127.0.0.1:8711"
PHONE: Final = (390, 844)
WIDE: Final = (1400, 900)

_STAR = "Teapot-Institute-2/Puddleshade320-7B-multi"
_DISC = "Paper-Whale-1/Gannetshade217-350M-multi"
_MODEL = "NousResearch/Hermes-2-Theta-Llama-3-8B"
_TWO = f"a={_MODEL}&b=NousResearch/Hermes-2-Pro-Llama-3-8B"
_CLANS = "a=mistralai/Mistral-7B-v0.1&b=google/gemma-7b&of=families"
#: Name -> server, address, size of the window.
PICTURES: Final[dict[str, tuple[str, str, tuple[int, int]]]] = {
    "model": (REAL, f"/m/{_MODEL}", WIDE),
    "model-dark": (REAL, f"/m/{_MODEL}?theme=dark", WIDE),
    "model-phone": (REAL, f"/m/{_MODEL}", PHONE),
    "ancestry": (REAL, "/m/mradermacher/Mahou-1.3-M2-mistral-7B-i1-GGUF", WIDE),
    "forest": (REAL, "/forest", WIDE),
    "forest-phone": (REAL, "/forest", PHONE),
    "forest-organisations": (REAL, "/forest?by=author", WIDE),
    "forest-replay": (REAL, "/forest?t=22", WIDE),
    "forest-filtered": (REAL, "/forest?from=2024-01&rel=quantized", WIDE),
    "forest-licence-dark": (REAL, "/forest?by=license&theme=dark", WIDE),
    "rings": (REAL, "/f/distilbert/distilbert-base-uncased?view=rings", WIDE),
    "rings-dark": (REAL, "/f/stabilityai/stable-diffusion-xl-base-1.0?theme=dark", WIDE),
    "lanes": (REAL, "/f/mistralai/Mistral-7B-v0.1?scope=clan", WIDE),
    "lanes-giant": (REAL, "/f/mistralai/Mistral-7B-v0.1", (1400, 1420)),
    "lanes-phone": (REAL, "/f/mistralai/Mistral-7B-v0.1?scope=clan", PHONE),
    "tree": (REAL, "/f/HuggingFaceTB/SmolLM-1.7B?view=tree", WIDE),
    "order": (REAL, "/evolution/ordering?trait=license", (1400, 1130)),
    "mutation": (REAL, "/evolution/mutation", (1400, 1230)),
    "similarity": (REAL, "/evolution/similarity?of=traits", WIDE),
    "growth-dark": (REAL, "/evolution/growth?theme=dark", WIDE),
    "compare": (REAL, f"/compare?{_TWO}", WIDE),
    "families": (REAL, f"/compare?{_CLANS}", (1400, 1640)),
    "report": (REAL, "/report", (1400, 1300)),
    "simulated-forest": (SIMULATED, "/forest", WIDE),
    "simulated-lanes": (SIMULATED, f"/f/{_STAR}", WIDE),
    "simulated-rings": (SIMULATED, f"/f/{_DISC}?view=rings&z=2.4", (1000, 760)),
    "simulated-model": (SIMULATED, "/m/{conflict}", WIDE),
    "simulated-mutation": (SIMULATED, "/evolution/mutation", WIDE),
    "simulated-families": (SIMULATED, "/compare?a={first}&b={third}&of=families", (1400, 1640)),
}
IDLE: Final = """() => !document.querySelector('main [aria-busy=true]')
  && !document.querySelector('.loading')"""


def main() -> None:
    """Take the pictures named, or all."""
    named = sys.argv[1:] or list(PICTURES)
    if unknown := set(named) - set(PICTURES):
        raise SystemExit(f"no picture is called {', '.join(sorted(unknown))}")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name in named:
            take(browser, name)
            print(name, file=sys.stderr)
        browser.close()
    quantize([IMAGES / f"explorer-{name}.png" for name in named])


def take(browser: Any, name: str) -> None:
    """Open one page, wait until nothing is computed any more, keep the picture."""
    server, address, (width, height) = PICTURES[name]
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.goto(server + filled(server, address))
    page.wait_for_selector("main h1")
    for _ in range(3000):
        page.wait_for_timeout(200)
        if page.evaluate(IDLE):
            break
    page.wait_for_timeout(500)
    page.screenshot(path=IMAGES / f"explorer-{name}.png")
    context.close()


def filled(server: str, address: str) -> str:
    """Put models of the server's hub into an address that names none."""
    if "{" not in address:
        return address
    clans = ask(server, "forest?unit=clan")["marks"]["model"]
    return address.format(
        first=clans[0], third=clans[2], conflict=conflict(server) if "{conflict}" in address else ""
    )


def conflict(server: str) -> str:
    """Return a model of the largest family whose licence is a possible conflict."""
    founder = ask(server, "forest")["marks"]["model"][0]
    question = f"members/{founder}?license=permissive&sort=downloads&order=desc&limit=500"
    for row in ask(server, question)["rows"]:
        if row["generation"] < 2:
            continue
        if ask(server, f"model/{row['model']}")["audit"]["verdict"] == "conflict":
            return str(row["model"])
    raise SystemExit("no possible conflict among the models looked at")


def ask(server: str, question: str) -> Any:
    """Return an answer of the API."""
    with urlopen(f"{server}/api/v1/{question}") as answer:  # noqa: S310 - of this machine
        return json.load(answer)


def quantize(files: list[Path]) -> None:
    """Leave 256 colours, where pngquant is there to choose them."""
    if tool := shutil.which("pngquant"):
        subprocess.run(  # noqa: S603
            [tool, "--force", "--skip-if-larger", "--strip", "--ext", ".png", "256", *files],
            check=True,
        )


if __name__ == "__main__":
    main()
