"""From what a model states to a licence of the catalogue: ids, near-ids, names behind ``other``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cladist.licenses.catalog import UNRESOLVED, licenses

#: A longer statement is no name of a licence.
LONGEST: Final = 200

_NOISE: Final = re.compile(
    r"\b(?:the|license|licence|licensed|under|version|agreement|terms|of|use|public|community|"
    r"international|unported|generic|v)\b"
)
_VERSION: Final = re.compile(r"(?<![a-z0-9])v(?=\d)|(?<=[a-z])v(?=\d)")
_ZERO: Final = re.compile(r"(?<=\d)\.0(?!\d)")
_MARK: Final = re.compile(r"[^a-z0-9+]+")

#: Spellings that no rule reaches -> id; keys as :func:`_plain` leaves them.
_SPELLINGS: Final = {
    "apache": "apache-2.0", "asl2": "apache-2.0", "expat": "mit",
    "bsd3": "bsd-3-clause", "bsd2": "bsd-2-clause",
    "cc0": "cc0-1.0", "cc01universal": "cc0-1.0", "creativecommonszero": "cc0-1.0",
    "newbsd": "bsd-3-clause", "3clausebsd": "bsd-3-clause", "simplifiedbsd": "bsd-2-clause",
    "gnugpl3": "gpl-3.0", "gnugpl2": "gpl-2.0", "gnugeneral3": "gpl-3.0", "gnuagpl3": "agpl-3.0",
    "gpl3only": "gpl-3.0", "gpl3orlater": "gpl-3.0", "gpl2only": "gpl-2.0",
    "gpl2orlater": "gpl-2.0", "agpl3only": "agpl-3.0", "agpl3orlater": "agpl-3.0",
    "lgpl3only": "lgpl-3.0", "lgpl3orlater": "lgpl-3.0", "lgpl21only": "lgpl-2.1",
    "lgpl21orlater": "lgpl-2.1", "unilicense": "unlicense",
    "metallama3": "llama3", "llama31": "llama3.1", "llama32": "llama3.2", "llama33": "llama3.3",
    "metallama31": "llama3.1", "metallama32": "llama3.2", "metallama33": "llama3.3",
    "metallama2": "llama2", "metallama4": "llama4",
    "creativecommonsattribution4": "cc-by-4.0", "attribution4": "cc-by-4.0",
    "creativecommonsattributionnoncommercial4": "cc-by-nc-4.0",
    "attributionnoncommercial4": "cc-by-nc-4.0",
    "creativecommonsattributionsharealike4": "cc-by-sa-4.0",
    "attributionnoncommercialsharealike4": "cc-by-nc-sa-4.0",
    "creativemlopenrail": "creativeml-openrail-m", "openrailm": "openrail",
    "googlegemma": "gemma",
}  # fmt: skip

#: Names behind ``other`` as the Hub's cards write them -> id; keys as :func:`_plain` leaves them.
_NAMES: Final = {
    "lfm1": "lfm", "lfmopen1": "lfm", "minimaxh3": "minimax-h3",
    "nvidiaopenmodel": "nvidia-open-model", "qwen": "qwen", "deepseek": "deepseek",
    "deepseekmodel": "deepseek",
    "flux1devnoncommercial": "flux-1-dev-nc",
    "flux1devnc": "flux-1-dev-nc", "stabilityaiai": "stabilityai-community",
    "stabilityainc": "stabilityai-nc-research",
    "healthaideveloperfoundations": "hai-def", "tongyiqianwen": "tongyi-qianwen",
    "tongyiqianwenresearch": "tongyi-qianwen-research", "yi": "yi",
    "databricksopenmodel": "dbrx", "tencenthunyuan": "tencent-hunyuan-community",
    "falcon180btii": "falcon-180b", "falcon2": "falcon-2", "glm4": "glm-4",
    "applesamplecode": "apple-ascl", "mistralairesearch": "mrl",
    "mistralainonproduction": "mnpl", "qwenresearch": "qwen-research",
    "kimik3": "kimi-k3", "exaoneaimodel11nc": "exaone", "exaone11nc": "exaone",
}  # fmt: skip

#: Names that several texts share: only a link can tell.
AMBIGUOUS: Final = frozenset(("modifiedmit", "mitmodified"))

#: Places of a text -> id, without scheme; a statement's link may be deeper.
_PLACES: Final = {
    "ai.google.dev/gemma/terms": "gemma",
    "llama.meta.com/llama3/license": "llama3",
    "www.llama.com/llama3_1/license": "llama3.1",
    "www.llama.com/llama3_2/license": "llama3.2",
    "www.llama.com/llama3_3/license": "llama3.3",
    "www.llama.com/llama4/license": "llama4",
    "ai.meta.com/llama/license": "llama2",
    "huggingface.co/meta-llama/meta-llama-3-8b/blob/main/license": "llama3",
    "huggingface.co/black-forest-labs/flux.1-dev/blob/main/license.md": "flux-1-dev-nc",
    "github.com/deepseek-ai/deepseek-llm/blob/main/license-model": "deepseek",
    "github.com/deepseek-ai/deepseek-math/blob/main/license-model": "deepseek",
    "github.com/deepseek-ai/deepseek-coder/blob/main/license-model": "deepseek",
    "github.com/deepseek-ai/deepseek-v2/blob/main/license-model": "deepseek",
    "huggingface.co/01-ai/yi-34b/blob/main/license": "yi",
    "huggingface.co/01-ai/yi-34b-200k/blob/main/license": "yi",
    "creativecommons.org/licenses/by-nc/4.0": "cc-by-nc-4.0",
    "creativecommons.org/licenses/by-nc-sa/4.0": "cc-by-nc-sa-4.0",
    "creativecommons.org/licenses/by-sa/4.0": "cc-by-sa-4.0",
    "creativecommons.org/licenses/by/4.0": "cc-by-4.0",
    "www.apache.org/licenses/license-2.0": "apache-2.0",
    "opensource.org/licenses/mit": "mit",
}


@dataclass(frozen=True)
class Resolved:
    """What a statement means.

    ``id``: a licence of the catalogue, None if that cannot be told; ``how``: ``exact``,
    ``near`` (another spelling), ``name`` or ``link`` (behind ``other``), or if None the reason:
    ``unstated``, ``unresolved`` (other or unknown, and nothing more), ``several``,
    ``ambiguous_name``, ``not_in_catalog``.
    """

    id: str | None
    how: str


UNSTATED: Final = Resolved(None, "unstated")


def resolve(
    stated: str | Sequence[str] | None, name: str | None = None, link: str | None = None
) -> Resolved:
    """Return the licence that a model's statement means; never raises.

    Parameters
    ----------
    stated
        The licence as stated: one or a list. Several are not resolved: the Hub does not say
        whether all hold, or any.
    name, link
        ``license_name`` and ``license_link``, read where ``stated`` is ``other`` or unknown to
        the catalogue.
    """
    values = [stated] if isinstance(stated, str) else list(stated or ())
    if not values:
        return UNSTATED
    if len(set(values)) > 1:
        return Resolved(None, "several")
    return _resolve(values[0][: LONGEST + 1], (name or "")[: LONGEST + 1], (link or "")[:2000])


@lru_cache(maxsize=1 << 14)
def _resolve(stated: str, name: str, link: str) -> Resolved:
    known = licenses()
    if stated in known and stated not in UNRESOLVED:
        return Resolved(stated, "exact")
    if stated not in UNRESOLVED:
        near = _by_name(stated, {})
        if near is not None:
            return Resolved(near, "near")
    place = _by_link(link)
    if place is not None:
        return Resolved(place, "link")
    if _plain(name) in AMBIGUOUS:
        return Resolved(None, "ambiguous_name")
    named = _by_name(name, _NAMES)
    if named is not None:
        return Resolved(named, "name")
    return Resolved(None, "unresolved" if stated in UNRESOLVED else "not_in_catalog")


def _by_name(text: str, names: dict[str, str]) -> str | None:
    if not text or len(text) > LONGEST:
        return None
    lowered = text.strip().lower()
    known = licenses()
    if lowered in known and lowered not in UNRESOLVED:
        return lowered
    plain = _plain(text)
    return names.get(plain) or _SPELLINGS.get(plain) or _plain_ids().get(plain)


@lru_cache(maxsize=1)
def _plain_ids() -> dict[str, str]:
    found: dict[str, str] = {}
    own = [e for e in licenses().values() if e.id not in UNRESOLVED]
    for entry in own:
        found.setdefault(_plain(entry.id), entry.id)
    for entry in own:  # an SPDX id names a text of its own, not a model that is under it
        if entry.spdx and not entry.behind_other:
            found.setdefault(_plain(entry.spdx), entry.id)
    return found


def _plain(text: str) -> str:
    """Return a name without what spellings differ in: case, marks, filler, ``.0``, ``v``."""
    words = _MARK.sub(" ", _ZERO.sub("", text.lower().replace("_", " ").replace("-", " ")))
    words = _NOISE.sub(" ", _VERSION.sub("", words))
    return "".join(words.split())


def _by_link(link: str) -> str | None:
    place = re.sub(r"^https?://", "", link.strip().lower()).split("#")[0].split("?")[0]
    place = place.rstrip("/").removesuffix(".txt").removesuffix(".html")
    place = place.removesuffix("/deed.en").removesuffix("/legalcode").rstrip("/")
    return _PLACES.get(place) or _own_places().get(place)


@lru_cache(maxsize=1)
def _own_places() -> dict[str, str]:
    """Return the places of the catalogue's own texts that belong to one licence alone."""
    found: dict[str, list[str]] = {}
    for entry in licenses().values():
        if entry.url:
            place = re.sub(r"^https?://", "", entry.url.lower()).rstrip("/")
            found.setdefault(place, []).append(entry.id)
    return {place: ids[0] for place, ids in found.items() if len(ids) == 1}
