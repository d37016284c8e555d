"""The forest and families as pictures, used by pointer, keyboard and a file of one's own."""

from __future__ import annotations

import re
from typing import Any

import pytest
from browsing import Tab
from web_client import Ask

FIND = """(what) => {
  const text = [...document.querySelectorAll('.stage-notes text')];
  const at = text.find(t => t.textContent === what).getBoundingClientRect();
  return [at.left, at.top, at.width, at.height];
}"""


def drawn(tab: Tab) -> None:
    """Wait until a picture stands with its words."""
    tab.ready()
    tab.page.wait_for_selector(".accounting[data-total]")
    tab.until("() => document.querySelectorAll('.stage-notes text').length > 3")


def balanced(tab: Tab) -> tuple[int, int]:
    """Assert that the parts printed sum up; return sum and total."""
    line = tab.page.locator(".accounting[data-total]").first
    found = int(line.get_attribute("data-sum")), int(line.get_attribute("data-total"))
    assert found[0] == found[1]
    said, total = line.locator("strong").inner_text().rsplit("=", 1)
    assert sum(int(n.replace(",", "")) for n in re.findall(r"[\d,]*\d", said)) == found[1]
    assert int(re.sub(r"\D", "", total)) == found[1]
    return found


@pytest.fixture
def founder(ask: Ask) -> str:
    """The founder of the largest family."""
    return str(ask("forest")["marks"]["model"][0])


def test_the_forest_is_hovered_and_clicked(tab: Tab, ask: Ask) -> None:
    marks = ask("forest")["marks"]
    tab.open("/forest")
    drawn(tab)
    total = ask("hub")["models"] + ask("hub")["ghosts"]
    assert balanced(tab) == (total, total)
    page = tab.page
    # The label of the largest family stands beside its mark.
    name = marks["model"][0].split("/")[-1]
    texts = page.locator(".stage-notes text.name").all_text_contents()
    label = next(t for t in texts if t.startswith(name[:8]))
    x, y, width, height = page.evaluate(FIND, label)
    for to in (-9, width + 9):
        page.mouse.move(x + to, y + height / 2)
        if page.locator(".tooltip").count():
            break
    said = page.inner_text(".tooltip")
    assert marks["model"][0] in said
    assert "member" in said
    page.mouse.down()
    page.mouse.up()
    tab.until("() => location.pathname.startsWith('/f/')")
    assert page.url.split("?", maxsplit=1)[0].endswith("/f/" + marks["model"][0])


def test_forms_filters_and_address(tab: Tab, founder: str, ask: Ask) -> None:
    page = tab.page
    tab.open(f"/f/{founder}")
    drawn(tab)
    size = ask(f"family/{founder}")["size"]
    for form in ("Lanes over time", "Rings"):
        page.get_by_role("button", name=form, exact=True).click()
        drawn(tab)
        balanced(tab)
    page.get_by_role("button", name="Lanes over time", exact=True).click()
    drawn(tab)
    assert balanced(tab)[1] == size
    page.get_by_label("Relation:").select_option("finetune")
    page.wait_for_selector(".filters-in-force [role=note], .filters-in-force strong")
    drawn(tab)
    balanced(tab)
    assert "left out by the filter" in page.inner_text(".accounting[data-total]")
    assert "relation finetune" in page.inner_text("[aria-label='Filter in force']")
    assert "rel=finetune" in page.url
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    drawn(tab)
    assert page.get_by_label("Relation:").input_value() == "finetune"
    page.keyboard.press("t")
    page.wait_for_selector(".virtual tbody th a")
    assert "view=table" in page.url
    page.go_back()
    drawn(tab)
    assert "view=table" not in page.url


def test_the_keyboard_walks_along_the_tree(tab: Tab, founder: str) -> None:
    page = tab.page
    tab.open(f"/f/{founder}?view=lanes&s=2")
    drawn(tab)
    page.locator(".picture").focus()
    page.keyboard.press("ArrowDown")
    first = page.inner_text(".tooltip h3")
    page.keyboard.press("ArrowRight")
    child = page.inner_text(".tooltip h3")
    assert child != first
    assert child in page.locator("[role=status]").last.inner_text()
    page.keyboard.press("ArrowLeft")
    assert page.inner_text(".tooltip h3") == first
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.wait_for_selector(".picked")
    assert page.inner_text(".picked .path").startswith(child)
    assert first in page.inner_text(".picked .path")
    assert "sel=" in page.url
    page.keyboard.press("Escape")
    page.locator(".picked").wait_for(state="detached")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    tab.until("() => location.pathname.startsWith('/m/')")


def test_detail_zoom_and_replay(tab: Tab, founder: str) -> None:
    page = tab.page
    tab.open(f"/f/{founder}?view=lanes")
    drawn(tab)
    slider = page.locator(".detail input")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    drawn(tab)
    balanced(tab)
    page.get_by_role("button", name="Zoom in").click()
    tab.until("() => location.search.includes('z=')")
    page.get_by_role("button", name="Whole picture").click()
    tab.until("() => !location.search.includes('z=')")
    tab.open("/forest")
    drawn(tab)
    page.locator(".replay input").fill("20")
    tab.until("() => document.querySelector('.accounting').textContent.includes('not yet born')")
    balanced(tab)
    assert "t=20" in page.url
    assert "Nov 2023" in page.inner_text(".replay output")
    # Motion is not wanted here, so there is no replay, only jumps.
    assert page.locator(".replay > button").count() == 0


def test_the_keyboard_walks_from_sibling_to_sibling(tab: Tab, founder: str, ask: Ask) -> None:
    lanes = ask(f"lanes/{founder}", s=2)["lanes"]
    children: dict[int, list[str]] = {}
    for lane in lanes:
        children.setdefault(lane["parent"], []).append(lane["model"])
    parent, siblings = next((p, c) for p, c in children.items() if p >= 0 and len(c) > 2)
    page = tab.page
    tab.open(f"/f/{founder}?view=lanes&s=2&sel={lanes[parent]['model']}")
    drawn(tab)
    page.locator(".picture").focus()
    page.keyboard.press("ArrowRight")
    met = [page.inner_text(".tooltip h3")]
    for _ in range(2):
        page.keyboard.press("ArrowDown")
        met.append(page.inner_text(".tooltip h3"))
    assert met == siblings[:3]
    page.keyboard.press("ArrowUp")
    assert page.inner_text(".tooltip h3") == siblings[1]
    assert siblings[1] in page.locator("[role=status]").last.inner_text()


def test_the_filter_of_downloads(tab: Tab, ask: Ask) -> None:
    page = tab.page
    tab.open("/forest")
    drawn(tab)
    page.get_by_label("Downloads:").select_option("100-")
    page.wait_for_selector("[aria-label='Filter in force']")
    drawn(tab)
    assert "dl=100-" in page.url
    kept = ask("forest", downloads="100-")["accounts"]
    total, left_out = kept["total"], kept["filtered"]
    assert 0 < left_out < total
    assert balanced(tab) == (total, total)
    assert f"{left_out:,} left out by the filter" in page.inner_text(".accounting[data-total]")
    page.click("[aria-label='Filter in force'] button:has-text('Downloads')")
    tab.until("() => location.search === ''")
    page.locator("[aria-label='Filter in force']").wait_for(state="detached")


def drop(page: Any, name: str, text: str) -> None:
    """Drop a file onto the page, as the browser would."""
    page.evaluate(
        """([name, text]) => {
          const data = new DataTransfer();
          data.items.add(new File([text], name, {type: 'text/csv'}));
          for (const kind of ['dragover', 'drop'])
            document.dispatchEvent(new DragEvent(kind, {dataTransfer: data, bubbles: true}));
        }""",
        [name, text],
    )


def test_a_table_of_ones_own_colours_and_stays_here(tab: Tab, founder: str, ask: Ask) -> None:
    rows = ask(f"members/{founder}", limit=200)["rows"]
    text = "model,team\n" + "".join(f"{r['model']},t{i % 3}\n" for i, r in enumerate(rows))
    page = tab.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method + " " + request.url))
    for view in ("lanes", "rings"):
        tab.open(f"/f/{founder}?view={view}")
        drawn(tab)
        before = page.url
        drop(page, "mine.csv", text)
        page.wait_for_selector(".own-note")
        tab.until("() => document.querySelector('.legend').textContent.includes('t0')")
        said = page.inner_text(".own-note")
        assert "your column, not in the link" in said
        balanced(tab)
        assert page.url == before
        page.get_by_role("button", name="Remove", exact=True).click()
        page.locator(".own-note").wait_for(state="detached")
    assert not [a for a in asked if not a.startswith("GET ") or "team" in a]
    drop(page, "bad.csv", "one column only\n")
    assert "two columns" in page.inner_text(".own-note")


def test_a_table_of_ones_own_says_what_it_colours(tab: Tab, founder: str) -> None:
    page = tab.page
    text = f"model,team\n{founder},mine\n"
    tab.open("/forest")
    drawn(tab)
    drop(page, "mine.csv", text)
    page.wait_for_selector(".own-note:has-text('1 of')")
    assert "founder's own row" in page.inner_text(".own-note")
    assert "what your file says of the founder" in page.inner_text("p.foot")
    tab.open(f"/m/{founder}")
    drop(page, "mine.csv", text)
    page.wait_for_selector(".own-note:has-text('Open one of them and drop it there')")
    tab.follow(f"/f/{founder}")
    drawn(tab)
    assert page.locator(".own-note").count() == 0


def test_tables_keep_their_numbers_on_a_phone(browser: Any, site: str, founder: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    tab = Tab(context.new_page(), site)
    tab.watch()
    for address in ("/forest?view=table", f"/f/{founder}?view=table"):
        tab.open(address)
        tab.page.wait_for_selector(".virtual tbody td.num")
        cut = "e => e.filter(c => c.scrollWidth > c.clientWidth).map(c => c.textContent)"
        assert tab.page.eval_on_selector_all(".virtual td.num", cut) == []
        all_cut = tab.page.eval_on_selector_all(".virtual td", cut)
        assert not [text for text in all_cut if re.search(r"\b20\d\d$", text)], "dates"
        wide = "() => document.documentElement.scrollWidth <= innerWidth"
        assert tab.page.evaluate(wide)
    context.close()
    tab.clean()


def test_a_replay_is_saved_with_its_month(tab: Tab) -> None:
    page = tab.page
    tab.open("/forest?t=12")
    drawn(tab)
    page.wait_for_selector(".accounting:has-text('As of the end of Mar 2023')")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as found:
        page.get_by_role("button", name="Picture as SVG").click()
    assert "As of the end of Mar 2023" in found.value.path().read_text()


def test_what_is_selected_is_not_called_filtered(tab: Tab, founder: str, ask: Ask) -> None:
    child = ask(f"children/{founder}", limit=1)["rows"][0]["model"]
    for model, said in ((founder, False), (child, True)):
        tab.open(f"/f/{founder}?scope=clan&view=rings&sel={model}")
        drawn(tab)
        foot = tab.page.inner_text("p.foot")
        assert ("not on the path of the selected model" in foot) == said


def test_a_search_that_finds_nothing_asks_what_was_meant(tab: Tab, founder: str) -> None:
    page = tab.page
    tab.open("/forest")
    page.keyboard.press("/")
    page.keyboard.type(founder[:-4] + founder[-3:] + "q")
    page.wait_for_selector(".found:has-text('Did you mean')")
    page.click(f".found [role=option] >> text={founder}")
    page.wait_for_selector(f"h1:has-text('{founder}')")


def test_a_wrong_address_is_a_page(tab: Tab) -> None:
    tab.open("/elsewhere/of")
    assert "There is nothing at" in tab.page.inner_text("main")


def test_pictures_are_saved_with_their_words(tab: Tab, founder: str) -> None:
    page = tab.page
    tab.open(f"/f/{founder}?view=lanes")
    drawn(tab)
    for kind, start in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        page.get_by_role("button", name="Export").click()
        with page.expect_download() as found:
            page.get_by_role("button", name=f"Picture as {kind}").click()
        with open(found.value.path(), "rb") as file:
            content = file.read()
        assert content.startswith(start)
        if kind == "SVG":
            assert b"Simulated data. Not the Hub." in content
            assert b"Filter in force: none" in content


def test_a_filter_that_leaves_nothing_names_the_way_out(tab: Tab) -> None:
    tab.open("/forest?lang=cy&rel=conversion&stated=1")
    page = tab.page
    page.wait_for_selector(".state")
    assert "No model matches these filters." in page.inner_text(".state")
    page.get_by_role("button", name="Clear all").click()
    drawn(tab)
    balanced(tab)
