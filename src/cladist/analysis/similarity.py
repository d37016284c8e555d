"""How alike relatives are: every motif position, every metric, and siblings against parents."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from cladist.corpus import METRICS, PUBLISHED_METRICS, Corpus, Pair, measure, read_corpus
from cladist.errors import InputError
from cladist.inference import generator
from cladist.kin_draws import CLUSTERS, Drawn, Kin, draw_motif
from cladist.means import Means, weighted_means
from cladist.motif_sampling import WEIGHTINGS, MotifSampler
from cladist.motifs import MOTIFS
from cladist.result import Chart, Result
from cladist.siblings import SIBLINGS, Trios, discover
from cladist.texts import LENGTH, TEXTS
from cladist.trait_sets import TRAIT_METRICS, TraitSets
from cladist.vocab import is_published

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cladist.snapshot import Snapshot

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_DEFINITION: Final = (
    "Similarity of two models' texts, averaged over the pairs in a position of a motif. metadata: "
    "task, library and tags, without ids, dates, counters and the tags that name a parent; card: "
    "the body of cards that no tool wrote, without front matter, of at least 512 characters. The "
    "first 512 characters are compared. traits: Jaccard similarity of a trait, where both state "
    "it. Motifs are drawn among models that have the text, all positions and metrics on the same "
    "draws; parent-child pairs (duo) are all edges. weighting: "
    "every occurrence weighs the same (pairs, as published: large stars dominate), or every "
    "topmost model (parents), or every family. The table siblings holds D = s(a, b) - [s(p, a) + "
    "s(p, b)] / 2 of trios of every parent with two children, averaged per parent; below 0 under "
    "neutral mutation, since siblings are two mutations apart. matched is D of strangers with the "
    "children's task, library and year in their place, excess the difference of the two."
)
_PUBLISHED: Final = (
    "As published: the whole record as text, ids, dates, counters and the tags that name the "
    "parent included; the first 512 characters, front matter included, of cards that have as many "
    "and are not generated; 512 commonest terms fitted on all texts of the hub. Motifs are drawn "
    "on the published edges with the published weights; a pair is dropped if either has no text. "
    "The paper draws anew for every position and metric and resamples pairs (low_pairs, "
    "high_pairs); here they share the draws."
)

#: Longest texts that are compared, and draws and trios then: 10^5 pairs in all.
_MOST_CHARACTERS: Final = 20_000
_LONG_DRAWS: Final = 700
_LONG_TRIOS: Final = 8_000
#: The third kind of thing compared, beside the texts.
TRAITS: Final = "traits"


@dataclass(frozen=True)
class _Plan:
    """What was asked for."""

    metrics: tuple[str, ...]
    weightings: tuple[str, ...]
    cluster: str
    draws: int
    replicates: int
    seed: int
    census: bool = True


def genetic_similarity(
    hub: Snapshot,
    *,
    text: str | None = None,
    metric: str | None = None,
    weighting: str | None = None,
    relations: str = "all",
    definition: str = "standard",
    cluster: str = "clan",
    draws: int = 5000,
    characters: int = LENGTH,
    replicates: int = 1000,
    seed: int = 0,
) -> Result:
    """Measure the genetic similarity of relatives (DESIGN section 5; paper section 3).

    Parameters
    ----------
    hub
        The snapshot.
    text
        ``metadata``, ``card``, or ``traits`` (standard only); all if None.
    metric
        ``levenshtein``, ``bow``, ``tfidf`` (512 terms), ``bow_full`` or ``tfidf_full`` (all terms,
        hashed); all if None (the first three as published). Of ``traits`` the metrics are the
        traits themselves, by their Jaccard similarity where both models state them.
    weighting
        ``pairs``, ``parents``, ``families`` or ``authors``; the first three if None.
    relations
        Which edges count; the paper's figures are for ``finetune``.
    definition
        ``standard``, or ``laufer2025``: texts, edges and weights of the paper.
    cluster
        What counts as one independent lineage: ``clan``, ``family``, ``parent`` or ``author``.
    draws
        Draws of each motif under each weighting.
    characters
        How much of each text is compared, 512 to 20,000. Above 512 every motif is drawn (edges
        too), some 10^5 pairs in all, so that whole cards can be compared.
    replicates
        Resamples of the bootstraps.
    seed
        Seed of draws and resamples.

    Returns
    -------
    Result
        Rows ``motif``, ``position``, ``kin``, ``text``, ``metric``, ``weighting``, ``mean``,
        ``low``, ``high`` (95 %, by lineage), ``n`` (pairs measured), ``dropped`` (pairs without
        a text, or without a term), ``generation_gap``, ``distance``, ``clusters``,
        ``clusters_effective``, ``largest_share``, ``few_lineages``, ``mean_without_largest``,
        ``low_family``, ``high_family``, ``low_pairs``, ``high_pairs``. Table ``siblings``:
        ``text``, ``metric``, ``weighting``, ``difference`` with ``low`` and ``high``, and by
        family and pairs, ``share_positive``, ``matched``, ``excess`` with ``excess_low`` and
        ``excess_high``, ``p``, ``p_greater``, ``q``, ``parents``, ``trios``, ``clusters``,
        ``clusters_effective``, ``largest_share``, ``few_lineages``, ``verdict``. A mean is null
        where n is 0. ``n`` is the number of edges whose two ends have a text,
        summed over the kinds of texts.

    Raises
    ------
    InputError
        If a word is none of those above, ``draws`` is under 1, or ``characters`` is out of range
        or given for the published form.
    """
    known = PUBLISHED_METRICS if is_published(definition) else tuple(METRICS)
    known = TRAIT_METRICS if text == TRAITS else known
    plan = _Plan(
        (_among("Metric", metric, known),) if metric else known,
        (_among("Weighting", weighting, WEIGHTINGS),) if weighting else WEIGHTINGS[:3],
        _among("Cluster", cluster, CLUSTERS),
        draws if characters <= LENGTH else min(draws, _LONG_DRAWS), replicates, seed,
        census=characters <= LENGTH,
    )  # fmt: skip
    if draws < 1:
        raise InputError(f"--draws {draws} is too small.", "Give 1 or more; 5000 is customary.")
    _check_characters(characters, definition)
    kinds = TEXTS if is_published(definition) else (*TEXTS, TRAITS)
    texts = (_among("Text", text, kinds),) if text else kinds
    if metric and TRAITS in texts and text != TRAITS:
        texts = TEXTS
    kin = Kin.of(hub, relations, definition)
    rows: list[dict[str, Any]] = []
    contrasts: list[dict[str, Any]] = []
    notes: list[str] = []
    n = 0
    for name in texts:
        part = replace(plan, metrics=TRAIT_METRICS) if name == TRAITS and not metric else plan
        corpus, others = _corpus(hub, kin, name, plan)
        both = kin.among(corpus.row >= 0)
        graph = kin.graph if is_published(definition) else both
        pool = others if is_published(definition) else others[corpus.has(others)]
        motifs = _draws(kin, pool, MotifSampler(graph, definition=definition), plan)
        families = Trios.draw(kin, MotifSampler(both), corpus.nodes, draws, seed)
        if characters > LENGTH:
            families = families.some(_LONG_TRIOS, seed)
        asked = [pair for found in motifs for pair in found.pairs] + families.pairs()
        if characters > LENGTH and name != TRAITS:
            corpus = _whole(hub, name, asked, characters)
        measured = measure(corpus, part.metrics, asked)
        rows += _motif_rows(kin, motifs, measured, name, part)
        contrasts += families.rows(
            {m: v[-Trios.PAIRS :] for m, v in measured.items()}, text=name,
            weightings=plan.weightings, cluster=cluster, replicates=replicates, seed=seed,
        )  # fmt: skip
        n += both.n_edges if name != TRAITS or len(texts) == 1 else 0
        if not both.n_edges:
            notes.append(_nothing(hub, name))
    discover(contrasts)
    return Result(
        analysis="similarity",
        form=definition,
        definition=_PUBLISHED if is_published(definition) else _DEFINITION,
        parameters={
            "text": list(texts), "metric": list(plan.metrics),
            "weighting": list(plan.weightings), "relations": relations, "cluster": cluster,
            "draws": plan.draws, "replicates": replicates, "seed": seed,
            "characters": characters,
        },
        n=n,
        tables={"table": pa.Table.from_pylist(rows, schema=_ROWS),
                "siblings": pa.Table.from_pylist(contrasts, schema=SIBLINGS)},
        provenance=hub.provenance(
            analysis="similarity", definition=definition, text=list(texts),
            metric=list(plan.metrics), weighting=list(plan.weightings), relations=relations,
            cluster=cluster, draws=plan.draws, characters=characters, seed=seed,
        ),
        notes=(*notes, *_notes(rows, contrasts)),
        finding=_finding(contrasts),
        charts=_charts(texts, plan),
        shown={
            "siblings": ("text", "metric", "weighting", "difference", "low", "high", "verdict"),
            "table": ("motif", "kin", "text", "metric", "weighting", "mean", "low", "high", "n"),
        },
    )  # fmt: skip


def _among(what: str, word: str, words: Sequence[str]) -> str:
    if word not in words:
        raise InputError.not_among(what, word, words)
    return word


def _corpus(hub: Snapshot, kin: Kin, text: str, plan: _Plan) -> tuple[Corpus | TraitSets, Ints]:
    """Read the texts of every model with an edge, and of a sample for random pairs.

    The sample, of all declared models, is returned as well; models with edges would not do for
    it, since they are no random models.
    """
    ends = np.concatenate([kin.graph.edge_child, kin.graph.edge_parent]).astype(np.int64)
    others = kin.declared
    wanted = 8 * plan.draws
    if len(others) > wanted:
        rng = generator(plan.seed, "similarity", "others")
        others = np.sort(rng.choice(others, wanted, replace=False))
    nodes = np.unique(np.concatenate([ends, others]))
    if text == TRAITS:
        return TraitSets.read(hub), others
    return read_corpus(hub, text, nodes, definition=kin.definition), others


def _check_characters(characters: int, definition: str) -> None:
    if not LENGTH <= characters <= _MOST_CHARACTERS:
        raise InputError(
            f"--characters {characters} is out of range.",
            f"Give {LENGTH} to {_MOST_CHARACTERS}.",
        )
    if characters != LENGTH and is_published(definition):
        raise InputError(
            "The published form compares 512 characters of cards and whole records.",
            "Leave --characters out, or take the standard definition.",
        )


def _whole(hub: Snapshot, text: str, asked: list[Pair], characters: int) -> Corpus:
    """Read the longer texts of the models that were drawn."""
    nodes = np.unique(np.concatenate([x for pair in asked for x in pair])).astype(np.int64)
    return read_corpus(hub, text, nodes[nodes >= 0], limit=characters)


@dataclass(frozen=True)
class _Motif:
    """The draws of one motif under one weighting, and the pair of nodes in each position."""

    motif: str
    weighting: str
    drawn: Drawn

    @property
    def pairs(self) -> list[Pair]:
        """The two nodes of each position."""
        nodes = self.drawn.nodes
        return [(nodes[:, p.a], nodes[:, p.b]) for p in MOTIFS[self.motif].positions]


def _draws(kin: Kin, pool: Ints, sampler: MotifSampler, plan: _Plan) -> list[_Motif]:
    return [
        _Motif(
            m,
            w,
            draw_motif(kin, sampler, m, w, plan.draws, plan.seed, pool=pool, census=plan.census),
        )
        for w in plan.weightings
        for m in MOTIFS
    ]


def _motif_rows(
    kin: Kin, motifs: list[_Motif], measured: dict[str, list[Floats]], text: str, plan: _Plan
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    at = 0
    for one in motifs:
        positions = MOTIFS[one.motif].positions
        keys = [(p, m) for p in positions for m in plan.metrics]
        values = np.array([measured[m][at + p.number - 1] for p, m in keys])
        at += len(positions)
        means = _means(kin, values, one.drawn.nodes[:, 0], one.drawn.weight, plan,
                       (text, one.weighting, one.motif))  # fmt: skip
        for i, (position, metric) in enumerate(keys):
            found.append(
                {
                    "motif": one.motif, "position": position.number, "kin": position.kin,
                    "text": text, "metric": metric, "weighting": one.weighting,
                    "generation_gap": position.generation_gap, "distance": position.distance,
                    "dropped": int(np.isnan(values[i]).sum()), **_estimate(means, i),
                }
            )  # fmt: skip
    return found


def _means(
    kin: Kin, values: Floats, top: NDArray[np.int32], weight: Floats, plan: _Plan,
    names: tuple[str, ...],
) -> Means:  # fmt: skip
    clusterings = {plan.cluster: kin.clusters(plan.cluster, top), "family": kin.family[top]}
    return weighted_means(
        values, weight, clusterings, replicates=plan.replicates, seed=plan.seed,
        names=("similarity", *names),
    )  # fmt: skip


def _estimate(means: Means, i: int) -> dict[str, Any]:
    main = next(iter(means.low))
    summary = means.clusters
    return {
        "mean": _known(means.mean[i]),
        "low": _known(means.low[main][i]),
        "high": _known(means.high[main][i]),
        "n": int(means.n[i]),
        "clusters": int(summary.clusters[i]),
        "clusters_effective": _known(summary.clusters_effective[i]),
        "largest_share": _known(summary.largest_share[i]),
        "few_lineages": bool(summary.few[i]),
        "mean_without_largest": _known(summary.without_largest[i]),
        "low_family": _known(means.low["family"][i]),
        "high_family": _known(means.high["family"][i]),
        "low_pairs": _known(means.low["pairs"][i]),
        "high_pairs": _known(means.high["pairs"][i]),
    }


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _nothing(hub: Snapshot, text: str) -> str:
    if not hub.counts["edges"]:
        return f"There is no edge, so no relatives can be compared by their {text}."
    if text == "card" and not hub.counts["cards"]:
        return "The snapshot holds no card texts, so cards cannot be compared."
    return f"No two relatives both have a {text} that can be compared, so there is nothing to say."


def _notes(rows: list[dict[str, Any]], contrasts: list[dict[str, Any]]) -> tuple[str, ...]:
    notes = []
    few = sorted({f"{r['motif']} ({r['weighting']}, {r['text']})" for r in rows
                  if r["n"] and r["few_lineages"] and r["kin"] != "random"})  # fmt: skip
    if few:
        notes.append(
            "Few independent lineages (under 30 effective, or one holds over 20 %): "
            + ", ".join(few) + "."
        )  # fmt: skip
    positive = [c for c in contrasts if c["verdict"] == "siblings are more alike"]
    if positive and len({c["weighting"] for c in contrasts}) > 1:
        kinds = len(positive), len([c for c in contrasts if c["parents"]])
        notes.append(
            f"Siblings are more alike than parent and child in {kinds[0]} of {kinds[1]} "
            "combinations of text, metric and weighting; the table siblings lists all."
        )
    return tuple(notes)


def _finding(rows: list[dict[str, Any]]) -> str:
    """Say who is more alike, if every metric under the standard weight agrees."""
    said = []
    for text in TEXTS:
        verdicts = {r["verdict"] for r in rows if r["text"] == text and r["weighting"] == "parents"}
        if len(verdicts) == 1 and (verdict := verdicts.pop()).endswith("more alike"):
            said.append(f"by {text}, {verdict}")
    return "; ".join(said)


def _charts(texts: tuple[str, ...], plan: _Plan) -> tuple[Chart, ...]:
    """One motif chart a text and weighting, and who is more alike."""
    drawn = [
        Chart(
            f"motifs-{text}-{weighting}", "motifs",
            f"Similarity of {text} by position, {_WEIGHED[weighting]}",
            x="motif", value="position", y="mean", low="low", high="high", color="metric",
            where=(("text", text), ("weighting", weighting)), y_title="similarity",
            subtitle="Filled: the pair compared; line: 95 % by lineage; dashed: random pairs. "
            "Shade: blue same generation, yellow one apart, to red three apart.",
        )
        for text in texts
        for weighting in plan.weightings
    ]  # fmt: skip
    contrasts = [
        Chart(
            f"siblings-{text}", "intervals", f"Are siblings more alike? By {text}",
            table="siblings", x="difference", y="metric", low="low", high="high",
            color="weighting", where=(("text", text),),
            x_title="siblings minus parent-child",
            subtitle="D of trios with the same parent; right of 0 siblings are more alike. "
            "Line: 95 % by lineage.",
        )
        for text in texts
    ]  # fmt: skip
    return (*contrasts, *drawn)


_WEIGHED: Final = {
    "pairs": "every occurrence alike", "parents": "every parent alike",
    "families": "every family alike", "authors": "every author alike",
}  # fmt: skip
_REAL, _COUNT, _TEXT, _FLAG = pa.float64(), pa.int64(), pa.string(), pa.bool_()
_BOUNDS: Final = [(c, _REAL) for c in ("low_family", "high_family", "low_pairs", "high_pairs")]
_LINEAGES: Final = [("clusters", _COUNT), ("clusters_effective", _REAL),
                    ("largest_share", _REAL), ("few_lineages", _FLAG)]  # fmt: skip
_ROWS: Final = pa.schema(
    [
        ("motif", _TEXT), ("position", _COUNT), ("kin", _TEXT), ("text", _TEXT),
        ("metric", _TEXT), ("weighting", _TEXT), ("mean", _REAL), ("low", _REAL),
        ("high", _REAL), ("n", _COUNT), ("dropped", _COUNT), ("generation_gap", _COUNT),
        ("distance", _COUNT), *_LINEAGES, ("mean_without_largest", _REAL), *_BOUNDS,
    ]
)  # fmt: skip
