"""Compare a simulated hub with the published marginals; print the table of docs/simulator.md.

Usage: python benchmarks/calibration.py [--models N] [--seed S] [--work DIR]

The hub goes the public way: records and cards are written as Parquet, `cladist build` reads the
file, and the measures of `cladist replicate` run on the snapshot. Counts are scaled to the
published number of models.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

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
           "data.arxiv", "data.dataset", "data.language_distinct", "count.dataset", "pct.",
           "further.", "flow.task.finetune", "drift.hascard.delta", "drift.hascard.child",
           "drift.cardlen.change", "data.n_languages_eq_0", "drift.auto.delta")  # fmt: skip


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
            if _compared(figure) and isinstance(value, int | float):
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
        good = sum(abs(r.difference) <= WITHIN for r in rows)
        print(f"{hub.counts['models']:,} models, seed {options.seed}: {good} of {len(rows)} "
              f"marginals within {WITHIN:.0%}\n")  # fmt: skip
        print("| part | figure | published | simulated | difference | |\n|---|---|---|---|---|---|")
        for row in rows:
            mark = "" if abs(row.difference) <= WITHIN else "*"
            print(f"| {row.part} | `{row.figure}` | {row.published:,.5g} | {row.simulated:,.5g} | "
                  f"{row.difference:+.1%} | {mark} |")  # fmt: skip
        print(f"\nModels by generation: {depth(hub)}")


if __name__ == "__main__":
    main()
