"""Compare a simulated hub with the published marginals; print the table of docs/simulator.md.

Usage: python benchmarks/calibration.py [--models N] [--seed S] [--work DIR] [--brief]

The hub goes the public way: records and cards are written as Parquet, `cladist build` reads the
file, and the measures of `cladist replicate` run on the snapshot. Counts are scaled to the
published number of models. Exit 1 if a row is off by more than 10 % and :data:`WHY` has no reason.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import cladist
from cladist.replication.comparison import PARTS
from cladist.replication.figures import Figure, published
from cladist.snapshot import Snapshot
from cladist.sources.synthetic import simulate_hub, write_hub_stats

MODELS = 1_860_411
WITHIN = 0.10
#: Sizes of the ten largest families without merges and of the ten largest stars, published.
FAMILIES = (33_194, 32_557, 30_618, 24_318, 23_869, 11_942, 9_859, 9_669, 9_263, 8_797)
STARS = (33_042, 32_501, 30_581, 23_794, 9_565, 9_361, 8_430, 6_457, 5_556, 4_000)
#: Parts of the replication that a hub of invented names can be compared by.
COMPARED = ("hub", "values", "fertility", "mutation", "flows", "drift")
COUNTS = ("data.n_", "data.first", "data.license_mentions", "data.language_mentions", "count.",
          "flow.", "graph.", "drift.hascard.child", "drift.nlang.missing")  # fmt: skip
#: Not marginals: the number of rows itself, what is no number, repetitions of another row.
SKIPPED = ("data.n_models", "data.n_with_card", "data.n_edges_nomerges", "data.license_types",
           "data.dataset", "data.language_distinct", "count.dataset", "pct.license",
           "pct.language", "data.n_models_with_language", "further.", "flow.task.finetune",
           "drift.hascard.delta", "drift.hascard.child",
           "drift.cardlen.change", "data.n_languages_eq_0", "drift.auto.delta")  # fmt: skip


#: Distinct values grow slower than models: compared at the published size only.
AT_FULL_SIZE: Final = ("data.arxiv_unique",)
#: Why a row may be off by more than 10 %, by how its name begins.
WHY: Final = {
    "count.license.": "in a small hub one model more or less; else lineages state it more often"
    " than the published total leaves room for, for its founders are few and one has many children",
    "data.arxiv_unique": "papers are drawn by rank, lineages cite together",
    "count.language.": "long lists (8 and 13 languages, as large families state them) name it with"
    " every descendant; of two languages of one list one is met, the other is not",
    "pct.": "a share of few models",
    "flow.": "a few large parents make it: whether these themselves changed, and which children"
    " state both, differs by seed",
    "mutation.full.language": "languages of adapters are lost from long lists, which are more and"
    " shorter here than those of the published adapters' parents",
    "drift.cardlen.mean_pct": "a mean of ratios: parents with cards of some hundred characters"
    " decide it",
    "drift.cardlen.": "cards end at 26,000 characters here, so that the longest parents, a few"
    " large stars, have to be shorter and more than the published ones",
    "drift.auto.": "one card of a parent of hundreds, or a dozen cards of merges",
    "drift.nlang.": "founders with long lists are few, their stars differ in size by seed",
    "family of rank 2500": "as many founders start a breed in a small hub as in a large one, so"
    " that a small hub has more families of middle size",
    "family of rank": "a planted family grows by what its members' children are given",
    "star of rank": "attachment is preferential: a star that is not planted outgrew a planted one",
}


class Row(NamedTuple):
    """One marginal, published and simulated."""

    part: str
    figure: str
    published: float
    simulated: float

    @property
    def difference(self) -> float:
        """Simulated over published, less 1."""
        return self.simulated / self.published - 1

    @property
    def why(self) -> str | None:
        """Empty where it is near enough, the reason where not; None where nobody gave one."""
        if abs(self.difference) <= WITHIN:
            return ""
        return next((text for start, text in WHY.items() if self.figure.startswith(start)), None)


def figures(hub: Snapshot, seed: int) -> Iterator[Row]:
    """Yield the figures that the replication measures, as published; counts are scaled."""
    scale = MODELS / hub.counts["models"]
    for part in PARTS:
        if part.name not in COMPARED or part.measure is None:
            continue
        asked = [f for f in published() if f.id.startswith(tuple(p + "." for p in part.prefixes))]
        told = part.measure(hub, seed, asked)
        for figure in asked:
            value = told[figure.id].as_published if figure.id in told else None
            late = figure.id in AT_FULL_SIZE and hub.counts["models"] != MODELS
            if _compared(figure) and isinstance(value, int | float) and not late:
                factor = scale if figure.id.startswith(COUNTS) else 1.0
                yield Row(part.title, figure.id, float(figure.value), value * factor)


def _compared(figure: Figure) -> bool:
    return isinstance(figure.value, float) and not figure.id.startswith(SKIPPED)


def ranks(hub: Snapshot) -> Iterator[Row]:
    """Yield sizes of families and stars by rank, scaled; the 2,500th family by its rank's share."""
    scale = MODELS / hub.counts["models"]
    sizes = cladist.query(hub, "SELECT count(*) AS n FROM lineage GROUP BY family_no_merges"
                          " ORDER BY n DESC", limit=10**7)["n"].to_pylist()  # fmt: skip
    stars = cladist.query(hub, "SELECT count(*) AS n FROM edges GROUP BY parent ORDER BY n DESC",
                          limit=10**7)["n"].to_pylist()  # fmt: skip
    for title, known, found in (("family", FAMILIES, sizes), ("star", STARS, stars)):
        for rank, size in enumerate(known):
            yield Row("Families", f"{title} of rank {rank + 1}", size, found[rank] * scale)
    yield Row("Families", "family of rank 2500", 7, sizes[round(2_499 / scale)])
    yield Row("Families", "components", 1_308_021, _components(hub) * scale)


def _components(hub: Snapshot) -> int:
    table = cladist.query(hub, "SELECT count(DISTINCT family) AS n FROM lineage")
    return int(table["n"][0].as_py())


def depth(hub: Snapshot) -> str:
    """Say how deep lineages are; the paper prints no such table."""
    sql = "SELECT generation, count(*) AS n FROM lineage GROUP BY 1 ORDER BY 1"
    rows = cladist.query(hub, sql, limit=10**4).to_pylist()
    return ", ".join(f"{r['generation']}: {r['n']:,}" for r in rows)


def main() -> None:
    """Simulate, build, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=MODELS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--brief", action="store_true", help="only the rows that are off")
    parser.add_argument("--work", type=Path, help="folder to keep the files in")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = options.work or Path(folder)
        work.mkdir(parents=True, exist_ok=True)
        place = work / "calibration.snapshot"
        if not place.exists():
            write_hub_stats(simulate_hub(options.models, options.seed), work / "hub.parquet")
            cladist.build(work / "hub.parquet", place)
            (work / "hub.parquet").unlink()
        hub = cladist.open(place)
        rows = [*figures(hub, options.seed), *ranks(hub)]
        good = sum(row.why == "" for row in rows)
        print(f"{hub.counts['models']:,} models, seed {options.seed}: {good} of {len(rows)} "
              f"marginals within {WITHIN:.0%}\n")  # fmt: skip
        print("| part | figure | published | simulated | difference | why |")
        print("|---|---|---|---|---|---|")
        for row in rows:
            if row.why != "" or not options.brief:
                print(f"| {row.part} | `{row.figure}` | {row.published:,.5g} | "
                      f"{row.simulated:,.5g} | {row.difference:+.1%} "
                      f"| {row.why or ''} |")  # fmt: skip
        print(f"\nModels by generation: {depth(hub)}")
    unknown = [row.figure for row in rows if row.why is None]
    if unknown:
        sys.exit(f"off by more than {WITHIN:.0%}, and WHY has no reason: {', '.join(unknown)}")


if __name__ == "__main__":
    main()
