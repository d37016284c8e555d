"""What strangers wrote, opened in a browser: it may be read, it may do nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import orjson
import pyarrow.parquet as pq
import pytest
from browsing import Tab, served
from vectors import VECTORS

import cladist
from cladist.web.cards import render

#: Vectors a card: each ends with what closes whatever it left open, so that none hides the next.
_SHARE = 5
_CLOSE = "\n\n\"'`>--></script></style></textarea></title></svg></math></select></template>\n\n"
CARDS = [VECTORS[i : i + _SHARE] for i in range(0, len(VECTORS), _SHARE)]


def _records() -> list[dict[str, Any]]:
    """Vectors in cards, licences, tags, tasks, libraries, data sets, parents; and as ids."""
    found: list[dict[str, Any]] = []
    for i, vectors in enumerate(CARDS):
        first = vectors[0]
        name = orjson.dumps(" ".join(vectors)).decode()
        front = f"---\nlicense: other\nlicense_name: {name}\n---\n\n"
        found.append({
            "id": f"m/v{i}", "author": first, "createdAt": "2023-05-01T00:00:00.000Z",
            "pipeline_tag": first, "library_name": vectors[-1], "downloads": i,
            "tags": [*vectors, f"license:{first}", f"dataset:{first}",
                     *(["base_model:finetune:m/v0"] if i else [])],
            "cardData": {"license": "other", "license_name": " ".join(vectors),
                         "license_link": first, "datasets": list(vectors),
                         "base_model": [f"m/v{i - 1}", first] if i else first},
            "card": front + _CLOSE.join(vectors) + _CLOSE,
        })  # fmt: skip
    for vector in VECTORS:
        found.append({"id": vector, "tags": ["base_model:m/v0"]})
        found.append({"id": f"m/{vector}", "tags": ["base_model:m/v0"]})
    return found


@pytest.fixture(scope="module")
def hostile(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A hub of hostile records, served."""
    folder = tmp_path_factory.mktemp("hostile")
    source = folder / "records.jsonl"
    source.write_bytes(b"\n".join(orjson.dumps(r) for r in _records()) + b"\n")
    hub = cladist.build(source, folder / "hub.snapshot", source="records")
    # No id that could be markup gets past the reader: each is a row of the rejects.
    models = pq.read_table(hub.file("models"), columns=["model_id"])["model_id"].to_pylist()
    assert not [m for m in models if re.search(r"[<>\"'`&\s]", m)]
    assert pq.read_metadata(hub.file("rejects")).num_rows > len(VECTORS)
    with served(hub, folder / "index") as address:
        yield address


@pytest.fixture
def stranger(browser: Any, hostile: str) -> Iterator[Tab]:
    """A tab on the hostile hub."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    opened = Tab(context.new_page(), hostile)
    opened.watch()
    yield opened
    context.close()
    opened.clean()


class _Harmless(HTMLParser):
    """Fails at an element or attribute that can load, run or style."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in {"script", "style", "iframe", "img", "svg", "math", "object", "embed",
                           "link", "meta", "base", "form", "input", "video", "audio"}  # fmt: skip
        for name, value in attrs:
            assert not name.startswith("on"), name
            assert name not in {"style", "src", "srcset", "id", "name"}, name
            if name == "href":
                assert re.match(r"(https?://|mailto:)", value or ""), value


def test_every_vector_alone_is_harmless() -> None:
    for vector in VECTORS:
        _Harmless().feed(render(vector, "m/v0"))


def test_cards_licences_and_tags_do_nothing(stranger: Tab) -> None:
    assert len(VECTORS) >= 200
    stranger.open("/m/m/v0?card=1")
    for i in range(len(CARDS)):
        stranger.follow(f"/m/m/v{i}?card=1")
        stranger.until(
            """(id) => document.querySelector('h1')?.textContent === id &&
                document.querySelector('iframe.card')?.title === 'Card of ' + id &&
                document.querySelector('iframe.card').contentDocument?.readyState === 'complete'""",
            f"m/v{i}",
        )
    frame = stranger.page.locator("iframe.card")
    assert "allow-scripts" not in frame.get_attribute("sandbox")
    stranger.clean()


def test_addresses_and_searches_do_nothing(stranger: Tab) -> None:
    stranger.open("/m")
    for i, vector in enumerate(VECTORS[::6]):
        text = quote(vector, safe="")
        page = ("m", "f", "evolution")[i % 3]
        stranger.follow(f"/{page}/{text}?by={text}&lic={text}&sort={text}&vs={text}&theme={text}")
        stranger.page.wait_for_timeout(15)
    for text in VECTORS[1::80]:
        stranger.open(f"/m?author={quote(text, safe='')}")
        stranger.open(f"/compare?a={quote(text, safe='')}&b=m/v3")
        stranger.page.keyboard.press("/")
        stranger.page.keyboard.insert_text(text.replace("\n", " "))
        stranger.page.wait_for_timeout(120)
    stranger.clean()
