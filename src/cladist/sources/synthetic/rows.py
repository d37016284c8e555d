"""The records of a simulated hub as Arrow rows, in the form of the Hub's list call.

Everything that a reader sees is written here, and nothing here looks at the truth. Rows are made
for any range of records, so that neither writers nor the source hold the whole hub as text.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cladist.sources.synthetic import cards as card_text
from cladist.sources.synthetic import published
from cladist.sources.synthetic.birth import FOUNDER
from cladist.sources.synthetic.dirt import BARE, CASE, RENAMED, SLASH, former_ids
from cladist.sources.synthetic.draws import Ints, stream
from cladist.sources.synthetic.front import Front, front_matter
from cladist.sources.synthetic.hub import MARK, SyntheticHub
from cladist.sources.synthetic.papers import cite
from cladist.sources.synthetic.tongues import tongues
from cladist.sources.synthetic.words import tool_tags
from cladist.vocab import RELATION_CODE, RELATIONS

Flags = NDArray[np.bool_]
#: Rows, ascending or not, and a text for each.
Texts = tuple[Ints, pa.Array]

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
BLOCK: Final = 32_768
#: Blocks that are made ahead of the reader, each in a thread of its own.
_AHEAD: Final = 2

_BAD_DATES: Final = ("last Tuesday", "2025-13-40T00:00:00.000Z", "")
_FALSE_TAGS: Final = ("trl", "vit", "art", "t5", "tf", "jax")
_WEIGHTS: Final = ("transformers", "diffusers", "peft", "sentence-transformers", "mlx")


def row_blocks(
    hub: SyntheticHub, block: int = BLOCK, *, card_text: bool = False
) -> Iterator[pa.Table]:
    """Yield all records, ``block`` at a time; an empty hub yields one empty table.

    The next blocks are made while the reader is busy with one (Arrow works without Python's lock).
    """
    view, size = _View(hub), len(hub.rows)
    starts = range(0, max(size, 1), block)
    with ThreadPoolExecutor(_AHEAD) as pool:
        coming: deque[Future[pa.Table]] = deque()
        for start in starts:
            stop = min(start + block, size)
            coming.append(pool.submit(view.table, start, stop, with_cards=card_text))
            if len(coming) > _AHEAD:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()


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
        self.template = (hub.cards.kind == card_text.TEMPLATE if hub.cards is not None
                         else np.zeros(size, dtype=bool))  # fmt: skip
        self.gate = random.random(size)
        carded = np.zeros(size, dtype=bool) if hub.cards is None \
            else hub.cards.kind > card_text.NO_CARD  # fmt: skip
        self.papers = cite(hub.births, hub.names.founder, carded & ~self.template, hub.seed)
        self.first_claim = np.searchsorted(hub.claims.child, np.arange(size + 1))
        planted = hub.truth.planted
        self.bad_date = self._numbered(planted["bad_dates"], len(_BAD_DATES))
        self.false_tag = self._numbered(planted["false_tags"], len(_FALSE_TAGS))
        self.wrong_type = self._numbered(planted["wrong_types"], 6)
        self.stale, self.broken = (self._numbered(planted[k], 1) >= 0
                                   for k in ("stale", "broken_yaml"))  # fmt: skip
        self.corpora = pa.array(hub.truth.kernels["datasets"].values)
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
        words, datasets, languages = (
            self._words(nodes), self._datasets(nodes), self._languages(nodes)
        )  # fmt: skip
        tags = self._tags(nodes, words, claim_rows, claim_index, parents,
                          datasets=datasets, languages=languages)  # fmt: skip
        sha = _hex(self.sha[nodes])
        front = None
        if hub.cards is not None:
            front = self._front(nodes, words, base_models=(claim_rows, parents),
                                datasets=datasets, languages=languages)  # fmt: skip
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
            "cardData": pa.nulls(len(nodes), pa.string()) if front is None else front.json,
        }  # fmt: skip
        if not with_cards:
            return pa.table(columns, schema=SCHEMA)
        texts = self._card_texts(nodes, front, claim_rows, parents)
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
        for former in (BARE, RENAMED):
            if (spelling == former).any():
                text = pc.if_else(pa.array(spelling == former), former_ids(text, former), text)
        if (spelling == SLASH).any():
            slashed = pc.binary_join_element_wise(text, "", "/")
            text = pc.if_else(pa.array(spelling == SLASH), slashed, text)
        text = pc.if_else(pa.array(spelling == CASE), pc.utf8_swapcase(text), text)
        return row, index, text

    def _words(self, nodes: Ints) -> dict[str, pa.Array]:
        """Return what is stated of each trait of one value, null where nothing is."""
        traits, found = self.hub.traits, {}
        for trait in ("license", "pipeline_tag", "library_name"):
            values = pa.array(self.hub.truth.kernels[trait].values)
            silent = ~traits.stated[trait][nodes]
            found[trait] = values.take(pa.array(traits.code(trait)[nodes], mask=silent))
        return found

    def _languages(self, nodes: Ints) -> tuple[Ints, pa.Array]:
        """Return, per language of these rows, its row and its tag."""
        traits, pool = self.hub.traits, tongues()
        speakers = np.flatnonzero(traits.stated["language"][nodes])
        code = traits.language[nodes[speakers]].astype(np.int64)
        return np.repeat(speakers, pool.size[code]), pool.lists.take(pa.array(code)).flatten()

    def _datasets(self, nodes: Ints) -> tuple[Ints, pa.Array]:
        """Return, per data set of these rows, its row and its name; the first one first."""
        traits = self.hub.traits
        names = self.corpora
        told = np.flatnonzero(traits.stated["datasets"][nodes])
        place, further = traits.further.of(nodes[told])
        rows = np.concatenate([told, told[place]])
        order = np.argsort(rows, kind="stable")
        codes = np.concatenate([traits.datasets[nodes[told]], further]).astype(np.int64)
        return rows[order], names.take(pa.array(codes[order]))

    def _tags(
        self,
        nodes: Ints,
        words: dict[str, pa.Array],
        claim_rows: Ints,
        claim_index: Ints,
        parents: pa.Array,
        *,
        datasets: Texts,
        languages: Texts,
    ) -> pa.ListArray:
        def prefixed(rows: Ints, prefix: str, text: pa.Array) -> tuple[Ints, pa.Array]:
            return rows, pc.binary_join_element_wise(prefix, text, "")

        def constant(flag: Any, text: str) -> tuple[Ints, pa.Array]:
            rows = np.flatnonzero(flag)
            return rows, pa.repeat(text, len(rows))

        hub = self.hub
        every = np.ones(len(nodes), dtype=bool)
        false = self.false_tag[nodes]
        relation = hub.claims.relation[claim_index]
        typed = relation != RELATION_CODE["unknown"]
        named = pa.array(RELATIONS).take(pa.array(relation[typed].astype(np.int64)))
        typed_text = pc.binary_join_element_wise(named, parents.filter(pa.array(typed)), ":")
        parts = [
            _present(words["library_name"]),
            constant(self._has_weights(words), "safetensors"),
            _present(words["pipeline_tag"]),
            *tool_tags(
                words["library_name"],
                words["pipeline_tag"],
                hub.births.breed[nodes].astype(np.int64),
                hub.names.founder[nodes],
                self.sha[nodes],
            ),
            (np.flatnonzero(false >= 0), pa.array(_FALSE_TAGS).take(pa.array(false[false >= 0]))),
            languages,
            prefixed(datasets[0], "dataset:", datasets[1]),
            constant(self.template[nodes], f"arxiv:{published.TEMPLATE_ARXIV}"),
            self._papers(nodes),
            prefixed(claim_rows, "base_model:", parents),
            prefixed(claim_rows[typed], "base_model:", typed_text),
            prefixed(_present(words["license"])[0], "license:", words["license"].drop_null()),
            constant(every, "region:us"),
            constant(every, MARK),
        ]
        return _ragged(len(nodes), parts)

    def _papers(self, nodes: Ints) -> tuple[Ints, pa.Array]:
        """Return the rows that cite a paper of their own, and the tags of these."""
        cited = self.papers.cited[nodes]
        rows = np.flatnonzero(cited >= 0)
        ids = self.papers.ids.take(pa.array(cited[rows]))
        return rows, pc.binary_join_element_wise("arxiv:", ids, "")

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
        *,
        base_models: Texts,
        datasets: Texts,
        languages: Texts,
    ) -> Front:
        """Return the front matter of each row, null without a card."""
        cards = self.hub.cards
        assert cards is not None  # noqa: S101 - asked for only then
        stale = pc.if_else(pc.equal(words["license"], "mit"), "apache-2.0", "mit")
        licence = pc.if_else(pa.array(self.stale[nodes]), stale, words["license"])
        size = len(nodes)
        return front_matter(
            base_model=_ragged(size, [base_models]),
            datasets=_ragged(size, [datasets]),
            language=_ragged(size, [languages]),
            library_name=words["library_name"],
            license=licence,
            pipeline_tag=words["pipeline_tag"],
            mark=MARK,
            carded=cards.kind[nodes] != card_text.NO_CARD,
            spoilt=self.wrong_type[nodes],
            broken=self.broken[nodes],
        )

    def _card_texts(
        self, nodes: Ints, front: Front | None, claim_rows: Ints, parents: pa.Array
    ) -> pa.Array:
        cards = self.hub.cards
        if cards is None or front is None:
            return pa.nulls(len(nodes), pa.string())
        named = pc.binary_join(_ragged(len(nodes), [(claim_rows, parents)]), " and ")
        named = pc.if_else(pc.equal(named, ""), None, named)
        body = card_text.bodies(
            cards.kind[nodes], cards.variant[nodes], self.hub.births.role[nodes],
            self.hub.model_id.take(pa.array(nodes)), named, self.sha[nodes],
        )  # fmt: skip
        return pc.binary_join_element_wise(front.yaml, body, "")


def _present(column: pa.Array) -> tuple[Ints, pa.Array]:
    """Return the rows that hold a text, and their texts."""
    return np.flatnonzero(column.is_valid().to_numpy(False)), column.drop_null()
