"""The records of a simulated hub as Arrow rows, in the form of the Hub's list call.

Everything that a reader sees is written here, and nothing here looks at the truth. Rows are made
for any range of records, so that neither writers nor the source hold the whole hub as text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cladist.sources.synthetic import cards as card_text
from cladist.sources.synthetic import published
from cladist.sources.synthetic.birth import FOUNDER
from cladist.sources.synthetic.draws import Ints, stream
from cladist.sources.synthetic.hub import BARE, CASE, MARK, SLASH, SyntheticHub
from cladist.sources.synthetic.inherit import LANGUAGE_TAGS
from cladist.vocab import RELATION_CODE, RELATIONS

Flags = NDArray[np.bool_]

TEXTS: Final = pa.list_(pa.field("element", pa.string()))
SCHEMA: Final = pa.schema(
    [
        ("id", pa.string()),
        ("author", pa.string()),
        ("sha", pa.string()),
        ("lastModified", pa.string()),
        ("createdAt", pa.string()),
        ("private", pa.bool_()),
        ("gated", pa.string()),
        ("downloads", pa.int64()),
        ("likes", pa.int64()),
        ("tags", TEXTS),
        ("pipeline_tag", pa.string()),
        ("library_name", pa.string()),
        ("safetensors", pa.struct([("total", pa.int64())])),
        ("cardData", pa.string()),
    ]
)
#: The same with the text of the cards, which the Hub's own list never has.
SCHEMA_WITH_CARDS: Final = SCHEMA.append(pa.field("card", pa.string()))
BLOCK: Final = 65_536

_BAD_DATES: Final = ("last Tuesday", "2025-13-40T00:00:00.000Z", "")
_FALSE_TAGS: Final = ("trl", "vit", "art", "t5", "tf", "jax")
_WEIGHTS: Final = ("transformers", "diffusers", "peft", "sentence-transformers", "mlx")


def row_blocks(
    hub: SyntheticHub, block: int = BLOCK, *, card_text: bool = False
) -> Iterator[pa.Table]:
    """Yield all records, ``block`` at a time; an empty hub yields one empty table."""
    view = _View(hub)
    for start in range(0, max(len(hub.rows), 1), block):
        yield view.table(start, min(start + block, len(hub.rows)), with_cards=card_text)


def _ragged(size: int, parts: list[tuple[Ints, pa.Array]]) -> pa.ListArray:
    """Join (row, text) pairs into one list per row; within a row in the order of the parts."""
    row = np.concatenate([np.asarray(r, dtype=np.int64) for r, _ in parts])
    text = pa.concat_arrays([t.cast(pa.string()) for _, t in parts])
    order = np.argsort(row, kind="stable")
    offsets = np.zeros(size + 1, dtype=np.int32)
    np.cumsum(np.bincount(row, minlength=size), out=offsets[1:])
    return pa.ListArray.from_arrays(pa.array(offsets), text.take(pa.array(order)), type=TEXTS)


def _stamp(seconds: Ints) -> pa.Array:
    """Write times as the Hub does, with milliseconds."""
    moment = pa.array(seconds, pa.int64()).cast(pa.timestamp("s"))
    return pc.strftime(moment, format="%Y-%m-%dT%H:%M:%S.000Z")


def _hex(random: NDArray[np.uint8]) -> pa.Array:
    """Write rows of bytes in hexadecimal."""
    digits = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
    size, width = random.shape
    text = np.empty((size, 2 * width), dtype=np.uint8)
    text[:, 0::2], text[:, 1::2] = digits[random >> 4], digits[random & 15]
    offsets = np.arange(size + 1, dtype=np.int32) * (2 * width)
    return pa.StringArray.from_buffers(
        size, pa.py_buffer(offsets.tobytes()), pa.py_buffer(text.tobytes())
    )


class _View:
    """A hub, and the few arrays over all its models that every range of rows needs."""

    def __init__(self, hub: SyntheticHub) -> None:
        self.hub = hub
        size = len(hub.ghost)
        random = stream(hub.seed, "revisions")
        self.sha = random.integers(0, 256, (size, 20), dtype=np.uint8)
        self.template = random.random(size) < published.TEMPLATE_ARXIV_SHARE
        self.gate = random.random(size)
        self.first_claim = np.searchsorted(hub.claims.child, np.arange(size + 1))
        planted = hub.truth.planted
        self.bad_date = self._numbered(planted["bad_dates"], len(_BAD_DATES))
        self.false_tag = self._numbered(planted["false_tags"], len(_FALSE_TAGS))
        self.wrong_type = self._numbered(planted["wrong_types"], 6)
        # A duplicate is an older reading; it stands after all others.
        self.older_from = hub.models

    def _numbered(self, models: Ints, kinds: int) -> Ints:
        code = np.full(len(self.hub.ghost), -1, dtype=np.int64)
        code[models] = np.arange(len(models)) % kinds
        return code

    def table(self, start: int, stop: int, *, with_cards: bool) -> pa.Table:
        """Return the records from ``start`` to ``stop``."""
        hub = self.hub
        nodes = hub.rows[start:stop]
        older = np.arange(start, stop) >= self.older_from
        index = pa.array(nodes)
        claim_rows, claim_index, parents = self._claims(nodes)
        words = self._words(nodes)
        tags = self._tags(nodes, words, claim_rows, claim_index, parents)
        sha = _hex(self.sha[nodes])
        front = None
        if hub.cards is not None:
            carded = hub.cards.kind[nodes] != card_text.NO_CARD
            front = self._front(nodes, words, carded, claim_rows=claim_rows, parents=parents)
        created = _stamp(hub.created[nodes])
        bad = self.bad_date[nodes]
        created = pc.if_else(
            pa.array(bad >= 0), pa.array(_BAD_DATES).take(pa.array(np.maximum(bad, 0))), created
        )
        modified = hub.modified[nodes] - older * 30 * 86_400
        gate = self.gate[nodes] - np.where(hub.births.role[nodes] == FOUNDER, 0.0, 0.02)
        gated = np.where(gate > 0.985, 2, np.where(gate > 0.97, 1, 0))
        columns = {
            "id": hub.model_id.take(index),
            "author": hub.names.authors.take(pa.array(hub.names.author[nodes])),
            "sha": sha,
            "lastModified": _stamp(modified),
            "createdAt": created,
            "private": pa.array(np.zeros(len(nodes), dtype=bool)),
            "gated": pa.array(["false", "auto", "manual"]).take(pa.array(gated)),
            "downloads": pa.array(hub.downloads[nodes] // np.where(older, 2, 1)),
            "likes": pa.array(hub.likes[nodes]),
            "tags": tags,
            "pipeline_tag": words["pipeline_tag"],
            "library_name": words["library_name"],
            "safetensors": self._safetensors(nodes, words),
            "cardData": pa.array([None if f is None else orjson.dumps(f).decode() for f in front]
                                 if front else [None] * len(nodes), pa.string()),
        }  # fmt: skip
        if not with_cards:
            return pa.table(columns, schema=SCHEMA)
        texts = self._card_texts(nodes, front, claim_rows, parents, sha)
        return pa.table(columns | {"card": texts}, schema=SCHEMA_WITH_CARDS)

    def _claims(self, nodes: Ints) -> tuple[Ints, Ints, pa.Array]:
        """Return, per claim of these rows: its row, its number, the parent as written."""
        claims, size = self.hub.claims, len(nodes)
        count = self.first_claim[nodes + 1] - self.first_claim[nodes]
        row = np.repeat(np.arange(size), count)
        inside = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
        index = np.repeat(self.first_claim[nodes], count) + inside
        text = self.hub.model_id.take(pa.array(claims.parent[index]))
        spelling = claims.spelling[index]
        if (spelling == BARE).any():
            bare = pc.replace_substring_regex(text, "^[^/]*/", "")
            text = pc.if_else(pa.array(spelling == BARE), bare, text)
        if (spelling == SLASH).any():
            slashed = pc.binary_join_element_wise(text, "", "/")
            text = pc.if_else(pa.array(spelling == SLASH), slashed, text)
        text = pc.if_else(pa.array(spelling == CASE), pc.utf8_swapcase(text), text)
        return row, index, text

    def _words(self, nodes: Ints) -> dict[str, pa.Array]:
        """Return what is stated of each trait of one value, null where nothing is."""
        traits, found = self.hub.traits, {}
        for trait in ("license", "pipeline_tag", "library_name", "datasets"):
            values = pa.array(self.hub.truth.kernels[trait].values)
            silent = ~traits.stated[trait][nodes]
            found[trait] = values.take(pa.array(getattr(traits, trait)[nodes], mask=silent))
        return found

    def _languages(self, nodes: Ints) -> tuple[Ints, pa.Array]:
        traits = self.hub.traits
        bits = np.where(traits.stated["language"][nodes], traits.language[nodes], 0)
        shifts = np.arange(len(LANGUAGE_TAGS), dtype=np.uint64)
        speakers = np.flatnonzero(bits)
        spoken = (bits[speakers][:, None].astype(np.uint64) >> shifts) & np.uint64(1)
        row, code = np.nonzero(spoken)
        return speakers[row], pa.array(LANGUAGE_TAGS).take(pa.array(code))

    def _tags(
        self,
        nodes: Ints,
        words: dict[str, pa.Array],
        claim_rows: Ints,
        claim_index: Ints,
        parents: pa.Array,
    ) -> pa.ListArray:
        def prefixed(rows: Ints, prefix: str, text: pa.Array) -> tuple[Ints, pa.Array]:
            return rows, pc.binary_join_element_wise(prefix, text, "")

        def present(column: pa.Array) -> tuple[Ints, pa.Array]:
            return np.flatnonzero(column.is_valid().to_numpy(False)), column.drop_null()

        def constant(flag: Any, text: str) -> tuple[Ints, pa.Array]:
            rows = np.flatnonzero(flag)
            return rows, pa.repeat(text, len(rows))

        every = np.ones(len(nodes), dtype=bool)
        false = self.false_tag[nodes]
        relation = self.hub.claims.relation[claim_index]
        typed = relation != RELATION_CODE["unknown"]
        named = pa.array(RELATIONS).take(pa.array(relation[typed].astype(np.int64)))
        typed_text = pc.binary_join_element_wise(named, parents.filter(pa.array(typed)), ":")
        parts = [
            present(words["library_name"]),
            constant(self._has_weights(words), "safetensors"),
            present(words["pipeline_tag"]),
            (np.flatnonzero(false >= 0), pa.array(_FALSE_TAGS).take(pa.array(false[false >= 0]))),
            self._languages(nodes),
            prefixed(present(words["datasets"])[0], "dataset:", words["datasets"].drop_null()),
            constant(self.template[nodes], f"arxiv:{published.TEMPLATE_ARXIV}"),
            prefixed(claim_rows, "base_model:", parents),
            prefixed(claim_rows[typed], "base_model:", typed_text),
            prefixed(present(words["license"])[0], "license:", words["license"].drop_null()),
            constant(every, "region:us"),
            constant(every, MARK),
        ]
        return _ragged(len(nodes), parts)

    def _has_weights(self, words: dict[str, pa.Array]) -> Flags:
        found = pc.is_in(words["library_name"], value_set=pa.array(_WEIGHTS))
        flags: Flags = np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)
        return flags

    def _safetensors(self, nodes: Ints, words: dict[str, pa.Array]) -> pa.Array:
        total = pa.array(self.hub.names.parameters[nodes])
        mask = pa.array(~self._has_weights(words))
        return pa.StructArray.from_arrays([total], ["total"], mask=mask)

    def _front(
        self,
        nodes: Ints,
        words: dict[str, pa.Array],
        carded: Flags,
        *,
        claim_rows: Ints,
        parents: pa.Array,
    ) -> list[dict[str, Any] | None]:
        """Return the front matter of each row, None without a card."""
        front: list[dict[str, Any] | None] = [{} if c else None for c in carded.tolist()]
        told = pa.array(carded[claim_rows])
        _fill(front, "base_model", claim_rows[carded[claim_rows]], parents.filter(told))
        for key in ("datasets", "language", "library_name", "license", "pipeline_tag"):
            if key == "language":
                rows, text = self._languages(nodes)
            else:
                rows = np.flatnonzero(words[key].is_valid().to_numpy(False))
                text = words[key].drop_null()
            _fill(front, key, rows, text, always_list=key in ("datasets", "language"))
        for entry in front:
            if entry is not None:
                entry["tags"] = [MARK]
        wrong = self.wrong_type[nodes]
        for row in np.flatnonzero(wrong >= 0).tolist():
            entry = front[row]
            if entry is not None:
                _spoil(entry, int(wrong[row]))
        return front

    def _card_texts(
        self,
        nodes: Ints,
        front: list[dict[str, Any] | None] | None,
        claim_rows: Ints,
        parents: pa.Array,
        sha: pa.Array,
    ) -> pa.Array:
        cards = self.hub.cards
        if cards is None or front is None:
            return pa.nulls(len(nodes), pa.string())
        named: list[list[str]] = [[] for _ in nodes]
        for row, parent in zip(claim_rows.tolist(), parents.to_pylist(), strict=True):
            named[row].append(parent)
        names = pc.replace_substring_regex(self.hub.model_id.take(pa.array(nodes)), "^[^/]*/", "")
        rows = zip(front, cards.kind[nodes].tolist(), cards.variant[nodes].tolist(),
                   names.to_pylist(), named, sha.to_pylist(), strict=True)  # fmt: skip
        texts = [
            None if entry is None
            else card_text.yaml(entry) + card_text.body(kind, variants, name, parent_ids, revision)
            for entry, kind, variants, name, parent_ids, revision in rows
        ]  # fmt: skip
        return pa.array(texts, pa.string())


def _fill(
    front: list[dict[str, Any] | None],
    key: str,
    rows: Ints,
    text: pa.Array,
    *,
    always_list: bool = False,
) -> None:
    """Put texts under a key: a list, or one text where there is one and that is usual."""
    for row, value in zip(rows.tolist(), text.to_pylist(), strict=True):
        entry = front[row]
        if entry is None:
            continue
        if key not in entry:
            entry[key] = [value] if always_list else value
        elif isinstance(entry[key], list):
            entry[key].append(value)
        else:
            entry[key] = [entry[key], value]


def _spoil(entry: dict[str, Any], kind: int) -> None:
    """Put a value of the wrong type into front matter, as real cards have them."""
    if kind == 0:
        entry["language"] = False
    elif kind == 1:
        entry["datasets"] = "cladist-sim/corpus-as-text"
    elif kind == 2:
        entry["license"] = ["mit"]
    elif kind == 3:
        entry["tags"] = MARK
    elif kind == 4:
        entry["pipeline_tag"] = False
    else:
        entry["language"] = "english"
