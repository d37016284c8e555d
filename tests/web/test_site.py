"""A static site: files where the API has its answers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import orjson
import pytest
from browsing import Tab
from material import BuildRecords
from web_client import client_of

from cladist.errors import InputError
from cladist.web import site
from cladist.web.answers import State
from cladist.web.building import build_index


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    static = tmp_path / "static"
    static.mkdir()
    (static / "index.html").write_text(
        '<html><head>\n<base href="/" /><meta name="cladist-mode" content="server" /></head></html>'
    )
    monkeypatch.setattr(site, "STATIC", static)
    return static


def test_site__holds_what_the_server_answers(
    build_records: BuildRecords, tmp_path: Path, pages: Path
) -> None:
    hub = build_records([
        {"id": "o/a"}, {"id": "o/b", "tags": ["base_model:finetune:o/a"]},
        {"id": "o/c", "tags": ["base_model:merge:o/a", "base_model:merge:o/b"]},
        {"id": "p/alone"}, {"id": "x/../../evil", "tags": ["base_model:o/a"]},
    ])  # fmt: skip
    out = tmp_path / "site"
    state = State(hub, build_index(hub, tmp_path / "index"))
    told = site.write_site(state, out, family="o/b")
    client = client_of(hub, tmp_path / "index")
    root = out / "api" / "v1"

    def same(file: str, question: str) -> Any:
        found = orjson.loads((root / f"{file}.json").read_bytes())
        assert found == client.get(f"/api/v1/{question}").json(), file
        return found

    facts = orjson.loads((root / "hub.json").read_bytes())
    whole = client.get("/api/v1/hub").json()
    counted = {"family": "o/a", "models": 3, "ghosts": 0, "claims": 3, "edges": 3, "families": 1,
               "in_families": 3, "alone": 0, "largest_family": 3}  # fmt: skip
    assert facts == whole | counted
    assert whole["family"] is None
    assert whole["alone"] == 1
    same("model/o/c", "model/o/c")
    same("children/o/a", "children/o/a")
    same("family/o/b@scope=clan", "family/o/b?scope=clan")
    same("lanes/o/a", "lanes/o/a")
    same("nodes/o/a@by=license&scope=clan", "nodes/o/a?by=license&scope=clan&format=json")
    found = orjson.loads((root / "search.json").read_bytes())
    members = {m["model"] for m in found["models"]}
    assert {"o/a", "o/b", "o/c"} <= members
    assert "p/alone" not in members
    assert not (root / "model" / "p").exists()
    page = (out / "index.html").read_text()
    assert "<base" not in page
    assert 'content="static"' in page
    assert told["files"] == sum(1 for p in root.rglob("*.json"))
    for path in out.rglob("*"):
        assert path.resolve().is_relative_to(out.resolve())
    with pytest.raises(InputError, match="empty"):
        site.write_site(state, out)


def test_site__too_large_is_refused(
    build_records: BuildRecords, tmp_path: Path, pages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = build_records([{"id": f"a/{i}"} for i in range(5)])
    monkeypatch.setattr(site, "MOST_MODELS", 4)
    with pytest.raises(InputError, match="too many"):
        site.write_site(State(hub, build_index(hub, tmp_path / "index")), tmp_path / "site")


def test_site__does_not_count_ghosts_against_its_limit(
    build_records: BuildRecords, tmp_path: Path, pages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = build_records([{"id": f"a/{i}", "tags": [f"base_model:g/{i}"]} for i in range(4)])
    monkeypatch.setattr(site, "MOST_MODELS", 4)
    told = site.write_site(State(hub, build_index(hub, tmp_path / "index")), tmp_path / "site")
    assert told["models"] == 4
    found = orjson.loads((tmp_path / "site" / "api" / "v1" / "hub.json").read_bytes())
    assert (found["models"], found["ghosts"], found["family"]) == (4, 4, None)


@pytest.mark.parametrize("name", ["..", "a/..", "../b", "a/b/c", "a//b", "a\\b", "a\nb", "/", "",
                                  "x" * 300])  # fmt: skip
def test_site__no_id_leads_out_of_it(name: str) -> None:
    assert site._path(name) is None


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


DRAWN = """() => {
  const canvas = document.querySelectorAll('.stage-layers canvas')[1];
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return data.some((part, i) => i % 4 === 3 && part > 0);
}"""


@contextmanager
def _hosted(browser: Any, out: Path) -> Iterator[Tab]:
    """A tab on a site that a plain file server holds; nothing may be missing on it."""
    files = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(out)))
    threading.Thread(target=files.serve_forever, daemon=True).start()
    context = browser.new_context(viewport={"width": 1200, "height": 800})
    tab = Tab(context.new_page(), f"http://127.0.0.1:{files.server_port}")
    missing: list[str] = []
    tab.page.on("response", lambda r: missing.append(r.url) if r.status >= 400 else None)
    tab.watch()
    try:
        yield tab
    finally:
        context.close()
        files.shutdown()
        files.server_close()
    tab.clean()
    assert missing == []


def test_site__of_one_family_begins_there_and_leads_nowhere_else(
    browser: Any, build_records: BuildRecords, tmp_path: Path
) -> None:
    hub = build_records([
        {"id": "o/a", "author": "o", "createdAt": "2023-01-01T00:00:00.000Z", "license": "mit"},
        *({"id": f"o/c{i}", "createdAt": f"2023-{2 + i % 9:02d}-01T00:00:00.000Z",
           "tags": ["base_model:finetune:o/a"]} for i in range(8)),
        {"id": "p/alone"}, {"id": "q/root"}, {"id": "q/leaf", "tags": ["base_model:q/root"]},
    ])  # fmt: skip
    out = tmp_path / "site"
    site.write_site(State(hub, build_index(hub, tmp_path / "index")), out, family="o/c1")
    with _hosted(browser, out) as tab:
        page = tab.page
        tab.open("/index.html")
        page.wait_for_selector("h1:has-text('o/a')")
        assert page.url.endswith("#/f/o/a")
        page.wait_for_selector(".accounting[data-total='9']")
        assert "9 models" in page.inner_text("header .facts")
        for name in ("Model", "Family"):
            page.get_by_role("navigation").get_by_role("link", name=name).click()
            tab.ready()
            assert page.locator(".error").count() == 0
        assert page.get_by_role("link", name="Forest").count() == 0
        page.click("a.brand")
        page.wait_for_selector("h1:has-text('o/a')")
        for model in ("o/a", "o/c3"):
            page.goto(f"{tab.home}/index.html#/m/{model}")
            page.wait_for_selector(f"h1:has-text('{model}')")
            tab.ready()
            assert page.locator(".error").count() == 0
            assert page.locator("text=Compare").count() == 0


def test_site__pictures_are_drawn_without_a_server(
    browser: Any, build_records: BuildRecords, tmp_path: Path
) -> None:
    hub = build_records([
        {"id": "o/a", "createdAt": "2023-01-01T00:00:00.000Z", "license": "mit"},
        *({"id": f"o/c{i}", "createdAt": f"2023-{2 + i % 9:02d}-01T00:00:00.000Z",
           "tags": ["base_model:finetune:o/a"]} for i in range(30)),
        *({"id": f"o/d{i}", "createdAt": "2024-01-01T00:00:00.000Z",
           "tags": ["base_model:quantized:o/c1"]} for i in range(3)),
    ])  # fmt: skip
    out = tmp_path / "site"
    site.write_site(State(hub, build_index(hub, tmp_path / "index")), out)
    with _hosted(browser, out) as tab:
        for address, words in (
            ("forest", "1 in marks"), ("f/o/a?view=lanes", "counted in bars"),
            ("f/o/a?view=rings", "34 shown"), ("f/o/a?view=tree", "34 shown"),
        ):  # fmt: skip
            tab.page.goto("about:blank")
            tab.open(f"/index.html#/{address}")
            line = tab.page.wait_for_selector(".accounting[data-total]")
            assert line.get_attribute("data-sum") == line.get_attribute("data-total") == "34"
            assert words in line.inner_text() or address == "forest", address
            tab.until(DRAWN)
        tab.page.goto(f"{tab.home}/index.html#/m/o/d0")
        tab.page.wait_for_selector("h1:has-text('o/d0')")
        tab.page.wait_for_selector(".rail li >> nth=1")
