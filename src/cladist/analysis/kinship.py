"""Kinship and likeness: do texts grow apart with kinship; inbred merges; founders' shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import stats

from cladist.errors import InputError
from cladist.kin.kin_draws import Kin, check_draws
from cladist.kin.kinship import founder_contributions, inbreeding, kinship, path_distance
from cladist.kin.motif_sampling import MotifSampler
from cladist.kin.motifs import MOTIFS
from cladist.lineage.lineage import Lineage
from cladist.result import Chart, Result
from cladist.statistics.inference import cluster_summary, generator, round_digits
from cladist.statistics.means import weighted_means
from cladist.statistics.resampling import bounds, resampled_counts
from cladist.texts.corpus import METRICS, measure, read_corpus
from cladist.texts.texts import TEXTS
from cladist.traits.edges import lineage_of, model_ids
from cladist.vocab import RELATION_CODE, RELATIONS, check_numbers, relation_set

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cladist.snapshot import Snapshot

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_DEFINITION: Final = (
    "rho is Spearman's rank correlation of the similarity of two related models with their "
    "kinship coefficient phi (1 for a model and itself, half for each step on a tree, shared "
    "among the parents of a merge), and with the number of steps between them. The pairs are those "
    "of all motif positions, every topmost model weighing the same, of branches that go down from "
    "two siblings, and of models drawn from one family; intervals resample clans. inbreeding is "
    "the mean kinship of the parents of a merge; founders lists whose descendants the hub's models "
    "are, a merge shared by its parents."
)
#: Longest way between two models that the tables list.
_FARTHEST: Final = 12
#: Fewest pairs at a distance that a chart shows.
_DRAWN: Final = 30
#: Pairs below which no correlation is taken.
_FEWEST: Final = 3
#: Generations that a branch may go down.
_DEEP: Final = 6


def kinship_correlation(
    hub: Snapshot,
    *,
    text: str | None = None,
    relations: str = "all",
    draws: int = 2000,
    top: int = 20,
    replicates: int = 1000,
    seed: int = 0,
) -> Result:
    """Relate the similarity of models to their kinship (DESIGN section 5, "Kinship").

    Parameters
    ----------
    hub
        The snapshot.
    text
        ``metadata`` or ``card``; both if None.
    relations
        Which edges count.
    draws
        Draws of each motif; as many pairs of one family.
    top
        Founders in the table ``founders``.
    replicates
        Resamples of clans.
    seed
        Seed of draws and resamples.

    Returns
    -------
    Result
        Rows ``text``, ``metric``, ``against`` (``kinship`` or ``distance``), ``rho`` with ``low``
        and ``high`` (null under two clans), ``n`` (pairs), ``clusters``, ``clusters_effective``,
        ``largest_share``, ``few_lineages``. Tables ``kinship_metadata``, ``kinship_card``,
        ``distance_metadata`` and ``distance_card``: pairs in classes of kinship (about 1/2, 1/4,
        1/8 ...) or of steps, ``metric``, ``kinship`` and ``distance`` (means), ``mean`` similarity
        with ``low`` and ``high``, ``n`` and what it rests on (``drawn_...``: where n is 30 and
        more); ``inbreeding``:
        ``parents``, ``merges``, ``inbred`` (F above 0), ``mean``, ``largest``; ``founders``:
        ``founder``, ``models`` (with any share), ``contribution`` (sum of shares, in models),
        ``share`` of all models. ``n`` is the number of related pairs drawn whose texts can be
        compared, of the kind of text that has most.

    Raises
    ------
    InputError
        If a word is not known, or ``draws`` is under 1.
    """
    if text is not None and text not in TEXTS:
        raise InputError.not_among("Text", text, TEXTS)
    check_draws(draws)
    check_numbers(replicates=replicates, top=top, seed=seed, fewest=100)
    kin = Kin.of(hub, relations, "standard")
    lineage = _lineage(hub, relations)
    first, second = _related(kin, lineage, draws, seed)
    phi = kinship(lineage, first, second)
    steps = path_distance(lineage, first, second)
    rows: list[dict[str, Any]] = []
    tables: dict[str, pa.Table] = {}
    charts = []
    for name in (text,) if text is not None else TEXTS:
        corpus = read_corpus(hub, name, np.unique(np.concatenate([first, second])))
        measured = {m: v[0] for m, v in measure(corpus, tuple(METRICS), [(first, second)]).items()}
        clan = np.minimum(kin.clan[first], kin.clan[second])
        for metric, values in measured.items():
            for against, other in (("kinship", phi), ("distance", steps.astype(float))):
                names = ("kinship", name, metric, against)
                found = _correlation(values, other, clan, replicates, seed, names)
                rows.append({"text": name, "metric": metric, "against": against} | found)
        near = _Pairs(measured, phi, steps, clan, replicates, seed, name)
        for kind, classes in (("kinship", _halvings(phi)), ("distance", steps)):
            told = near.by(kind, classes)
            tables[f"{kind}_{name}"] = told
            tables[f"drawn_{kind}_{name}"] = told.filter(pc.greater_equal(told["n"], _DRAWN))
            charts.append(_chart(kind, name))
    table = pa.Table.from_pylist(rows, schema=_ROWS)
    tables |= {"inbreeding": _inbreeding(lineage), "founders": _founders(hub, lineage, top)}
    return Result(
        analysis="kinship",
        form="standard",
        definition=_DEFINITION,
        parameters={"text": text, "relations": relations, "draws": draws, "top": top,
                    "replicates": replicates, "seed": seed, "retention": 0.5},
        n=max((r["n"] for r in rows), default=0),
        tables={"table": table, **tables},
        provenance=hub.provenance(analysis="kinship", text=text, relations=relations,
                                  draws=draws, seed=seed),
        notes=_notes(rows, len(first)),
        finding=_finding(rows),
        charts=tuple(charts),
        shown={"table": ("text", "metric", "against", "rho", "low", "high", "n"),
               "inbreeding": (), "founders": ()},
    )  # fmt: skip


def _lineage(hub: Snapshot, relations: str) -> Lineage:
    lineage, wanted = lineage_of(hub), relation_set(relations)
    if wanted == RELATIONS:
        return lineage
    return lineage.select_edges(np.isin(lineage.edge_relation, [RELATION_CODE[r] for r in wanted]))


def _related(kin: Kin, lineage: Lineage, draws: int, seed: int) -> tuple[Ints, Ints]:
    """Draw distinct pairs of related models: motif positions, branches, and within families."""
    sampler = MotifSampler(kin.graph)
    pairs = []
    for motif, shape in MOTIFS.items():
        if motif == "random":
            continue
        labels = kin.labels("parents")
        nodes = sampler.draw(sampler.anchors(motif, labels), draws,
                             generator(seed, "kinship", motif)).astype(np.int64)  # fmt: skip
        pairs += [nodes[:, [p.a, p.b]] for p in shape.positions]
    pairs.append(_of_two_branches(sampler, draws, generator(seed, "kinship", "branches")))
    pairs.append(_of_one_family(lineage, draws, generator(seed, "kinship", "family")))
    both = np.sort(np.concatenate(pairs), axis=1)
    both = np.unique(both[both[:, 0] != both[:, 1]], axis=0)
    first, second = both[:, 0], both[:, 1]
    apart = path_distance(lineage, first, second) < 0
    return first[~apart], second[~apart]


def _of_two_branches(sampler: MotifSampler, draws: int, rng: np.random.Generator) -> Ints:
    """Draw two children of a model, each going down with even chance, generation by generation.

    So cousins of every degree are drawn, which stars of siblings would leave out.
    """
    labels = np.arange(sampler.pedigree.n)
    nodes = sampler.draw(sampler.anchors("trio_1", labels), 4 * draws, rng)[:, 1:]
    pair = nodes.astype(np.int64)
    for side in (0, 1):
        for _ in range(_DEEP):
            here = pair[:, side]
            going = np.flatnonzero((sampler.pedigree.n_children[here] > 0)
                                   & (rng.random(len(here)) < 0.5))  # fmt: skip
            pair[going, side] = sampler.any_child(here[going], rng)
    return pair


def _of_one_family(lineage: Lineage, draws: int, rng: np.random.Generator) -> Ints:
    """Draw models that have relatives, and another of the family of each."""
    members = np.flatnonzero(lineage.family_size > 1)
    if not len(members):
        return np.zeros((0, 2), dtype=np.int64)
    order = members[np.argsort(lineage.founder[members], kind="stable")]
    family = lineage.founder[order]
    drawn = rng.integers(0, len(order), draws)
    low, high = (np.searchsorted(family, family[drawn], side) for side in ("left", "right"))
    return np.stack([order[drawn], order[rng.integers(low, high)]], axis=1)


def _correlation(
    values: Floats, other: Floats, clan: Ints, replicates: int, seed: int, names: tuple[str, ...]
) -> dict[str, Any]:
    """Spearman's rho with an interval by clan; ranks are taken once."""
    known = ~np.isnan(values)
    n = int(known.sum())
    nothing = {"rho": None, "low": None, "high": None, "n": n,
               "clusters": len(np.unique(clan[known])), "clusters_effective": None,
               "largest_share": None, "few_lineages": True}  # fmt: skip
    if n < _FEWEST:
        return nothing
    x, y = (stats.rankdata(v[known]) for v in (values, other))
    x, y = x / n - 0.5, y / n - 0.5
    labels, place = np.unique(clan[known], return_inverse=True)
    moments = np.stack([np.ones(n), x, y, x * x, y * y, x * y])
    sums = np.array([np.bincount(place, m, len(labels)) for m in moments])
    rho = _pearson(sums.sum(axis=1)[None])[0]
    summary = cluster_summary(sums[0], sums[0])
    rests = {
        "n": n, "clusters": len(labels),
        "clusters_effective": _known(summary.clusters_effective[0]),
        "largest_share": _known(summary.largest_share[0]), "few_lineages": bool(summary.few[0]),
    }  # fmt: skip
    if np.isnan(rho):
        return nothing | rests
    low, high = _bootstrap(sums, replicates, generator(seed, *names))
    out = round_digits([rho, low, high])
    return {"rho": float(out[0]), "low": _known(out[1]), "high": _known(out[2]), **rests}


def _bootstrap(sums: Floats, replicates: int, rng: np.random.Generator) -> tuple[float, float]:
    """Return the interval of rho over resampled clans; NaN of under two."""
    clans = sums.shape[1]
    if clans < 2:
        return float("nan"), float("nan")
    draws = np.empty(replicates)
    block = max(1, (1 << 22) // clans)
    for start in range(0, replicates, block):
        size = min(block, replicates - start)
        drawn = resampled_counts(clans, size, rng).astype(np.float64)
        draws[start : start + size] = _pearson(drawn @ sums.T)
    sizes = sums[0]
    return bounds(draws, float(sizes.sum() ** 2 / (sizes**2).sum()))


def _pearson(sums: Floats) -> Floats:
    """Correlation from sums of 1, x, y, xx, yy, xy; NaN where either does not vary."""
    n, x, y, xx, yy, xy = sums.T
    above = n * xy - x * y
    below = np.sqrt(np.maximum(n * xx - x * x, 0) * np.maximum(n * yy - y * y, 0))
    rho: Floats = np.divide(above, below, out=np.full(len(above), np.nan), where=below > 1e-12)
    return rho


def _halvings(phi: Floats) -> Ints:
    """Return the class of each kinship coefficient: 1 about 1/2, 2 about 1/4, 3 about 1/8 ..."""
    return np.rint(-np.log2(phi)).astype(np.int64)


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Related pairs: ``measured`` (metric -> similarities), ``phi``, ``steps``, ``clan``."""

    measured: dict[str, Floats]
    phi: Floats
    steps: Ints
    clan: Ints
    replicates: int
    seed: int
    text: str

    def by(self, kind: str, classes: Ints) -> pa.Table:
        """Return the mean of every metric within each class of pairs, 1 to 12."""
        rows: list[dict[str, Any]] = []
        for one in range(1, _FARTHEST + 1):
            here = np.flatnonzero(classes == one)
            if len(here):
                rows += self._class(kind, one, here)
        return pa.Table.from_pylist(rows, schema=_CLASSES)

    def _class(self, kind: str, one: int, here: Ints) -> list[dict[str, Any]]:
        values = np.array([v[here] for v in self.measured.values()])
        means = weighted_means(
            values, np.ones(len(here)), {"clan": self.clan[here]}, replicates=self.replicates,
            seed=self.seed, names=("kinship", self.text, kind, str(one)),
        )  # fmt: skip
        phi, steps = (float(round_digits(x[here].mean())) for x in (self.phi, self.steps))
        rests = means.clusters
        return [
            {
                "metric": metric, "kinship": phi, "distance": one if kind == "distance" else steps,
                "mean": _known(means.mean[i]), "low": _known(means.low["clan"][i]),
                "high": _known(means.high["clan"][i]), "n": int(means.n[i]),
                "clusters": int(rests.clusters[i]),
                "clusters_effective": _known(rests.clusters_effective[i]),
                "largest_share": _known(rests.largest_share[i]),
                "few_lineages": bool(rests.few[i]),
            }
            for i, metric in enumerate(self.measured)
        ]  # fmt: skip


def _inbreeding(lineage: Lineage) -> pa.Table:
    """Count merges by their number of parents, and tell how akin those are."""
    nodes = np.flatnonzero(lineage.n_parents > 1)
    f, k = inbreeding(lineage, nodes), lineage.n_parents[nodes]
    rows = []
    for parents in np.unique(k).tolist():
        mine = f[k == parents]
        rows.append({"parents": parents, "merges": len(mine), "inbred": int((mine > 0).sum()),
                     "mean": float(round_digits(mine.mean())),
                     "largest": float(round_digits(mine.max()))})  # fmt: skip
    return pa.Table.from_pylist(rows, schema=pa.schema([
        ("parents", pa.int64()), ("merges", pa.int64()), ("inbred", pa.int64()),
        ("mean", pa.float64()), ("largest", pa.float64()),
    ]))  # fmt: skip


def _founders(hub: Snapshot, lineage: Lineage, top: int) -> pa.Table:
    """List founders by what share of all models stems from them."""
    shares = founder_contributions(lineage, np.arange(lineage.n))
    total = np.bincount(shares.indices, shares.data, lineage.n)
    models = np.bincount(shares.indices, minlength=lineage.n)
    founders = np.flatnonzero((lineage.n_parents == 0) & (models > 0))
    order = founders[np.lexsort((founders, -np.round(total[founders], 9)))][:top]
    return pa.table(
        {
            "founder": pa.array(model_ids(hub, order), pa.string()),
            "models": pa.array(models[order].astype(np.int64)),
            "contribution": pa.array(round_digits(total[order])),
            "share": pa.array(round_digits(total[order] / max(lineage.n, 1))),
        }
    )


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _notes(rows: list[dict[str, Any]], n: int) -> tuple[str, ...]:
    if not n:
        return ("There are no related models, so nothing can be correlated.",)
    silent = sorted({r["text"] for r in rows if not r["n"]})
    few = sorted({r["text"] for r in rows if r["n"] and r["few_lineages"]})
    told = [f"No two relatives both have a {_THING[t]} that can be compared." for t in silent]
    if few:
        said = " and ".join(f"{_THING[t]}s" for t in few)
        told.append(
            f"Few independent lineages (under 30 effective clans, or one holds over 20 % of the "
            f"pairs) behind the correlations of {said}."
        )
    alike = sorted({r["text"] for r in rows if r["n"] >= _FEWEST and r["rho"] is None})
    told += [f"Either all {_THING[t]}s that were drawn are alike, or all pairs are equally akin, "
             "so that nothing varies together." for t in alike]  # fmt: skip
    for text in TEXTS:
        low, high = _clear(rows, text, "distance")
        if low is not None and low > 0:
            told.append(
                f"By {text}, models more steps apart are more alike (rho {low:.2f} to {high:.2f}): "
                "siblings, two steps apart, more than parent and child, one step. Similarity asks "
                "that question on the same families."
            )
    return tuple(told)


def _clear(
    rows: list[dict[str, Any]], text: str, against: str
) -> tuple[float | None, float | None]:
    """Return least and greatest rho where every metric of a text shows the same sign."""
    mine = [r for r in rows if (r["text"], r["against"]) == (text, against)]
    if not mine or any(r["low"] is None or r["few_lineages"] for r in mine):
        return None, None
    if all(r["low"] > 0 for r in mine) or all(r["high"] < 0 for r in mine):
        return min(r["rho"] for r in mine), max(r["rho"] for r in mine)
    return None, None


def _finding(rows: list[dict[str, Any]]) -> str:
    """Say whether likeness follows kinship, text by text, where enough lineages tell."""
    said = []
    for text in TEXTS:
        mine = [r for r in rows if (r["text"], r["against"]) == (text, "kinship")]
        if not mine or any(r["low"] is None or r["few_lineages"] for r in mine):
            continue
        low, high = _clear(rows, text, "kinship")
        rising = sum(r["low"] > 0 for r in mine)
        if low is not None and high is not None:
            more = "more" if low > 0 else "less"
            said.append(f"by {text}, nearer kin are {more} alike (rho {low:.2f} to {high:.2f})")
        elif rising:
            said.append(f"by {text}, nearer kin are more alike in {rising} of {len(mine)} metrics")
        else:
            said.append(f"by {text}, likeness does not rise with kinship")
    return "; ".join(said)


_THING: Final = {"metadata": "record", "card": "card"}


def _chart(kind: str, text: str) -> Chart:
    return Chart(
        f"{kind}-{text}", "lines", f"Similarity of {text} against {_AGAINST[kind]}",
        table=f"drawn_{kind}_{text}", x=kind, y="mean", low="low", high="high", color="metric",
        x_scale="log" if kind == "kinship" else "linear", x_title=_ACROSS[kind],
        y_title="similarity",
        subtitle="Mean over drawn pairs where there are 30, and 95 % by clan.",
    )  # fmt: skip


_AGAINST: Final = {"kinship": "kinship", "distance": "steps between relatives"}
_ACROSS: Final = {
    "kinship": "kinship coefficient, nearer relatives to the right",
    "distance": "steps up and down between the two",
}
_REAL, _COUNT, _TEXT = pa.float64(), pa.int64(), pa.string()
_ROWS: Final = pa.schema([("text", _TEXT), ("metric", _TEXT), ("against", _TEXT), ("rho", _REAL),
                          ("low", _REAL), ("high", _REAL), ("n", _COUNT),
                          ("clusters", _COUNT), ("clusters_effective", _REAL),
                          ("largest_share", _REAL), ("few_lineages", pa.bool_())])  # fmt: skip
_CLASSES: Final = pa.schema([("metric", _TEXT), ("kinship", _REAL), ("distance", _REAL),
                             ("mean", _REAL), ("low", _REAL), ("high", _REAL), ("n", _COUNT),
                             ("clusters", _COUNT), ("clusters_effective", _REAL),
                             ("largest_share", _REAL), ("few_lineages", pa.bool_())])  # fmt: skip
