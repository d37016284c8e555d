"""A star of more dots than a canvas draws well: WebGL where there is some, cells where not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import orjson
import pytest
from browsing import Tab, served

import cladist

CHILDREN = 8300
TASKS = ("text-to-image", "text-generation", "image-to-image")
#: A browser that has no WebGL.
WITHOUT = """const get = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  return kind === 'webgl2' ? null : get.call(this, kind, ...rest);
};"""


@pytest.fixture(scope="module")
def star(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a hub of one star."""
    folder = tmp_path_factory.mktemp("star")
    records = [{"id": "big/star", "createdAt": "2022-06-01T00:00:00.000Z"}]
    records += [
        {
            "id": f"user{i}/child{i}",
            "createdAt": f"{date(2022, 7, 1) + timedelta(days=i // 10)}T00:00:00.000Z",
            "pipeline_tag": TASKS[i % 7 % 3],
            "tags": ["base_model:adapter:big/star"],
        }
        for i in range(CHILDREN)
    ]
    source = folder / "star.jsonl"
    source.write_bytes(b"\n".join(orjson.dumps(r) for r in records) + b"\n")
    hub = cladist.build(source, folder / "star.snapshot", source="records")
    with served(hub, folder / "index") as address:
        yield address


def opened(browser: Any, star: str, script: str = "") -> Tab:
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    if script:
        context.add_init_script(script)
    tab = Tab(context.new_page(), star)
    tab.watch()
    tab.open("/f/big/star?view=rings&by=pipeline_tag")
    tab.page.wait_for_selector(".accounting[data-total]")
    tab.until("() => document.querySelectorAll('.stage-notes text').length > 1")
    return tab


def accounted(tab: Tab) -> str:
    line = tab.page.locator(".accounting[data-total]")
    assert line.get_attribute("data-sum") == line.get_attribute("data-total") == str(CHILDREN + 1)
    return str(line.inner_text())


def test_dots_of_a_large_star_are_drawn_by_webgl(browser: Any, star: str) -> None:
    tab = opened(browser, star)
    page = tab.page
    assert f"{CHILDREN + 1:,} shown" in accounted(tab)
    picture = page.locator(".picture")
    layer = "document.querySelector('.stage-layers canvas')"  # the lowest: dots by WebGL
    assert page.evaluate(f"{layer}.style.display") == ""
    assert page.evaluate(f"{layer}.getContext('webgl2') !== null")
    with_dots = picture.screenshot()
    page.evaluate(f"{layer}.style.visibility = 'hidden'")
    # Eight thousand dots cost more bytes than the page without them.
    assert len(with_dots) > 3 * len(picture.screenshot())
    page.evaluate(f"{layer}.style.visibility = ''")
    box = picture.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(middle[0] + 120, middle[1] + 40)
    page.wait_for_selector(".tooltip h3")
    assert "user" in page.inner_text(".tooltip h3")
    page.context.close()
    tab.clean()


def test_without_webgl_a_large_star_is_counted_in_cells(browser: Any, star: str) -> None:
    tab = opened(browser, star, WITHOUT)
    assert f"{CHILDREN:,} counted in bars or cells" in accounted(tab)
    filled = tab.page.evaluate("""() => {
      const canvas = document.querySelectorAll('.stage-layers canvas')[1];
      const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let n = 0;
      for (let i = 3; i < data.length; i += 4) if (data[i]) n++;
      return n / (data.length / 4);
    }""")
    assert filled > 0.1
    tab.page.context.close()
    tab.clean()
