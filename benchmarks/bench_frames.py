"""The explorer's pictures in software rendering: first paint, panning, colours, replay.

    python benchmarks/bench_frames.py hub.snapshot [more.snapshot ...]

The forest and the largest family of every snapshot are dragged to and fro for three seconds each,
in headless Chromium with WebGL by SwiftShader and no GPU. A frame counts when the browser asks for
the next one; "at rest" is the same page without a movement, which tells how busy the machine is.
"First picture" is the time from the request of the page, nothing cached in the browser, until its
picture and its sum are drawn; "other colours" that from a click on the button until all is drawn
anew. The forest is replayed for five seconds. The first line names the renderer.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from playwright.sync_api import sync_playwright

SECONDS = 3
FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
PAN = """async ([seconds, moves]) => {
  const host = document.querySelector('.picture');
  const box = host.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const send = (target, kind, dx, dy) => target.dispatchEvent(new MouseEvent(kind, {
    bubbles: true, cancelable: true, view: window, clientX: x + dx, clientY: y + dy}));
  send(host, 'mousedown', 0, 0);
  const gaps = [];
  let last = 0;
  const start = performance.now();
  await new Promise((done) => {
    const frame = (now) => {
      if (last) gaps.push(now - last);
      last = now;
      const t = (now - start) / 1000;
      if (t > seconds) return done();
      if (moves) send(window, 'mousemove', 160 * Math.sin(3 * t), 90 * Math.sin(2 * t));
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  send(window, 'mouseup', 0, 0);
  gaps.sort((a, b) => a - b);
  const sum = gaps.reduce((a, b) => a + b, 0);
  return [1000 * gaps.length / sum, gaps[Math.floor(gaps.length * 0.95)]];
}"""
# Two frames after the sum of the picture stands, the picture is on the screen.
FIRST = """(() => {
  const look = () => {
    if (!document.querySelector('.accounting[data-total]')) return requestAnimationFrame(look);
    requestAnimationFrame(() => requestAnimationFrame(() => (window.first = performance.now())));
  };
  look();
})()"""
COLOURS = """async () => {
  const start = performance.now();
  document.querySelector('button.theme').click();
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  return performance.now() - start;
}"""
REPLAY = """async (seconds) => {
  document.querySelector('.replay > button').click();
  const months = new Set(), gaps = [];
  let last = 0, start = 0;
  await new Promise((done) => {
    const frame = (now) => {
      const t = new URL(location.href).searchParams.get('t');
      if (t !== null) {
        if (!start) start = now;
        else gaps.push(now - last);
        months.add(t);
        if (now - start > 1000 * seconds) return done();
      }
      last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  return [months.size / seconds, Math.max(...gaps)];
}"""
RENDERER = """() => {
  const gl = document.createElement('canvas').getContext('webgl2');
  if (!gl) return 'no WebGL2';
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  return gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
}"""


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def measure(page: Any, address: str) -> tuple[int, float, float, float, float, float]:
    """Return models, ms to the first picture, frames a second at rest and panning, slow gaps, ms.

    Of three runs of panning and of changing colours the best counts.
    """
    page.goto(address)
    page.wait_for_selector(".accounting[data-total]", timeout=120_000)
    page.wait_for_timeout(1500)
    first = page.evaluate("window.first")
    total = int(page.locator(".accounting[data-total]").first.get_attribute("data-total"))
    rate, slow = max(
        (page.evaluate(PAN, [SECONDS, True]) for _ in range(3)), key=lambda found: found[0]
    )
    rest, _ = page.evaluate(PAN, [SECONDS, False])
    colours = min(page.evaluate(COLOURS) for _ in range(3))
    return total, first, rest, rate, slow, colours


def replay(page: Any, address: str) -> tuple[float, float]:
    """Return months a second while the forest is replayed, and the longest gap between frames."""
    page.goto(address)
    page.wait_for_selector(".accounting[data-total]", timeout=120_000)
    months, gap = page.evaluate(REPLAY, 5)
    return months, gap


def main() -> None:
    """Serve each snapshot, pan its pictures, print the table."""
    rows = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        renderer = browser.new_page().evaluate(RENDERER)
        replays = []
        for snapshot in sys.argv[1:]:
            home = f"http://127.0.0.1:{(port := free_port())}"
            command = [sys.executable, "-m", "cladist", "serve", snapshot, "--port", str(port),
                       "--no-browser", "--quiet"]  # fmt: skip
            server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            try:
                largest = founder(home)
                views = ["forest", f"f/{largest}?view=lanes", f"f/{largest}?scope=clan&view=lanes",
                         f"f/{largest}?scope=clan&view=rings",
                         f"f/{largest}?scope=clan&view=rings&z=1.500"]  # fmt: skip
                for view in views:
                    print(snapshot, view, file=sys.stderr)
                    page = fresh(browser)
                    rows.append((Path(snapshot).stem, view, *measure(page, f"{home}/{view}")))
                    page.context.close()
                page = fresh(browser)
                replays.append((Path(snapshot).stem, *replay(page, f"{home}/forest")))
                page.context.close()
            finally:
                server.terminate()
                server.wait()
        print(f"Chromium {browser.version}, {renderer}, 1400 × 900\n")
        browser.close()
    print("| snapshot | view | models | first picture | at rest | panning | 95 % of gaps under "
          "| other colours |")  # fmt: skip
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    for name, view, total, first, rest, rate, slow, colours in rows:
        print(f"| {name} | {view} | {total:,} | {first:.0f} ms | {rest:.0f} | {rate:.0f} "
              f"| {slow:.0f} ms | {colours:.0f} ms |")  # fmt: skip
    for name, months, gap in replays:
        print(f"\nReplay of the forest of {name}: {months:.1f} months a second, "
              f"longest gap between frames {gap:.0f} ms")  # fmt: skip


def fresh(browser: Any) -> Any:
    """Return a page that has nothing cached."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    context.add_init_script(FIRST)
    return context.new_page()


def founder(home: str) -> str:
    """Return the founder of the largest family, once the server answers."""
    for _ in range(1200):
        try:
            with urlopen(f"{home}/api/v1/forest") as answer:  # noqa: S310
                return urllib.parse.quote(json.load(answer)["marks"]["model"][0])
        except OSError:
            time.sleep(0.5)
    raise SystemExit(f"{home} does not answer")


if __name__ == "__main__":
    main()
