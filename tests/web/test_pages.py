"""The pages, used as people use them."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from browsing import AXE, Tab, need
from web_client import Ask


@pytest.fixture
def doubtful(ask: Ask) -> str:
    """A model whose licence is a possible conflict, with an ancestor above its parent."""
    rows = ask("forest")["marks"]["model"]
    for founder in rows[:30]:
        for row in ask(f"members/{founder}", sort="generation", limit=60)["rows"]:
            if row["generation"] < 2 or row["is_ghost"]:
                continue
            if ask(f"model/{row['model']}")["audit"]["verdict"] == "conflict":
                return str(row["model"])
    raise AssertionError("the simulated hub has no possible conflict")


def test_a_newcomer_finds_why_a_licence_is_doubtful(tab: Tab, doubtful: str) -> None:
    tab.open("/")
    page = tab.page
    page.keyboard.press("/")
    page.keyboard.type(doubtful)
    page.keyboard.press(
        "Enter"
    )  # faster than the answer: it opens what was typed, not what is shown
    finding = page.wait_for_selector(".finding.conflict")
    assert page.inner_text("h1") == doubtful
    said = finding.inner_text()
    assert "Possible conflict" in said
    assert "Rule:" in said
    assert "Not legal advice" in said
    outside = page.locator(".finding a[target=_blank]").all_text_contents()
    assert outside
    assert all(words.endswith("↗") for words in outside)
    page.locator(".edge-line summary").first.click()
    assert page.locator(".edge-line[open] td").count() > 0
    assert page.locator(".rail li, .runs li").count() > 1
    assert "[simulated]" in page.title()
    assert "Not the Hub" in page.inner_text(".simulated")


def test_search_is_used_by_keyboard_and_takes_pasted_addresses(tab: Tab, doubtful: str) -> None:
    tab.open("/forest")
    page = tab.page
    page.keyboard.press("/")
    page.keyboard.insert_text(f"https://huggingface.co/{doubtful}/tree/main")
    page.wait_for_selector("[role=option]")
    assert page.inner_text("[role=option][aria-selected=true] .name").startswith(doubtful)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.tagName") != "INPUT"
    page.keyboard.press("/")
    page.keyboard.type(doubtful.split("/", maxsplit=1)[0])
    page.wait_for_selector("[role=option]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/m/|/m\?"))


def test_the_address_is_the_state(tab: Tab, doubtful: str, ask: Ask) -> None:
    parent = ask(f"model/{doubtful}")["line"][-2]["model"]
    tab.open(f"/m/{parent}")
    page = tab.page
    page.click("#children button:has-text('Siblings')")
    page.wait_for_url("**?of=siblings")
    page.click("#children button:has-text('Children')")
    page.click("#children th button:has-text('model')")
    page.wait_for_url("**?order=asc&sort=model")
    page.wait_for_selector("#children th[aria-sort=ascending]")
    tab.ready()
    before = page.inner_text("#children table")
    page.go_back()
    tab.until("() => location.search === ''")
    page.go_forward()
    tab.until("() => location.search === '?order=asc&sort=model'")
    tab.open(page.url.removeprefix(tab.home))
    assert page.inner_text("#children table") == before
    page.click(f"#children a >> text={doubtful}")
    page.wait_for_selector(f"h1:has-text('{doubtful}')")
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector(f"h1:has-text('{parent}')")
    page.keyboard.press("f")
    page.wait_for_url("**/forest")


def test_a_lineage_is_saved_with_its_words(tab: Tab, doubtful: str, ask: Ask) -> None:
    model = ask(f"model/{doubtful}")
    page = tab.page
    tab.open(f"/m/{doubtful}")
    page.click("text=Export")
    with page.expect_download() as file:
        page.click("text=Lineage as SVG")
    drawing = file.value.path().read_text()
    wide = float(re.findall(r'<svg [^>]*? width="([\d.]+)"', drawing)[0])
    written = re.findall(r'<text [^>]*font-size="([\d.]+)"[^>]*>([^<]*)</text>', drawing)
    said = [html.unescape(text) for _, text in written]
    for facts in [model["facts"], *model["ancestors"]]:
        assert facts["model"] in said
    relation = model["edges"][-1]["relation"]
    assert any({"finetune": "fine-tune"}.get(relation, relation) in words for words in said)
    assert any("licence: " in words for words in said)
    assert any("Filter in force: none" in words for words in said)
    assert any(ask("hub")["digest"][:12] in words for words in said)
    assert wide >= 640
    # No words are cut: a letter is on average little more than half as wide as it is high.
    assert all(len(text) * float(size) * 0.42 < wide for size, text in written)
    page.click("text=Export")
    with page.expect_download() as file:
        page.click("text=Lineage as PNG")
    assert file.value.path().read_bytes().startswith(b"\x89PNG")


def test_what_is_not_there_names_what_is_near(tab: Tab, doubtful: str) -> None:
    tab.open(f"/m/{doubtful}x")
    assert "not_found" in tab.page.inner_text(".error")
    tab.page.click(f".error a >> text={doubtful}")
    tab.page.wait_for_selector(".finding")


def test_an_analysis_is_drawn_and_its_numbers_are_there(tab: Tab) -> None:
    tab.open("/evolution/mutation")
    page = tab.page
    chart = page.locator("svg.picture").first
    chart.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    heard = page.inner_text("[aria-live=polite]")
    assert "%" in heard
    assert heard.strip() == page.inner_text(".tooltip")
    assert "Filter in force: all relations" in page.inner_text("figcaption >> nth=0")
    page.get_by_label("Relations:").select_option("finetune")
    page.wait_for_url("**?relations=finetune")
    page.wait_for_selector("figcaption:has-text('Filter in force: fine-tune')")
    with page.expect_download() as file:
        page.click("#numbers >> text=CSV")
    text = file.value.path().read_text()
    assert text.startswith("trait,relation,rate")
    assert len(text.splitlines()) - 1 == int(page.inner_text("#numbers h2 .aside").split()[0])
    with page.expect_download() as file:
        page.click("figure >> text=Save")
        page.click("text=Picture as SVG")
    drawing = file.value.path().read_text()
    # An outline that keeps words readable stays behind them in the file too.
    assert 'paint-order="' in drawing
    with page.expect_download() as file:
        page.click("figure >> text=Save")
        page.click("text=Picture as PNG")
    assert file.value.path().read_bytes().startswith(b"\x89PNG")


def test_the_order_of_a_trait_stands_beside_its_matrix(tab: Tab) -> None:
    tab.open("/evolution/ordering?trait=license")
    pictures = tab.page.locator(".pair svg.picture")
    assert pictures.count() == 2
    boxes = [pictures.nth(i).bounding_box() for i in range(2)]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    assert "Dashed: fewer than five families" in tab.page.inner_text("main")


def test_two_models_and_two_families_are_compared(tab: Tab, doubtful: str, ask: Ask) -> None:
    parent = ask(f"model/{doubtful}")["line"][-2]["model"]
    tab.open(f"/compare?a={doubtful}")
    page = tab.page
    page.get_by_label("The other model").fill(parent)
    page.locator(".pick-model").nth(1).get_by_text("Choose").click()
    page.wait_for_selector("section[aria-label=Relationship]")
    assert "child" in page.inner_text("section[aria-label=Relationship]")
    assert page.locator(".sides li.shared").count() >= 1


def _months(page: Any, place: int) -> dict[str, int]:
    """Return where the months of one of two pictures stand, in whole pixels."""
    return dict(page.evaluate(
        """place => [...document.querySelectorAll('.one-family')[place]
             .querySelectorAll('.stage-notes text')]
             .filter(t => /^(20\\d\\d|[A-Z][a-z][a-z])$/.test(t.textContent))
             .map(t => [t.textContent + t.getAttribute('font-weight'),
                        Math.round(t.getBoundingClientRect().left)])""",
        place,
    ))  # fmt: skip


def test_two_families_stand_on_one_axis_of_time(tab: Tab, ask: Ask) -> None:
    one, other = ask("forest", unit="clan")["marks"]["model"][:2]
    tab.open(f"/compare?a={one}&b={other}&of=families")
    page = tab.page
    page.wait_for_selector("table >> text=second-parent links")
    page.wait_for_selector(".one-family >> nth=1")
    tab.until("() => document.querySelectorAll('.one-family .stage-notes text').length > 12")
    for place, founder in enumerate((one, other)):
        family = page.locator(".one-family").nth(place)
        line = family.locator(".accounting")
        assert line.get_attribute("data-sum") == line.get_attribute("data-total")
        assert (
            int(line.get_attribute("data-total")) == ask(f"family/{founder}", scope="clan")["size"]
        )
        assert family.locator(".stage-notes text.name").first.text_content()
    clips = page.locator(".stage-notes clipPath").evaluate_all("all => all.map(c => c.id)")
    assert len(set(clips)) == len(clips) >= 2
    before = _months(page, 0)
    assert len(before) > 3
    assert before == _months(page, 1)
    page.locator(".one-family").first.get_by_label("Zoom in").click()
    tab.until("() => location.search.includes('z=1.5')")
    tab.until("left => { const t = [...document.querySelectorAll('.one-family')[1]"
              ".querySelectorAll('.stage-notes text')].find(t => /^20/.test(t.textContent));"
              "return !t || Math.abs(t.getBoundingClientRect().left - left) > 2 }",
              next(x for name, x in before.items() if name.startswith("20")))  # fmt: skip
    page.locator(".one-family .picture").nth(1).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.wait_for_selector(".picked")
    assert other in page.inner_text(".picked .path")


def _serious(page: Any, rules: str) -> list[str]:
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        f"axe.run(document, {{iframes: false, resultTypes: ['violations'], {rules}}})"
    )
    return [
        f"{v['id']}: {n['target']} {n['html'][:140]}"
        for v in found["violations"]
        if v["impact"] in ("serious", "critical")
        for n in v["nodes"][:3]
    ]


ADDRESSES = ("/forest", "/forest?view=table", "/f/{2}?view=lanes", "/f/{2}?view=rings&scope=clan",
             "/f", "/m", "/m/{}?card=1", "/evolution", "/evolution/mutation", "/evolution/ordering",
             "/compare?a={0}&b={1}", "/compare?a={0}&b={1}&of=families", "/report")  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_serious_finding_of_accessibility(tab: Tab, doubtful: str, ask: Ask, theme: str) -> None:
    need(AXE.is_file(), "axe-core is not installed (make ui)")
    parent = ask(f"model/{doubtful}")["line"][-2]["model"]
    founder = ask("forest")["marks"]["model"][0]
    rules = "runOnly: ['color-contrast']" if theme == "dark" else ""  # what colours change
    found = {}
    tab.open(f"/m?theme={theme}")
    for template in ADDRESSES:
        address = template.format(doubtful, parent, founder)
        tab.follow(f"{address}{'&' if '?' in address else '?'}theme={theme}")
        tab.page.wait_for_timeout(100)
        if address != "/report":  # its six analyses take a while; their pages are looked at above
            tab.ready()
        if problems := _serious(tab.page, rules):
            found[address] = problems
    assert found == {}


def test_a_phone_scrolls_in_one_direction_only(tab: Tab, doubtful: str, ask: Ask) -> None:
    page = tab.page
    page.set_viewport_size({"width": 390, "height": 844})
    founder, other = ask("forest", unit="clan")["marks"]["model"][:2]
    for address in ("/forest", f"/f/{founder}?view=lanes", f"/f/{founder}?view=rings", "/m",
                    f"/m/{doubtful}", "/evolution", "/evolution/mutation",
                    f"/compare?a={founder}&b={doubtful}", "/compare",
                    f"/compare?a={founder}&b={other}&of=families"):  # fmt: skip
        tab.open(address)
        page.wait_for_timeout(100)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address
    page.click("[aria-label=Pages]")
    page.click("nav.open >> text=Evolution")
    page.wait_for_url("**/evolution")
