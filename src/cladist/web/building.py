"""The index of the explorer, made once: layout, codes of what is coloured, texts, search.

Everything that a picture reads stands in the order of rows (:mod:`cladist.views.layout`), as
plain arrays in one directory that is keyed by the digest of the snapshot.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from cladist.errors import EnvironmentProblemError
from cladist.licenses.catalog import license_color
from cladist.licenses.resolve import resolve
from cladist.lineage.lineage import Lineage
from cladist.progress import Report, silent
from cladist.views.layout import Preorder, preorder
from cladist.views.theme import PALETTES
from cladist.vocab import METHODS, RELATION_CODE
from cladist.web.columns import Texts, coded, coded_lists
from cladist.web.payloads import FLOOR, UNDATED
from cladist.web.search_index import write_search
from cladist.web.tasks import group_of

if TYPE_CHECKING:
    import pyarrow as pa

    from cladist.snapshot import Snapshot

#: Raised whenever the files change; an index of another version is made anew.
INDEX_VERSION: Final = 2
READY: Final = "index.json"
#: No day: far from every date, and sorted last where that is wanted.
NO_DAY: Final = np.iinfo(np.int32).min
_FLOOR_DAY: Final = 19053  # 2 March 2022, in days since 1970
FAMILIES: Final = {name: code for code, name in enumerate(PALETTES["license"])}
STEPS: Final = 9


def index_directory(hub: Snapshot) -> Path:
    """Return where the index of a snapshot is kept: beside it, or in the user's cache."""
    name = hub.path.name.removesuffix(".snapshot")
    beside = hub.path.resolve().parent / f"{name}.explorer"
    own = beside / hub.digest[:16]
    if own.is_dir() or os.access(beside if beside.is_dir() else beside.parent, os.W_OK):
        return own
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "cladist" / f"{name}.explorer" / hub.digest[:16]


def is_ready(directory: Path, digest: str) -> bool:
    """Whether a directory holds a whole index of this version and snapshot."""
    try:
        told = orjson.loads((directory / READY).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return False
    return isinstance(told, dict) and (told.get("version"), told.get("digest")) == (
        INDEX_VERSION, digest,
    )  # fmt: skip


def build_index(hub: Snapshot, directory: Path, report: Report = silent) -> Path:
    """Make the index of a snapshot, unless it is there; return its directory.

    It is written beside and renamed, so that nobody sees half of one.

    Raises
    ------
    EnvironmentProblemError
        If it cannot be written.
    """
    if is_ready(directory, hub.digest):
        return directory
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".making-", dir=directory.parent))
    except OSError as problem:
        raise EnvironmentProblemError(
            f"The layout cannot be written to {str(directory)!r}: {problem.strerror}.",
            "Set XDG_CACHE_HOME to a directory that you may write to.",
        ) from None
    try:
        _Builder(hub, work, report).run()
        _settle(work, directory)
    except OSError as problem:
        raise EnvironmentProblemError(
            f"The layout cannot be written to {str(directory)!r}: {problem.strerror}.",
            "See that the disk has room.",
        ) from None
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return directory


def _settle(work: Path, directory: Path) -> None:
    """Put a finished index in place; where another process was faster, keep that one."""
    old = directory.with_name(f".old-{work.name}")
    if directory.exists():
        directory.rename(old)
    work.rename(directory)
    shutil.rmtree(old, ignore_errors=True)


class _Builder:
    """Writes the files of one index, step by step."""

    def __init__(self, hub: Snapshot, work: Path, report: Report) -> None:
        self.hub = hub
        self.work = work
        self.report = report
        self.step = 0
        self.lineage = Lineage.load(hub.arrays)
        self.told: dict[str, Any] = {"version": INDEX_VERSION, "digest": hub.digest}

    def run(self) -> None:
        """Write everything; the file that says so comes last."""
        self._tell("dates")
        day = self._dates()
        self._tell("layout")
        order = self._layout(day)
        self._tell("facts")
        self._facts(order)
        self._tell("licences")
        self._licenses(order)
        self._tell("lists")
        self._lists(order)
        self._tell("relations")
        self._relations(order)
        self._tell("claims")
        self._claims()
        self._tell("small tables")
        self._small_tables(order)
        self._series()
        self._tell("search")
        write_search(self.work, self.hub, self.lineage)
        (self.work / READY).write_bytes(orjson.dumps(self.told))
        self._tell("")

    def _tell(self, step: str) -> None:
        self.report(f"layout: {step}" if step else "layout", self.step, STEPS)
        self.step += 1

    def _save(self, name: str, array: NDArray[Any]) -> None:
        np.save(self.work / f"{name}.npy", array, allow_pickle=False)

    def _read(self, *columns: str, table: str = "models") -> pa.Table:
        import pyarrow.parquet as pq

        return pq.read_table(self.hub.file(table), columns=list(columns))

    def _dates(self) -> NDArray[np.int64]:
        """Return the day of each node, NO_DAY if unknown."""
        read = self._read("created_at", "created_at_is_floor")
        self.day = days(read["created_at"])
        flag = read["created_at_is_floor"].to_numpy(zero_copy_only=False)
        self.floor_flag = np.array(
            [2 if v is None else int(v) for v in flag], dtype=np.uint8
        ) if flag.dtype == object else flag.astype(np.uint8)  # fmt: skip
        born = self.day.astype(np.int64)
        born[self.day == NO_DAY] = np.iinfo(np.int64).max
        return born

    def _layout(self, born: NDArray[np.int64]) -> Preorder:
        families = self.lineage.families
        order = preorder(self.lineage.primary_parent, families, born)
        for name in ("node", "row_of", "parent", "size", "depth", "family", "family_start"):
            self._save(name, getattr(order, name))
        of = order.family_of
        self._save("family_founder", families.founder[of])
        self._save("family_founders", families.founders[of])
        self._save("family_share", families.founder_share[of])
        node = order.node
        self._save("day", self.day[node])
        month = months(self.day)
        month[(self.floor_flag == 1) & (month != UNDATED)] = FLOOR
        self._save("month", month[node])
        self._save("floor_flag", self.floor_flag[node])
        for name in ("generation", "descendants", "n_children"):
            self._save(name, getattr(self.lineage, name)[node])
        has_child = np.zeros(len(node), dtype=bool)
        has_child[order.parent[order.parent >= 0]] = True
        self._save("has_child", has_child)
        self.told["family_count"] = len(families)
        return order

    def _facts(self, order: Preorder) -> None:
        node = order.node
        for name in ("pipeline_tag", "library_name", "author", "gated"):
            codes, values = coded(self._read(name)[name])
            self._save(name, codes[node])
            values.save(self.work, f"{name}.values")
            if name == "pipeline_tag":
                group = np.array([*(group_of(v) for v in values), group_of(None)], np.uint8)
                self._save("task", group[codes[node]])
        for name in ("downloads", "likes", "parameters", "card_length"):
            self._save(name, counts(self._read(name)[name])[node])
        for name in ("last_modified", "observed_at"):
            self._save(name, days(self._read(name)[name])[node])
        read = self._read("is_ghost", "card_is_generated")
        self._save("is_ghost", read["is_ghost"].to_numpy()[node])
        generated = read["card_is_generated"].to_numpy(zero_copy_only=False)
        self._save("card_is_generated", np.array(
            [2 if v is None else int(v) for v in generated], dtype=np.uint8)[node])  # fmt: skip
        ids = self._read("model_id")["model_id"]
        Texts.of(ids).save(self.work, "model_id")
        Texts.of(self._read("revision")["revision"]).save(self.work, "revision")

    def _licenses(self, order: Preorder) -> None:
        """Give what models state together one number (licences, name, link); resolve it once."""
        query = (
            "SELECT min(node) OVER (PARTITION BY license, license_name, license_link) AS first,"
            " node FROM models"
        )
        found = self.hub.lookup.cursor().sql(query).to_arrow_table()
        first = np.empty(order.node.shape, dtype=np.int64)
        first[found["node"].to_numpy()] = found["first"].to_numpy()
        kinds, codes = np.unique(first, return_inverse=True)
        import pyarrow as pa

        read = self._read("license", "license_name", "license_link").take(pa.array(kinds))
        rows = []
        for row in read.to_pylist():
            means = resolve(row["license"], row["license_name"], row["license_link"])
            family = license_color(means.id) if means.id else (
                "unstated" if means.how == "unstated" else "other")  # fmt: skip
            rows.append([row["license"], row["license_name"], family, means.id, means.how])
        self._save("license", codes.astype(np.int32)[order.node])
        lut = np.array([FAMILIES.get(r[2], FAMILIES["other"]) for r in rows], dtype=np.uint8)
        self._save("license_family", lut[codes][order.node] if rows else np.zeros(0, np.uint8))
        (self.work / "licenses.json").write_bytes(orjson.dumps(rows))

    def _lists(self, order: Preorder) -> None:
        for name in ("language", "datasets", "arxiv", "region", "tags"):
            lists, values = coded_lists(self._read(name)[name])
            values.save(self.work, f"{name}.values")
            lists = lists.reordered(order.node)
            lists.save(self.work, name)
            counts_of = np.bincount(lists.code, minlength=len(values))
            self._save(f"{name}.count", counts_of)
            if name in ("language", "tags"):
                lists.inverted(len(values)).save(self.work, f"{name}.rows")

    def _relations(self, order: Preorder) -> None:
        """Relation to the primary parent, whether it is stated, and the second-parent links."""
        lineage = self.lineage
        read = self._read("relation", "methods", "relations", "confidence", table="edges")
        typed = lineage.edge_relation != RELATION_CODE["unknown"]
        methods = _bits(read["methods"], {m: i for i, m in enumerate(METHODS)})
        guessed = np.int64(1 << list(METHODS).index("inferred"))
        stated = typed & ((methods & ~guessed) != 0)
        self._save("edge_methods", methods)
        self._save("edge_relations", _bits(read["relations"], RELATION_CODE))
        self._save("edge_confidence", read["confidence"].to_numpy())
        self._save("edge_stated", stated)
        primary = lineage.primary_parent[lineage.edge_child] == lineage.edge_parent
        n = lineage.n
        relation = np.full(n, RELATION_CODE["unknown"], dtype=np.uint8)
        relation[lineage.edge_child[primary]] = lineage.edge_relation[primary]
        is_stated = np.zeros(n, dtype=bool)
        is_stated[lineage.edge_child[primary]] = stated[primary]
        self._save("relation", relation[order.node])
        self._save("stated", is_stated[order.node])
        child = order.row_of[lineage.edge_child[~primary]]
        parent = order.row_of[lineage.edge_parent[~primary]]
        by_child = np.lexsort((parent, child))
        self._save("link_child", child[by_child])
        self._save("link_parent", parent[by_child])
        by_parent = np.lexsort((child, parent))
        self._save("back_parent", parent[by_parent])
        self._save("back_child", child[by_parent])

    def _claims(self) -> None:
        """Claims by child: codes of their words, and the parents as written."""
        read = self._read(*_CLAIMS, table="claims")
        child = read["child"].to_numpy()
        counts_of = np.bincount(child, minlength=self.lineage.n)
        self._save("claim.start", np.r_[0, np.cumsum(counts_of)].astype(np.int64))
        self._save("claim.parent", read["parent"].to_numpy())
        self._save("claim.confidence", read["confidence"].to_numpy())
        self._save("claim.day", days(read["observed_at"]))
        for name in ("relation", "match", "method", "source"):
            codes, values = coded(read[name])
            self._save(f"claim.{name}", codes.astype(np.int16))
            values.save(self.work, f"claim.{name}.values")
        Texts.of(read["parent_raw"]).save(self.work, "claim.parent_raw")

    def _series(self) -> None:
        """Dated readings of downloads by node, where a series was fetched."""
        if not self.hub.file("downloads").is_file():
            return
        read = self._read("model", "observed_at", "downloads", table="downloads")
        codes, models = coded(read["model"])
        model_ids = Texts.load(self.work, "model_id")
        place = np.array([*(model_ids.find(m) for m in models), -1], dtype=np.int64)
        node = place[codes]
        order = np.lexsort((days(read["observed_at"]), node))
        order = order[node[order] >= 0]
        counts_of = np.bincount(node[order], minlength=self.lineage.n)
        self._save("series.start", np.r_[0, np.cumsum(counts_of)].astype(np.int64))
        self._save("series.day", days(read["observed_at"])[order])
        self._save("series.downloads", counts(read["downloads"])[order])
        self.told["has_series"] = True

    def _small_tables(self, order: Preorder) -> None:
        """Aliases and anomalies, by node."""
        model_ids = Texts.load(self.work, "model_id")
        read = self._read("alias", "model_id", "reason", table="aliases")
        found: dict[int, list[list[str]]] = {}
        for alias, model, reason in zip(*(read[c].to_pylist() for c in read.column_names),
                                        strict=True):  # fmt: skip
            node = model_ids.find(model)
            if node >= 0:
                found.setdefault(node, []).append([alias, reason])
        (self.work / "aliases.json").write_bytes(orjson.dumps(sorted(found.items())))
        read = self._read("child", "parent", "kind", table="anomalies")
        cuts = list(zip(*(read[c].to_pylist() for c in read.column_names), strict=True))
        (self.work / "cuts.json").write_bytes(orjson.dumps(cuts))
        size = np.diff(order.family_start)
        self.told |= {
            "families": int((size > 1).sum()), "in_families": int(size[size > 1].sum()),
            "alone": int((size == 1).sum()), "largest_family": int(size.max(initial=0)),
            "has_cards": bool(self.hub.counts.get("cards")),
        }  # fmt: skip


_CLAIMS: Final = ("child", "parent", "relation", "parent_raw", "match", "method", "confidence",
                  "source", "observed_at")  # fmt: skip


def days(column: pa.ChunkedArray) -> NDArray[np.int32]:
    """Return dates as days since 2 March 2022, NO_DAY for null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    micro = pc.fill_null(pc.cast(column, pa.int64()), NO_DAY).to_numpy()
    day = np.floor_divide(micro, 86_400_000_000) - _FLOOR_DAY
    # Whoever writes the year 9999 or 1 still gets a day that fits.
    found: NDArray[np.int32] = np.clip(day, -(10**6), 4 * 10**6).astype(np.int32)
    found[micro == NO_DAY] = NO_DAY
    return found


def months(day: NDArray[np.int32]) -> NDArray[np.int16]:
    """Return the month of each day, 0 = March 2022; FLOOR up to 2 March 2022, UNDATED unknown."""
    dated = day > 0
    stamp = (np.where(dated, day, 0).astype(np.int64) + _FLOOR_DAY).astype("datetime64[D]")
    count = stamp.astype("datetime64[M]").astype(np.int64) - (2022 - 1970) * 12 - 2
    found = np.where(dated, np.minimum(count, 12_000), FLOOR)
    whole: NDArray[np.int16] = np.where(day == NO_DAY, UNDATED, found).astype(np.int16)
    return whole


def counts(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Return counts, -1 for null."""
    import pyarrow.compute as pc

    found: NDArray[np.int64] = pc.fill_null(column, -1).to_numpy()
    return found


def _bits(column: pa.ChunkedArray, bit: dict[str, int]) -> NDArray[np.int64]:
    """Return lists of known words as bits; an unknown word counts for none."""
    lists, values = coded_lists(column)
    weight = np.array([1 << bit[v] if v in bit else 0 for v in values], dtype=np.int64)
    result = np.zeros(len(lists.start) - 1, dtype=np.int64)
    rows = np.repeat(np.arange(len(result)), np.diff(lists.start))
    np.bitwise_or.at(result, rows, weight[lists.code] if len(weight) else lists.code)
    return result
