"""Card texts of strangers as HTML that can do nothing: no script, style, image or address here."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from cladist.values.card import split
from cladist.web.model_payloads import CardPayload

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it import MarkdownIt

#: Characters of a card that are rendered.
LONGEST: Final = 200_000
HUB: Final = "https://huggingface.co/"
_TAGS: Final = {
    "a", "abbr", "b", "blockquote", "br", "caption", "center", "code", "dd", "del", "details",
    "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "ins", "kbd", "li",
    "mark", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strike", "strong", "sub",
    "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul", "var",
}  # fmt: skip
_NOTHING_LEFT: Final = {"script", "style", "iframe", "object", "embed", "noscript", "template",
                        "math", "svg", "title", "textarea", "select"}  # fmt: skip
_ATTRIBUTES: Final = {"a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"},
                      "ol": {"start"}}  # fmt: skip


def card_payload(model: str, card: str) -> CardPayload:
    """Return a card as sanitised HTML; its front matter stays text."""
    text = card[:LONGEST]
    front, body, _ = split(text)
    return CardPayload(model, render(body, model), front, len(card), len(card) > LONGEST)


def render(markdown: str, model: str) -> str:
    """Return Markdown as HTML without anything that loads, runs or styles.

    Images become links to them. Relative addresses lead to the model's page on the Hub; only
    http, https and mailto are kept. Links carry ``rel="noopener noreferrer nofollow"`` and open
    elsewhere.
    """
    import nh3

    html = _markdown().render(markdown.replace("\0", ""))
    page = f"{HUB}{quote(model, safe='/')}/blob/main/"

    def elsewhere(url: str) -> str | None:
        if url.startswith(("#", "?", "/", "\\")):
            return None
        return page + url.removeprefix("./")

    return nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags=_NOTHING_LEFT,
        attributes=_ATTRIBUTES,
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        url_schemes={"http", "https", "mailto"},
        url_relative=elsewhere,
    )


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    made = MarkdownIt("commonmark", {"html": True, "linkify": False}).enable(
        ["table", "strikethrough"]
    )
    made.add_render_rule("image", _image)
    return made


def _image(self: Any, tokens: Sequence[Any], at: int, options: Any, env: Any) -> str:
    """Write an image as a link to it; inside a link as its words."""
    from markdown_it.common.utils import escapeHtml

    token = tokens[at]
    words = escapeHtml(self.renderInlineAsText(token.children or [], options, env).strip())
    words = f"[image: {words}]" if words else "[image]"
    inside = sum(t.nesting for t in tokens[:at] if t.type in ("link_open", "link_close"))
    if inside > 0:
        return words
    return f'<a href="{escapeHtml(str(token.attrGet("src") or ""))}">{words}</a>'
