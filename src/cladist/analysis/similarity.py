"""How alike relatives are: every motif position, every metric, and siblings against parents."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from cladist.errors import InputError
from cladist.kin.kin_draws import Kin, check_draws, random_pool
from cladist.kin.motif_means import ROWS, Plan, draw_all, motif_rows
from cladist.kin.motif_sampling import WEIGHTINGS, MotifSampler
from cladist.kin.motifs import RANDOM
from cladist.kin.siblings import SIBLINGS, SIBLINGS_CLOSER, STRANGERS_TOO, Trios, discover
from cladist.result import Chart, Result
from cladist.texts.corpus import METRICS, PUBLISHED_METRICS, Corpus, Pair, measure, read_corpus
from cladist.texts.texts import LENGTH, TEXTS
from cladist.traits.trait_sets import TRAIT_METRICS, TraitSets
from cladist.vocab import CLUSTERS, check_numbers, is_published

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cladist.snapshot import Snapshot

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_DEFINITION: Final = (
    "Similarity of two models' texts, averaged over the pairs in a position of a motif. metadata: "
    "task, library and tags in alphabetical order, without ids, dates, counters and the tags that "
    "name a parent; card: the body of cards that no tool wrote, without front matter, of at least "
    "512 characters. The first {characters} characters are compared. traits: Jaccard similarity of "
    "a trait, where both state it. Motifs are drawn among models that have the text, all positions "
    "and metrics on the same draws; parent-child pairs (duo) are {duo}. weighting: "
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

#: Longest texts that are compared, and draws, trios and edges then: 10^5 pairs in all.
_MOST_CHARACTERS: Final = 20_000
_LONG_DRAWS: Final = 700
_LONG_TRIOS: Final = 8_000
_LONG_EDGES: Final = 20_000
#: The third kind of thing compared, beside the texts.
TRAITS: Final = "traits"


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
        How much of each text is compared, 512 to 20,000. Above 512 at most 700 draws of a motif,
        8,000 trios and 20,000 edges are compared, some 10^5 pairs in all, so that whole cards
        can be.
    replicates
        Resamples of the bootstraps.
    seed
        Seed of draws and resamples.

    Returns
    -------
    Result
        Rows ``motif``, ``position``, ``pair`` (the position in words), ``kin``, ``text``,
        ``metric``, ``weighting``, ``mean``, ``low``, ``high`` (95 %, by lineage), ``n`` (draws
        measured, with replacement; of ``duo`` edges), ``pairs`` (different pairs among them),
        ``dropped`` (draws without a text, or without a term), ``generation_gap`` (difference of
        depth in the motif), ``distance`` (edges between the two), ``clusters``,
        ``clusters_effective``, ``largest_share``, ``few_lineages``, ``mean_without_largest``,
        ``low_family``, ``high_family``, ``low_pairs``, ``high_pairs``. Table ``siblings``:
        ``text``, ``metric``, ``weighting``, ``difference`` with ``low`` and ``high``, and by
        family and pairs, ``share_positive``, ``matched``, ``excess`` with ``excess_low`` and
        ``excess_high``, ``matched_difference`` (D over the trios that have matched strangers:
        ``matched`` + ``excess``), ``matched_parents``, ``matched_clusters_effective`` and
        ``matched_largest_share`` (what these three rest on), ``p``, ``p_greater``, ``q``,
        ``parents``, ``trios``, ``clusters``, ``clusters_effective``, ``largest_share``,
        ``few_lineages``, ``verdict``. A mean is null where n is 0. ``n`` is the number of edges
        whose two ends have a text, summed over the kinds of texts.

    Raises
    ------
    InputError
        If a word is none of those above, ``draws`` is under 1, or ``characters`` is out of range
        or given for the published form.
    """
    known = PUBLISHED_METRICS if is_published(definition) else tuple(METRICS)
    known = TRAIT_METRICS if text == TRAITS else known
    plan = Plan(
        (_metric(metric, known, text),) if metric is not None else known,
        (_among("Weighting", weighting, WEIGHTINGS),) if weighting is not None
        else WEIGHTINGS[:3],
        _among("Cluster", cluster, tuple(CLUSTERS)),
        draws, replicates, seed,
    )  # fmt: skip
    check_draws(draws)
    check_numbers(replicates=replicates, seed=seed, fewest=100)
    long = _check_characters(characters, definition)
    if long:
        plan = replace(plan, draws=min(draws, _LONG_DRAWS))
    kinds = TEXTS if is_published(definition) else (*TEXTS, TRAITS)
    texts = (_among("Text", text, kinds),) if text is not None else kinds
    if metric and TRAITS in texts and text != TRAITS:
        texts = TEXTS
    kin = Kin.of(hub, relations, definition)
    rows: list[dict[str, Any]] = []
    contrasts: list[dict[str, Any]] = []
    notes: list[str] = []
    n = 0
    for name in texts:
        part = replace(plan, metrics=TRAIT_METRICS) if name == TRAITS and not metric else plan
        corpus, pools = _corpus(hub, kin, name, plan)
        both = kin.among(corpus.row >= 0)
        graph = kin.graph if is_published(definition) else both
        if not is_published(definition):
            pools = {w: pool[corpus.has(pool)] for w, pool in pools.items()}
        part = replace(part, census=not long or both.n_edges <= _LONG_EDGES)
        motifs = draw_all(kin, pools, MotifSampler(graph, definition=definition), part)
        families = Trios.draw(kin, MotifSampler(both), corpus.nodes, draws, seed)
        if long:
            families = families.some(_LONG_TRIOS, seed)
        asked = [pair for found in motifs for pair in found.pairs] + families.pairs()
        if long and name != TRAITS:
            corpus = _whole(hub, kin, name, asked, characters)
        measured = measure(corpus, part.metrics, asked)
        rows += motif_rows(kin, motifs, measured, name, part)
        contrasts += families.rows(
            {m: v[-Trios.PAIRS :] for m, v in measured.items()}, text=name,
            weightings=plan.weightings, cluster=cluster, replicates=replicates, seed=seed,
        )  # fmt: skip
        n += both.n_edges if name != TRAITS or len(texts) == 1 else 0
        if not any(r["n"] for r in rows if r["text"] == name and r["kin"] != RANDOM):
            notes.append(_nothing(hub, name, definition))
    discover(contrasts)
    return Result(
        analysis="similarity",
        form=definition,
        definition=_PUBLISHED if is_published(definition) else _definition(characters),
        parameters={
            "text": list(texts), "metric": list(plan.metrics),
            "weighting": list(plan.weightings), "relations": relations, "cluster": cluster,
            "draws": plan.draws, "replicates": replicates, "seed": seed,
            "characters": characters,
        },
        n=n,
        tables={"table": pa.Table.from_pylist(rows, schema=ROWS),
                "siblings": pa.Table.from_pylist(contrasts, schema=SIBLINGS)},
        provenance=hub.provenance(
            analysis="similarity", definition=definition, text=list(texts),
            metric=list(plan.metrics), weighting=list(plan.weightings), relations=relations,
            cluster=cluster, draws=plan.draws, characters=characters, seed=seed,
        ),
        notes=(*notes, *_notes(rows, contrasts)),
        finding=_finding(contrasts, definition),
        charts=_charts(texts, plan),
        shown={
            "siblings": ("text", "metric", "weighting", "difference", "low", "high", "verdict"),
            "table": ("motif", "pair", "text", "metric", "weighting", "mean", "low", "high", "n"),
        },
    )  # fmt: skip


def _metric(metric: str, known: Sequence[str], text: str | None) -> str:
    if metric not in known and metric in TRAIT_METRICS and text != TRAITS:
        raise InputError(f"Metric {metric!r} is one of traits.", "Add --text traits.")
    return _among("Metric", metric, known)


def _among(what: str, word: str, words: Sequence[str]) -> str:
    if word not in words:
        raise InputError.not_among(what, word, words)
    return word


def _corpus(
    hub: Snapshot, kin: Kin, text: str, plan: Plan
) -> tuple[Corpus | TraitSets, dict[str, Ints]]:
    """Read the texts of every model with an edge, and of the pools of random pairs.

    The pools, by weighting, are returned as well: they are drawn from all declared models, since
    models with edges are no random ones. All are read whatever was asked for, so that vocabulary
    and strangers stay the same.
    """
    pools = {w: random_pool(kin, w, 8 * plan.draws, plan.seed) for w in WEIGHTINGS}
    if text == TRAITS:
        return TraitSets.read(hub), pools
    related = kin.related
    nodes = np.unique(np.concatenate([related, *pools.values()]))
    return read_corpus(hub, text, nodes, definition=kin.definition, fit=related), pools


def _definition(characters: int) -> str:
    duo = "all edges"
    if characters > LENGTH:
        duo += f", or drawn where these are over {_LONG_EDGES:,}"
    return _DEFINITION.format(characters=f"{characters:,}", duo=duo)


def _check_characters(characters: int, definition: str) -> bool:
    """Tell whether texts are compared beyond the usual length."""
    whole = isinstance(characters, int) and not isinstance(characters, bool)
    if not whole or not LENGTH <= characters <= _MOST_CHARACTERS:
        raise InputError(
            f"{characters!r} characters cannot be compared.",
            f"Give a whole number from {LENGTH} to {_MOST_CHARACTERS:,}.",
        )
    if characters != LENGTH and is_published(definition):
        raise InputError(
            "The published form compares 512 characters of cards and whole records.",
            "Leave characters out, or take the standard definition.",
        )
    return characters > LENGTH


def _whole(hub: Snapshot, kin: Kin, text: str, asked: list[Pair], characters: int) -> Corpus:
    """Read the longer texts of the models that were drawn."""
    nodes = np.unique(np.concatenate([x for pair in asked for x in pair])).astype(np.int64)
    nodes = nodes[nodes >= 0]
    return read_corpus(hub, text, nodes, limit=characters, fit=np.intersect1d(nodes, kin.related))


def _nothing(hub: Snapshot, text: str, definition: str) -> str:
    if not hub.counts["edges"]:
        return f"There is no edge, so no relatives can be compared by their {_THINGS[text]}."
    if text == "card" and not hub.counts["cards"]:
        return "The snapshot holds no card texts, so cards cannot be compared."
    if text == "metadata" and is_published(definition):
        return (
            "No two relatives both have a record that can be compared: a source of whole records "
            "(the Hub's API, hub-stats) gives them, a table of columns need not."
        )
    if text == TRAITS:
        return f"No two relatives both state one of {', '.join(TRAIT_METRICS)}."
    if text == "metadata":
        return "No two relatives both state a task, a library or a tag that can be compared."
    return (
        f"No two relatives both have a card that can be compared: one of at least {LENGTH} "
        "characters that no tool wrote."
    )


def _notes(rows: list[dict[str, Any]], contrasts: list[dict[str, Any]]) -> tuple[str, ...]:
    notes = []
    few = Counter(
        (r["text"], r["weighting"]) for r in rows
        if r["n"] and r["few_lineages"] and r["kin"] != "random"
    )  # fmt: skip
    if few:
        said = (f"{_THINGS[t]} weighted by {w} ({n} estimates)" for (t, w), n in few.items())
        notes.append(
            "Few independent lineages (under 30 effective, or one holds over 20 %; drawn pale): "
            + "; ".join(said) + "."
        )  # fmt: skip
    closer = [c for c in contrasts if c["verdict"] in (SIBLINGS_CLOSER, STRANGERS_TOO)]
    if closer and len({c["weighting"] for c in contrasts}) > 1:
        asked = sum(c["parents"] > 0 for c in contrasts)
        beside = sum(c["verdict"] == STRANGERS_TOO for c in closer)
        but = f" (in {beside} of these strangers of their kind are so too)" if beside else ""
        notes.append(
            f"Siblings are more alike than parent and child in {len(closer)} of {asked} "
            f"combinations of text, metric and weighting{but}; the table siblings lists all."
        )
    return tuple(notes)


def _finding(rows: list[dict[str, Any]], definition: str) -> str:
    """Say who is more alike, if every metric under the definition's own weight agrees."""
    weighting = "pairs" if is_published(definition) else "parents"
    said = []
    for text in TEXTS:
        verdicts = {r["verdict"] for r in rows if r["text"] == text and r["weighting"] == weighting}
        if len(verdicts) == 1 and (verdict := verdicts.pop()).endswith("more alike"):
            said.append(f"by {text}, {verdict}")
    return f"{'; '.join(said)} ({_WEIGHED[weighting]})" if said else ""


def _charts(texts: tuple[str, ...], plan: Plan) -> tuple[Chart, ...]:
    """One motif chart a text and weighting, and who is more alike."""
    drawn = [
        Chart(
            f"motifs-{text}-{weighting}", "motifs",
            f"Similarity of {text} by position, {_WEIGHED[weighting]}",
            x="motif", value="position", y="mean", low="low", high="high", color="metric",
            faint="few_lineages", where=(("text", text), ("weighting", weighting)),
            y_title="similarity",
            subtitle="Filled: the pair compared; line: 95 % by lineage; pale: few lineages; "
            "dashed: random pairs. Shade: blue same generation, yellow one apart, to red three "
            "apart.",
        )
        for text in texts
        for weighting in plan.weightings
    ]  # fmt: skip
    contrasts = [
        Chart(
            f"siblings-{text}", "intervals", f"Are siblings more alike? By {text}",
            table="siblings", x="difference", y="metric", low="low", high="high",
            color="weighting", faint="few_lineages", where=(("text", text),),
            x_title="siblings minus parent-child",
            subtitle="D of trios with the same parent; right of 0 siblings are more alike. "
            "Line: 95 % by lineage; pale: few lineages.",
        )
        for text in texts
    ]  # fmt: skip
    return (*contrasts, *drawn)


_THINGS: Final = {"metadata": "records", "card": "cards", TRAITS: "traits"}
_WEIGHED: Final = {
    "pairs": "every occurrence alike", "parents": "every parent alike",
    "families": "every family alike", "authors": "every author alike",
}  # fmt: skip
