"""Compare a simulated hub with the published marginals; print the tables of docs/calibration.md.

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
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

import cladist
from cladist.replication.comparison import PARTS
from cladist.replication.figures import Figure, published
from cladist.snapshot import Snapshot
from cladist.sources.synthetic import simulate_hub, write_hub_stats
from cladist.sources.synthetic.published import CREATED

MODELS = 1_860_411
WITHIN = 0.10
#: Sizes of the ten largest families without merges and of the ten largest stars, published.
FAMILIES = (33_194, 32_557, 30_618, 24_318, 23_869, 11_942, 9_859, 9_669, 9_263, 8_797)
STARS = (33_042, 32_501, 30_581, 23_794, 9_565, 9_361, 8_430, 6_457, 5_556, 4_000)
#: The families whose growth is published, in the order of their sizes.
GROWN: Final = (
    "black-forest-labs/FLUX.1-dev", "Qwen/Qwen1.5-0.5B", "Qwen/Qwen1.5-1.8B",
    "meta-llama/Meta-Llama-3-8B", "google/gemma-2b", "meta-llama/Llama-3.1-8B",
    "google/gemma-7b", "distilbert/distilbert-base-uncased", "Qwen/Qwen2.5-7B",
    "stabilityai/stable-diffusion-xl-base-1.0",
)  # fmt: skip
#: Members by a month are compared from this share of the family on: below it a few models count.
GROWN_FROM: Final = 0.05
#: Parts of the replication that a hub of invented names can be compared by.
COMPARED = ("hub", "values", "fertility", "mutation", "ordering", "flows", "drift", "similarity")
#: What is printed but not compared, and why not.
SKIPPED: Final = {
    "data.n_models": "the number of rows, which is set",
    "data.license_types_paper": "a number of the paper's text that its data do not have",
    "pct.license": "repeats `count.license`",
    "pct.language": "repeats `count.language`",
    "drift.hascard.delta": "repeats `drift.hascard`",
    "drift.hascard.child": "repeats `drift.hascard`",
    "drift.cardlen.change": "repeats `drift.cardlen`",
    "drift.auto.delta": "repeats `drift.auto`",
    "sim.modelcard.kept": "how many of the pairs drawn had two cards, by how pairs were drawn",
}  # fmt: skip
#: What is published and has no row at all.
ABSENT: Final = {
    "children and downloads by name, `parent_models_top10.csv`": "nobody of that name is here:"
    " compared by rank, as are families and their growth",
    "arXiv categories (`arxiv_category_*.csv`, `count.arxiv_cat`)": "the papers cited here have"
    " numbers that no paper has, so no category",
    "`naming_conventions_top20.csv`, `naming_segments.csv`": "labelled by hand in 384 names of"
    " another sample; forms of names are compared with all real names in"
    " [the simulator](simulator.md#beside-the-real-hub)",
    "`library_counter_full_spring2025.csv`": "an earlier snapshot of the same counts",
    "`early.*`": "trees of an earlier, smaller crawl, by name",
    "`motif.*`": "the totals are in no output; `motif.duo` repeats the fine-tune edges",
    "the table of depth": "the paper prints none; what the simulator has stands below",
}  # fmt: skip
#: Distinct values grow slower than models: compared at the published size only.
AT_FULL_SIZE: Final = ("data.arxiv_unique", "data.dataset_distinct", "data.dataset_singletons",
                       "data.language_distinct", "data.license_types", "ordering.")  # fmt: skip
COUNTS: Final = ("data.n_", "data.first", "data.license_mentions", "data.language_mentions",
                 "data.dataset_mentions", "count.", "flow.", "further.", "graph.",
                 "drift.nlang.missing")  # fmt: skip
#: Why a row may be off by more than 10 %, by how its name begins.
WHY: Final = {
    "data.n_edges_untyped": "a few edges",
    "count.license.": "in a small hub one model more or less; else lineages state it more often"
    " than the published total leaves room for, for its founders are few and one has many children",
    "count.dataset.": "in a small hub a few models; else a parent of many states it",
    "data.arxiv_unique": "papers are drawn by rank, lineages cite together",
    "count.language.": "long lists (8 to 13 languages, as large families state them) name it with"
    " every descendant; of two languages of one list one is met, the other is not",
    "pct.": "a share of few models",
    "further.": "a share of few models",
    "flow.": "a few large parents make it: whether these themselves changed, and which children"
    " state both, differs by seed",
    "mutation.": "in a small hub a few parents with long lists of languages decide",
    "ordering.": "rare values change along few edges here: only the flows that are published by"
    " name are fitted, the others follow the published order by popularity",
    "drift.cardlen.mean_pct": "a mean of ratios: parents with cards of some hundred characters"
    " decide it",
    "drift.cardlen.": "cards end at 27,000 characters here, so that the longest parents, a few"
    " large stars, have to be shorter and more than the published ones",
    "drift.auto.": "one card of a parent of hundreds, or a dozen cards of merges",
    "drift.nlang.": "founders with long lists are few, their stars differ in size by seed",
    "sim.metadata": "records here have fewer fields than the Hub's; names, revisions and dates are"
    " made up",
    "sim.modelcard": "cards here are put together from sections and edits of their own, no account"
    " has a template of its own",
    "family of rank 2500": "as many founders start a breed in a small hub as in a large one, so"
    " that a small hub has more families of middle size",
    "family of rank": "a planted family grows by what its members' children are given",
    "members of family": "a planted family grows by what its members' children are given",
    "star of rank": "attachment is preferential: a star that is not planted outgrew a planted one",
    "downloads of rank": "fitted at the published size: a small hub has no such head",
}  # fmt: skip


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
            late = figure.id.startswith(AT_FULL_SIZE) and hub.counts["models"] != MODELS
            if _compared(figure) and isinstance(value, int | float) and not late:
                factor = scale if figure.id.startswith(COUNTS) else 1.0
                yield Row(part.title, figure.id, float(figure.value), value * factor)


def _compared(figure: Figure) -> bool:
    return isinstance(figure.value, float) and not figure.id.startswith(tuple(SKIPPED))


def _column(hub: Snapshot, sql: str) -> Any:
    return cladist.query(hub, sql).column(0).to_numpy()


def ranks(hub: Snapshot) -> Iterator[Row]:
    """Yield sizes of families and stars by rank, scaled; the 2,500th family by its rank's share."""
    scale = MODELS / hub.counts["models"]
    sizes = _column(hub, "SELECT count(*) AS n FROM lineage GROUP BY family_no_merges"
                         " ORDER BY n DESC")  # fmt: skip
    stars = _column(hub, "SELECT count(*) AS n FROM edges GROUP BY parent ORDER BY n DESC")
    for title, known, found in (("family", FAMILIES, sizes), ("star", STARS, stars)):
        for rank, size in enumerate(known):
            yield Row("Families", f"{title} of rank {rank + 1}", size, found[rank] * scale)
    yield Row("Families", "family of rank 2500", 7, sizes[round(2_499 / scale)])
    components = _column(hub, "SELECT count(DISTINCT family) AS n FROM lineage")[0]
    yield Row("Families", "components", 1_308_021, components * scale)


def growth(hub: Snapshot) -> Iterator[Row]:
    """Yield how large the ten largest families were at the beginning of each quarter, scaled."""
    scale = MODELS / hub.counts["models"]
    families = _column(hub, "SELECT family_no_merges, count(*) AS n FROM lineage GROUP BY 1"
                            " ORDER BY n DESC, 1 LIMIT 10")  # fmt: skip
    known = {f.id: f.value for f in published() if f.id.startswith("growth.")}
    born = [
        _column(
            hub,
            "SELECT epoch(created_at) FROM lineage JOIN models USING (node) WHERE"
            f" family_no_merges = {family} AND NOT is_ghost",
        )
        for family in families
    ]
    months = {name: {k.rpartition(".")[2]: float(v) for k, v in known.items()
                     if k.startswith(f"growth.{name}.")} for name in GROWN}  # fmt: skip
    days = {m: datetime.strptime(m, "%Y-%m").replace(tzinfo=UTC).timestamp()
            for sizes in months.values() for m in sizes}  # fmt: skip
    here = [{m: (b < day).sum() * scale for m, day in days.items()} for b in born]
    # Families of nearly one size may have changed ranks: which is which is told by their growth.
    apart = [[sum(abs(sizes[m] - one[m]) for m in sizes) / size for one in here]
             for size, sizes in zip(FAMILIES, months.values(), strict=True)]  # fmt: skip
    for rank, place in zip(*linear_sum_assignment(apart), strict=True):
        for month, size in months[GROWN[rank]].items():
            if size >= GROWN_FROM * FAMILIES[rank]:
                title = f"members of family {rank + 1} by {month}"
                yield Row("Growth of families", title, size, here[place][month])


def dates(hub: Snapshot) -> Iterator[Row]:
    """Yield the models of every ten hundredths of the hub's time, by the published histogram."""
    born = np.sort(_column(hub, "SELECT epoch(created_at) FROM models WHERE created_at NOTNULL"))
    counts, _ = np.histogram(born, bins=len(CREATED))
    shares = counts.reshape(10, -1).sum(axis=1) / counts.sum()
    wanted = np.array(CREATED).reshape(10, -1).sum(axis=1)
    for k in range(10):
        title = f"models of hundredths {10 * k + 1} to {10 * k + 10} of the time"
        yield Row("Dates", title, float(wanted[k]), float(shares[k] * wanted.sum()))


def downloads(hub: Snapshot) -> Iterator[Row]:
    """Yield the ten largest numbers of downloads."""
    found = _column(hub, "SELECT downloads FROM models WHERE downloads NOTNULL"
                         " ORDER BY downloads DESC LIMIT 10")  # fmt: skip
    known = sorted((float(f.value) for f in published() if f.id.startswith("downloads.")),
                   reverse=True)  # fmt: skip
    for rank, (one, other) in enumerate(zip(known, found.tolist(), strict=True)):
        yield Row("Downloads", f"downloads of rank {rank + 1}", one, other)


def depth(hub: Snapshot) -> str:
    """Say how deep lineages are; the paper prints no such table."""
    sql = "SELECT generation, count(*) AS n FROM lineage GROUP BY 1 ORDER BY 1"
    rows = cladist.query(hub, sql).to_pylist()
    return ", ".join(f"{r['generation']}: {r['n']:,}" for r in rows)


def summary(rows: list[Row]) -> None:
    """Print a line per part: how many rows, how many near enough, the worst."""
    print("| part | rows | within 10 % | worst |\n|---|---:|---:|---|")
    for part in dict.fromkeys(row.part for row in rows):
        ours = [row for row in rows if row.part == part]
        worst = max(ours, key=lambda row: abs(row.difference))
        good = sum(row.why == "" for row in ours)
        print(f"| {part} | {len(ours)} | {good} | `{worst.figure}` {worst.difference:+.1%} |")
    print()


def table(rows: list[Row], *, brief: bool) -> None:
    """Print the rows; if ``brief`` only those that are off."""
    print("| part | figure | published | simulated | difference | why |")
    print("|---|---|---|---|---|---|")
    for row in rows:
        if row.why != "" or not brief:
            print(f"| {row.part} | `{row.figure}` | {row.published:,.5g} | "
                  f"{row.simulated:,.5g} | {row.difference:+.1%} | {row.why or ''} |")  # fmt: skip
    print("\nNot compared:\n")
    for what, reason in ({f"`{k}`": why for k, why in SKIPPED.items()} | ABSENT).items():
        print(f"- {what}: {reason}")


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
        rows = [*figures(hub, options.seed), *ranks(hub), *growth(hub), *dates(hub),
                *downloads(hub)]  # fmt: skip
        rows = [row for row in rows if row.published]
        good = sum(row.why == "" for row in rows)
        print(f"{hub.counts['models']:,} models, seed {options.seed}: {good} of {len(rows)} "
              f"marginals within {WITHIN:.0%}\n")  # fmt: skip
        summary(rows)
        table(rows, brief=options.brief)
        print(f"\nModels by generation: {depth(hub)}")
    unknown = [row.figure for row in rows if row.why is None]
    if unknown:
        sys.exit(f"off by more than {WITHIN:.0%}, and WHY has no reason: {', '.join(unknown)}")


if __name__ == "__main__":
    main()
