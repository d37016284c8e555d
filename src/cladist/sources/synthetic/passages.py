"""Sections of cards: what a section is as a number, and its text.

A section is one integer: how long it is, its language, what kind of model it is about, who first
wrote it, and a number of its own. Two cards with the same number have the same section; a new
number is a text that no other card has. So sections are inherited as integers, and the text is
put together from the pools of :mod:`cladist.sources.synthetic.pools` only when it is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cladist.sources.synthetic.draws import Ints
from cladist.sources.synthetic.pools import (
    DOMAINS,
    SECTIONS,
    TONGUES,
    WORLDS,
    Pool,
    blocks,
    grammar,
    headings,
    joined,
    sentences,
)

Codes = NDArray[np.uint64]

#: Lengths of a section, from about 155 to 3,380 characters; the higher the number the longer.
VARIANTS: Final = 250
SHORTEST, LONGEST = 155, 3_380
#: Bits: length 8, tongue 4, domain 4, writer 24, number 24.
_TONGUE, _DOMAIN, _WRITER, _NUMBER = (np.uint64(k) for k in (8, 12, 16, 40))
#: What a writer and a section are numbered by: below this.
NUMBERS: Final = 1 << 24

#: How often a section has a block of its kinds, where it is long enough: conventions, set so that
#: as many cards have code, links, pictures and other letters as real ones.
BLOCKS: Final = {
    "description": {"links": 0.15, "images": 0.26},
    "usage": {"code": 0.85},
    "data": {"sample": 0.15},
    "procedure": {"settings": 0.55},
    "evaluation": {"table": 0.60, "images": 0.05},
    "thanks": {"cite": 0.60},
}  # fmt: skip
#: Of writers, how many put signs before headings, and use round bullets; of sections, how many
#: are lists: conventions.
_SIGNS, _ROUND, _LISTS = 0.16, 0.08, 0.22
_ORDERS: Final = 256
#: How early come sentences of the domain, of any, and those put together: conventions.
_EARLY: Final = (4.0, 1.0, 0.15)
#: Pools are made once, whichever thread comes first.
_MAKING: Final = Lock()
#: Characters of prose that a block leaves room for, at least.
_ROOM: Final = 40


def pack(length: Any, tongue: Any, domain: Any, writer: Any, number: Any) -> Codes:
    """Return the integers of sections; their length is not 0."""
    code: Codes = np.asarray(length).astype(np.uint64)
    for value, shift in ((tongue, _TONGUE), (domain, _DOMAIN), (writer, _WRITER),
                         (number, _NUMBER)):  # fmt: skip
        code = code | (np.asarray(value).astype(np.uint64) << shift)
    return code


def _field(code: Codes, shift: np.uint64, bits: int) -> Ints:
    return ((code >> shift) & np.uint64((1 << bits) - 1)).astype(np.int64)


def _mixed(number: Ints, salt: int) -> Ints:
    """Scramble numbers (the finalizer of MurmurHash3); below 2^32."""
    found = number.astype(np.uint64) + np.uint64(salt * 0x9E3779B97F4A7C15 % 2**64)
    for shift, factor in ((33, 0xFF51AFD7ED558CCD), (33, 0xC4CEB9FE1A85EC53)):
        found = (found ^ (found >> np.uint64(shift))) * np.uint64(factor)
    return (found >> np.uint64(32)).astype(np.int64)


def _share(number: Ints, salt: int) -> NDArray[np.float64]:
    return _mixed(number, salt) / 2.0**32


@dataclass(frozen=True)
class _Plan:
    """Templates of each subject (section and domain, or section and tongue), in many orders.

    ``orders[subject, order, k]`` is where the k-th template begins in the pool, ``size`` how many
    there are; ``mean`` the characters of a sentence.
    """

    orders: Ints
    size: Ints
    mean: NDArray[np.float64]


def _subject(section: Ints, tongue: Ints, domain: Ints) -> Ints:
    """Return the number of each subject: domains in English, then the other tongues."""
    kinds = len(DOMAINS) + len(TONGUES) - 1
    return section * kinds + np.where(tongue == 0, domain, len(DOMAINS) + tongue - 1)


@cache
def _plan() -> _Plan:
    pool = sentences()
    random = np.random.default_rng(np.random.SeedSequence([20261130, 9]))
    found = []
    for section in SECTIONS:
        for kind in (*DOMAINS, *TONGUES[1:]):
            special = _starts(pool, (section, kind))
            usual, mixed = _starts(pool, (section, None)), _starts(pool, (section, "any"))
            if kind not in DOMAINS:  # few sentences: what other sections say follows
                others = (_starts(pool, (other, kind)) for other in SECTIONS if other != section)
                usual, mixed = [], [start for other in others for start in other]
            found.append((special, usual, mixed))
    size = np.array([sum(map(len, three)) for three in found], dtype=np.int64)
    orders = np.zeros((len(found), _ORDERS, size.max()), dtype=np.int64)
    mean = np.empty(len(found))
    for row, three in enumerate(found):
        starts = np.array([start for group in three for start in group])
        # What is said of this kind of model comes early, so that short sections tell it too.
        weight = np.repeat(_EARLY, [len(group) for group in three])
        keys = random.exponential(size=(_ORDERS, len(starts))) / weight
        orders[row, :, : len(starts)] = starts[np.argsort(keys, axis=1, kind="stable")]
        mean[row] = np.mean([pool.length[s : s + WORLDS].mean() for s in starts])
    return _Plan(orders, size, mean)


def _starts(pool: Pool, key: Any) -> list[int]:
    if key not in pool.start:
        return []
    return [pool.start[key] + k * WORLDS for k in range(pool.count[key])]


@cache
def _separators() -> tuple[pa.Array, Ints]:
    texts = [" ", "\n\n", "\n\n- ", "\n- ", "\n\n• ", "\n• ", ""]
    return pa.array(texts), np.array([len(t) for t in texts])


@dataclass(frozen=True)
class _Pieces:
    """All that sections are made of, as one array; where each part of it begins."""

    texts: pa.Array
    length: Ints
    separators: int
    headings: int
    before: int
    after: int
    ids: int


@cache
def _pieces() -> _Pieces:
    marks, mark_length = _separators()
    heads, _, _ = headings()
    pool = blocks()
    parts = [sentences().before, marks, heads, pool.before, pool.after]
    sizes = np.cumsum([0, *(len(p) for p in parts)]).tolist()
    # Of a block only the front part counts its length, with the empty line below it.
    length = [sentences().length, mark_length, pc.utf8_length(heads).to_numpy(),
              pool.length + 2, np.zeros(len(pool.after), dtype=np.int64)]  # fmt: skip
    after = joined(pool.after, "\n\n")
    parts[3:] = [pc.if_else(pa.array(pool.holds), pool.before, joined(pool.before, "\n\n")),
                 pc.if_else(pa.array(pool.holds), after, "")]  # fmt: skip
    return _Pieces(pa.concat_arrays(parts), np.concatenate(length).astype(np.int64), *sizes[1:])


def write(codes: Codes, ids: pa.Array) -> pa.Array:
    """Write the sections of cards.

    Parameters
    ----------
    codes
        One row per card, one column per section; 0 where it is absent.
    ids
        The models' own ids, for code.

    Returns
    -------
    pa.Array
        One text per card, empty without sections.
    """
    row, section = np.nonzero(codes)
    code = codes[row, section]
    with _MAKING:
        pieces = _pieces()
    part = _Parts.of(code, section.astype(np.int64))
    count = 1 + 3 * (part.block >= 0) + 2 * part.sentences
    first = np.cumsum(count) - count
    place = np.empty(int(count.sum()), dtype=np.int64)
    place[first] = part.heading
    early = part.early & (part.block >= 0)
    told = first + 1 + 3 * early
    spot = np.repeat(told, part.sentences) + 2 * part.turn
    place[spot], place[spot + 1] = part.sentence, part.separator
    some = np.flatnonzero(part.block >= 0)
    at = np.where(early, first + 1, first + 1 + 2 * part.sentences)[some]
    holds = blocks().holds[part.block[some]]
    empty = pieces.separators + len(_separators()[0]) - 1
    place[at] = pieces.before + part.block[some]
    place[at + 1] = np.where(holds, pieces.ids + row[some], empty)
    place[at + 2] = pieces.after + part.block[some]
    offsets = np.zeros(len(codes) + 1, dtype=np.int64)
    np.cumsum(np.bincount(row, weights=count, minlength=len(codes)), out=offsets[1:])
    texts = _take(pieces, ids, place)
    lists = pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), texts)
    return pc.binary_join(lists, "")


def _take(pieces: _Pieces, ids: pa.Array, place: Ints) -> pa.Array:
    """Take pieces; what lies beyond them are ids."""
    own = place >= pieces.ids
    texts = pieces.texts.take(pa.array(np.where(own, 0, place)))
    if not own.any():
        return texts
    return pc.replace_with_mask(texts, pa.array(own), ids.take(pa.array(place[own] - pieces.ids)))


@dataclass(frozen=True)
class _Parts:
    """What each section consists of, as places in the pieces (``block``: of the blocks, or -1).

    ``sentence``, ``separator`` and ``turn`` (its number in the section) are of each sentence.
    """

    heading: Ints
    block: Ints
    early: NDArray[np.bool_]
    sentences: Ints
    sentence: Ints
    separator: Ints
    turn: Ints

    @classmethod
    def of(cls, code: Codes, section: Ints) -> _Parts:
        pieces, plan = _pieces(), _plan()
        variant, tongue = _field(code, np.uint64(0), 8), _field(code, _TONGUE, 4)
        domain, writer = _field(code, _DOMAIN, 4), _field(code, _WRITER, 24)
        number = _field(code, _NUMBER, 24) * len(SECTIONS) + section
        wanted = SHORTEST * (LONGEST / SHORTEST) ** (variant / VARIANTS)
        world = _mixed(writer, 1) % WORLDS
        heading = pieces.headings + _heading(section, tongue, writer)
        block = _block(section, domain, number, world, wanted)
        left = wanted - pieces.length[heading]
        left -= np.where(block >= 0, pieces.length[pieces.before + block], 0)
        subject = _subject(section, tongue, domain)
        most = np.maximum(np.ceil(left / plan.mean[subject] * 1.3), 1).astype(np.int64) + 2
        # In other tongues nothing is said twice: their sections stay short, as real ones do.
        most = np.where(tongue > 0, np.minimum(most, plan.size[subject]), most)
        owner = np.repeat(np.arange(len(code)), most)
        turn = np.arange(len(owner)) - np.repeat(np.cumsum(most) - most, most)
        size = plan.size[subject][owner]
        order = (_mixed(number, 2) % _ORDERS)[owner]
        start = plan.orders[subject[owner], order, turn % size]
        sentence = start + (world[owner] + 389 * (turn // size)) % WORLDS
        length = pieces.length[sentence] + 1
        before = np.cumsum(length) - length
        before -= np.repeat(before[np.cumsum(most) - most], most)
        kept = (before < left[owner]) & ((turn > 0) | (left[owner] > 0))
        count = np.bincount(owner[kept], minlength=len(code))
        owner, turn = owner[kept], turn[kept]
        last = turn == count[owner] - 1
        separator = pieces.separators + _separator(number, writer, tongue, owner, turn, last)
        early = _share(number, 3) < np.where(section == SECTIONS.index("usage"), 0.25, 0.45)
        early |= _is(section, "description")  # pictures and links stand on top
        return cls(heading, block, early, count, sentence[kept], separator, turn)


def _is(section: Ints, name: str) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = section == SECTIONS.index(name)
    return found


def _heading(section: Ints, tongue: Ints, writer: Ints) -> Ints:
    """Return the number of each heading: its wording, level and sign are the writer's."""
    _, wordings, signs = headings()
    word = _mixed(writer * len(SECTIONS) + section, 4) % wordings
    level = (_share(writer, 5) < 0.2).astype(np.int64)
    sign = np.where(_share(writer, 6) < _SIGNS,
                    1 + _mixed(writer * len(SECTIONS) + section, 7) % (signs - 1), 0)  # fmt: skip
    return (((tongue * len(SECTIONS) + section) * wordings + word) * 2 + level) * signs + sign


def _block(
    section: Ints, domain: Ints, number: Ints, world: Ints, wanted: NDArray[np.float64]
) -> Ints:
    """Return which block each section has, -1 for none; one too long for it is left out."""
    pool = blocks()
    found = np.full(len(section), -1, dtype=np.int64)
    draw, which = _share(number, 8), _mixed(number, 9)
    for name, kinds in BLOCKS.items():
        low = 0.0
        for kind, share in kinds.items():
            mine = np.flatnonzero(_is(section, name) & (draw >= low) & (draw < low + share))
            low += share
            keys = [(kind, d if (kind, d) in pool.start else None) for d in DOMAINS]
            start = np.array([pool.start[k] for k in keys])[domain[mine]]
            count = np.array([pool.count[k] for k in keys])[domain[mine]]
            found[mine] = start + which[mine] % count * WORLDS + world[mine]
    short = (found >= 0) & (pool.length[found] + _ROOM > wanted)
    return np.where(short, -1, found)


def _separator(
    number: Ints, writer: Ints, tongue: Ints, owner: Ints, turn: Ints, last: NDArray[np.bool_]
) -> Ints:
    """Return what follows each sentence: a space, an empty line, or the mark of a list."""
    listed = (_share(number, 10) < _LISTS)[owner]
    mark = np.where(_share(writer, 11) < _ROUND, 4, 2)[owner]
    apart = _mixed(number[owner] * 64 + turn, 12) % 4 == 0
    close = np.where(np.isin(tongue, (1, 2)), 6, 0)[owner]  # no spaces in zh and ja
    prose = np.where(apart, 1, close)
    return np.where(last, 1, np.where(listed, np.where(turn == 0, mark, mark + 1), prose))


def domain_of(task: str) -> int:
    """Return the number of the domain that a task belongs to, -1 for none."""
    found = [k for k, d in enumerate(DOMAINS) if task in grammar("tasks")[d]["tags"]]
    return found[0] if found else -1
