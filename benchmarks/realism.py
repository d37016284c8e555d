"""Compare a simulated hub, cut at a day, with the real Hub of that day; print a Markdown table.

Usage: python benchmarks/realism.py REAL.snapshot [--simulated X.snapshot | --models N --seed S]
       [--day 2024-07-11]

What the paper publishes is compared by calibration.py; this is about what it does not publish.
Both hubs are cut alike: the models created by that day, and the edges between two such models.
Back-filled dates (all of 2 March 2022) count as they stand, but for times between parent and child.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

import cladist
from cladist.lineage.lineage import Lineage
from cladist.snapshot import Snapshot
from cladist.sources.synthetic import simulate_hub, write_hub_stats
from cladist.vocab import RELATION_CODE

MODELS: Final = 1_860_411
QUANTILES: Final = (0.5, 0.9, 0.99, 0.999, 1.0)
#: Parents of at least so many children are told apart in the share that the largest have.
LARGEST: Final = 10

Reals = NDArray[np.float64]

_MODELS: Final = """
SELECT node, author, epoch(created_at) AS born, created_at_is_floor AS floor, downloads, likes,
  len(list_filter(tags, lambda t: NOT starts_with(t, 'region:') AND t <> 'cladist-simulated'
    AND NOT regexp_matches(t, '^base_model:[a-z]+:'))) AS tags,
  len(language) AS languages, len(datasets) AS datasets, len(arxiv) AS papers,
  len(license) AS licenses, pipeline_tag IS NOT NULL AS task,
  library_name IS NOT NULL AS library,
  regexp_replace(model_id, '^[^/]*/', '') AS name
FROM models WHERE NOT is_ghost AND created_at < TIMESTAMPTZ '{day} 00:00:00+00' + INTERVAL 1 DAY
"""
#: Forms of names: what a pattern finds in them.
_FORMS: Final = {
    "a size (7b, 350M)": r"(?i)(^|[-_])\d+(\.\d+)?[bmk]([-_.]|$)",
    "a version (v2, v0.1)": r"(?i)(^|[-_])v\d",
    "quantization or adapter (GGUF, 4bit, LoRA)": r"(?i)gguf|gptq|awq|exl2|\dbit|lora",
    "finetuned, ft, sft, dpo, chat": r"(?i)finetun|[-_](ft|sft|dpo|instruct|chat)([-_]|$)",
    "an underscore": "_",
    "a capital letter": "[A-Z]",
    "a digit": r"\d",
}


class Cut:
    """The models of a hub by a day, and the edges between them."""

    def __init__(self, hub: Snapshot, day: str) -> None:
        self.models = cladist.query(hub, _MODELS.format(day=day))
        node = self.column("node").astype(np.int64)
        place = np.full(int(node.max(initial=-1)) + 1, -1, dtype=np.int64)
        place[node] = np.arange(len(node))
        edges = cladist.query(hub, "SELECT child, parent, relation FROM edges")
        ends = [np.append(place, -1)[np.minimum(edges[c].to_numpy(), len(place))]
                for c in ("child", "parent")]  # fmt: skip
        there = (ends[0] >= 0) & (ends[1] >= 0)
        code = np.array([RELATION_CODE[r] for r in edges["relation"].to_pylist()])
        self.lineage = Lineage.from_edges(len(node), ends[0][there], ends[1][there], code[there])

    def column(self, name: str) -> NDArray[Any]:
        """Return one column of the models."""
        found: NDArray[Any] = self.models[name].to_numpy(zero_copy_only=False)
        return found

    def numbers(self, name: str) -> Reals:
        """Return one column of numbers, what is not stated as 0."""
        return np.nan_to_num(self.column(name).astype(np.float64))

    @property
    def own(self) -> NDArray[np.bool_]:
        """Whether an edge joins two models of one account."""
        author = self.models["author"].combine_chunks().dictionary_encode().indices.to_numpy()
        tree = self.lineage
        same: NDArray[np.bool_] = author[tree.edge_child] == author[tree.edge_parent]
        return same

    def days(self, own: bool) -> Reals:
        """Return the days between parent and child, where the parent's date is its own."""
        tree, born = self.lineage, self.numbers("born")
        known = (self.own == own) & ~self.column("floor").astype(bool)[tree.edge_parent]
        days: Reals = (born[tree.edge_child] - born[tree.edge_parent])[known] / 86_400
        return days

    def sizes(self) -> Reals:
        """Return the sizes of the families of more than one model."""
        size = self.lineage.families.size
        return size[size > 1].astype(np.float64)


def _positive(values: NDArray[Any], least: float = 0) -> Reals:
    return values[values > least].astype(np.float64)


def _accounts(cut: Cut) -> Reals:
    codes = cut.models["author"].combine_chunks().dictionary_encode().indices.to_numpy()
    return np.bincount(codes[codes >= 0]).astype(np.float64)


#: What is compared by its distribution.
SAMPLES: Final[dict[str, Callable[[Cut], Reals]]] = {
    "children of a parent": lambda c: _positive(c.lineage.n_children),
    "descendants of a parent": lambda c: _positive(c.lineage.descendants),
    "models of a family": Cut.sizes,
    "parents of a model with two or more": lambda c: _positive(c.lineage.n_parents, 1),
    "generation of a child": lambda c: _positive(c.lineage.generation),
    "models of an account": _accounts,
    "days from another account's parent to the child": lambda c: c.days(own=False),
    "days from the account's own parent to the child": lambda c: c.days(own=True),
    "downloads": lambda c: c.numbers("downloads"),
    "downloads of parents": lambda c: c.numbers("downloads")[c.lineage.n_children > 0],
    "likes": lambda c: c.numbers("likes"),
    "likes of parents": lambda c: c.numbers("likes")[c.lineage.n_children > 0],
    "tags of a model": lambda c: c.numbers("tags"),
    "languages of a model that states any": lambda c: _positive(c.numbers("languages")),
    "data sets of a model that states any": lambda c: _positive(c.numbers("datasets")),
    "papers of a model that cites any": lambda c: _positive(c.numbers("papers")),
    "characters of a name": lambda c: np.char.str_len(c.column("name").astype(str)).astype(float),
}


def _top(cut: Cut) -> float:
    children = np.sort(cut.lineage.n_children)[::-1]
    return float(children[:LARGEST].sum() / max(children.sum(), 1))


def _rank(cut: Cut, one: str, other: str, *, parents: bool = False) -> float:
    some = cut.lineage.n_children > 0 if parents else slice(None)
    read = {"children": lambda: cut.lineage.n_children.astype(float)}
    ends = [read.get(n, lambda n=n: cut.numbers(n))()[some] for n in (one, other)]
    return float(stats.spearmanr(*ends).statistic)


#: What is one number.
SHARES: Final[dict[str, Callable[[Cut], float]]] = {
    "models that have a parent": lambda c: float((c.lineage.n_parents > 0).mean()),
    "models that have a child": lambda c: float((c.lineage.n_children > 0).mean()),
    "children that have a child": lambda c: float(
        (c.lineage.n_children > 0)[c.lineage.n_parents > 0].mean()),
    f"edges of the {LARGEST} parents of most": _top,
    "edges within one account": lambda c: float(c.own.mean()),
    "models without a download": lambda c: float((c.numbers("downloads") == 0).mean()),
    "models without a like": lambda c: float((c.numbers("likes") == 0).mean()),
    **{f"models that state {word}": lambda c, n=name: float((c.numbers(n) > 0).mean())
       for word, name in (("a task", "task"), ("a library", "library"), ("a licence", "licenses"),
                          ("a language", "languages"), ("a data set", "datasets"),
                          ("a paper", "papers"))},
    **{f"names with {word}": lambda c, p=pattern: _named(c, p) for word, pattern in _FORMS.items()},
    "rank correlation of downloads and likes": lambda c: _rank(c, "downloads", "likes"),
    "the same of parents": lambda c: _rank(c, "downloads", "likes", parents=True),
    "rank correlation of parents' downloads and children": lambda c: _rank(
        c, "downloads", "children", parents=True),
    "rank correlation of parents' likes and children": lambda c: _rank(
        c, "likes", "children", parents=True),
}  # fmt: skip


def _named(cut: Cut, pattern: str) -> float:
    import pyarrow.compute as pc

    return float(pc.mean(pc.match_substring_regex(cut.models["name"], pattern)).as_py())


def distributions(real: Cut, simulated: Cut) -> None:
    """Print quantiles of both hubs, and the largest distance of their distribution functions."""
    heads = " | ".join("largest" if q == 1 else f"{100 * q:g} %" for q in QUANTILES)
    print(f"| distribution | hub | n | {heads} | distance |")
    print("|---|---|---:|" + "---:|" * (len(QUANTILES) + 1))
    for name, sample in SAMPLES.items():
        both = sample(real), sample(simulated)
        if not all(map(len, both)):
            print(f"| {name} | not known in both hubs | " + "| " * (len(QUANTILES) + 1) + "|")
            continue
        distance = stats.ks_2samp(*both, method="asymp").statistic
        for hub, values, told in zip(("real", "simulated"), both, ("", f"{distance:.2f}"),
                                     strict=True):  # fmt: skip
            cells = " | ".join(f"{x:,.3g}" if x < 100 else f"{x:,.0f}"
                               for x in np.quantile(values, QUANTILES))  # fmt: skip
            title = name if hub == "real" else ""
            print(f"| {title} | {hub} | {len(values):,} | {cells} | {told} |")


def shares(real: Cut, simulated: Cut) -> None:
    """Print single numbers of both hubs."""
    print("| share or correlation | real | simulated | apart |\n|---|---:|---:|---:|")
    for name, share in SHARES.items():
        both = share(real), share(simulated)
        print(f"| {name} | {both[0]:.3f} | {both[1]:.3f} | {both[1] - both[0]:+.3f} |")


def main() -> None:
    """Simulate, unless a snapshot is given, cut, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("real", type=Path)
    parser.add_argument("--simulated", type=Path)
    parser.add_argument("--models", type=int, default=MODELS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--day", type=date.fromisoformat, default="2024-07-11")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = options.simulated or Path(folder) / "realism.snapshot"
        if not place.exists():
            write_hub_stats(simulate_hub(options.models, options.seed),
                            Path(folder) / "hub.parquet")  # fmt: skip
            cladist.build(Path(folder) / "hub.parquet", place)
        hubs = cladist.open(options.real), cladist.open(place)
        if not hubs[1].counts["simulated"] or hubs[0].counts["simulated"]:
            sys.exit("The first snapshot has to be a real hub's, the second a simulated one's.")
        cuts = [Cut(hub, str(options.day)) for hub in hubs]
    print(f"Models by {options.day}: real {cuts[0].lineage.n:,}, simulated {cuts[1].lineage.n:,}; "
          f"edges: {cuts[0].lineage.n_edges:,}, {cuts[1].lineage.n_edges:,}\n")  # fmt: skip
    distributions(*cuts)
    print()
    shares(*cuts)


if __name__ == "__main__":
    main()
