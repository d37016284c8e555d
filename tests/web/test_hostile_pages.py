"""What strangers wrote, opened in a browser: it may be read, it may do nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from browsing import Tab, served
from vectors import VECTORS

import cladist


def _records() -> list[dict[str, Any]]:
    """One model a vector: in its id, card, licence, tags, task, library, data sets and parent."""
    found: list[dict[str, Any]] = []
    for i, vector in enumerate(VECTORS):
        card = (
            f"---\nlicense: other\nlicense_name: {orjson.dumps(vector).decode()}\n---\n\n{vector}\n"
        )
        found.append({
            "id": f"m/v{i}", "author": vector, "createdAt": "2023-05-01T00:00:00.000Z",
            "pipeline_tag": vector, "library_name": vector, "downloads": i,
            "tags": [vector, f"license:{vector}", f"dataset:{vector}", "base_model:finetune:m/v0"]
            if i else [vector],
            "cardData": {"license": "other", "license_name": vector, "license_link": vector,
                         "datasets": [vector], "base_model": f"m/v{i - 1}" if i % 7 else vector},
            "card": card,
        })  # fmt: skip
        found.append({"id": vector, "tags": ["base_model:m/v0"]})
        found.append({"id": f"m/{vector}", "tags": ["base_model:m/v0"]})
    return found


@pytest.fixture(scope="module")
def hostile(
    browser: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, list[str]]]:
    """A hub of hostile records, served; and the ids of it that the reader accepted."""
    folder = tmp_path_factory.mktemp("hostile")
    source = folder / "records.jsonl"
    source.write_bytes(b"\n".join(orjson.dumps(r) for r in _records()) + b"\n")
    hub = cladist.build(source, folder / "hub.snapshot", source="records")
    ids = hub.table("models", ["model_id"])["model_id"].to_pylist()
    with served(hub, folder / "index") as address:
        yield address, [m for m in ids if not m.startswith("m/v")]


@pytest.fixture
def stranger(browser: Any, hostile: tuple[str, list[str]]) -> Iterator[Tab]:
    """A tab on the hostile hub."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    opened = Tab(context.new_page(), hostile[0])
    opened.watch()
    yield opened
    context.close()
    opened.clean()


def test_cards_licences_and_tags_do_nothing(stranger: Tab) -> None:
    assert len(VECTORS) >= 200
    stranger.open("/m/m/v0?card=1")
    for i in range(len(VECTORS)):
        stranger.follow(f"/m/m/v{i}?card=1")
        stranger.page.wait_for_function(
            """(id) => document.querySelector('h1')?.textContent === id &&
                document.querySelector('iframe.card')?.title === 'Card of ' + id &&
                document.querySelector('iframe.card').contentDocument?.readyState === 'complete'""",
            arg=f"m/v{i}",
        )
    frame = stranger.page.locator("iframe.card")
    assert "allow-scripts" not in frame.get_attribute("sandbox")
    stranger.clean()


def test_ids_do_nothing(stranger: Tab, hostile: tuple[str, list[str]]) -> None:
    ids = hostile[1]
    assert len(ids) > 20, "the reader accepts some of them"
    stranger.open("/m")
    for model in ids[:60]:
        stranger.follow(f"/m/{quote(model, safe='/')}")
        stranger.page.wait_for_function(
            "(id) => document.querySelector('h1')?.textContent === id", arg=model
        )
    stranger.ready()


def test_addresses_and_searches_do_nothing(stranger: Tab) -> None:
    stranger.open("/m")
    for i, vector in enumerate(VECTORS[::4]):
        text = quote(vector, safe="")
        page = ("m", "f", "evolution")[i % 3]
        stranger.follow(f"/{page}/{text}?by={text}&lic={text}&sort={text}&vs={text}&theme={text}")
        stranger.page.wait_for_timeout(15)
    for text in VECTORS[1::40]:
        stranger.open(f"/m?author={quote(text, safe='')}")
        stranger.open(f"/compare?a={quote(text, safe='')}&b=m/v3")
        stranger.page.keyboard.press("/")
        stranger.page.keyboard.insert_text(text.replace("\n", " "))
        stranger.page.wait_for_timeout(120)
    stranger.clean()
