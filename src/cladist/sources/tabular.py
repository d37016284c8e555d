"""Any table, read through a column map: models, edges, or models with their parents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from cladist.errors import InputError
from cladist.sources import files
from cladist.sources.batching import BatchBuilder, clip, table
from cladist.sources.column_map import EXAMPLE, ColumnMap, make_map, natural_map, read_map
from cladist.sources.columns import Rows, connect, texts
from cladist.sources.fields import LISTS, RecordReader, children
from cladist.sources.literals import listed
from cladist.sources.protocol import (
    RAW_CLAIMS,
    RAW_MODELS,
    RAW_REJECTS,
    Progress,
    RawBatch,
    no_progress,
)
from cladist.sources.sheets import Sheet, read_sheets, sheet_columns, sheet_size
from cladist.vocab import METHODS, RELATIONS

if TYPE_CHECKING:
    import duckdb

_SUFFIXES: Final = (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".parquet")


class TabularSource:
    """CSV (comma, tab, semicolon; plain or gzip) or Parquet with a column map.

    Parameters
    ----------
    path
        A file, or a folder of files that one map fits.
    columns
        Our column -> theirs; or the path of a TOML file with the tables ``[columns]``,
        ``[children]``, ``[values.relation]``, ``[values.method]``, ``[constants]``. Without it
        the columns must have our names or the hub's.
    children, values, constants, list_separator
        The other tables of the map, where ``columns`` is no file.
    observed_at
        When the table was made, for rows that do not say.
    """

    kind = "tabular"

    def __init__(
        self,
        path: Path,
        *,
        columns: Mapping[str, str] | str | Path | None = None,
        children: Mapping[str, str] | None = None,
        values: Mapping[str, Mapping[str, str]] | None = None,
        constants: Mapping[str, str] | None = None,
        list_separator: str = ",",
        observed_at: str | None = None,
    ) -> None:
        self.path = Path(path)
        self.observed_at = observed_at
        self.map: ColumnMap | None = None
        if isinstance(columns, str | Path):
            self.map = read_map(Path(columns))
        elif columns is not None:
            tables = {
                "columns": columns, "children": children or {}, "values": values or {},
                "constants": constants or {}, "list_separator": list_separator,
            }  # fmt: skip
            self.map = make_map(tables)

    @classmethod
    def detect(cls, path: Path, head: bytes) -> float:
        """Say how sure it is that ``path`` is a table: never more than the other kinds."""
        if path.is_dir():
            found = files.files_below(path)
            share = sum(p.name.lower().endswith(_SUFFIXES) for p in found) / max(1, len(found))
            return 0.6 * share
        if head.startswith(b"PAR1"):
            return 0.3
        return 0.3 if _looks_like_csv(head) else 0.0

    def files(self) -> list[Path]:
        """Return the files that are read."""
        if not self.path.is_dir():
            return [self.path]
        return [p for p in files.files_below(self.path) if p.name.lower().endswith(_SUFFIXES)]

    def batches(self, progress: Progress = no_progress) -> Iterator[RawBatch]:
        """Yield the rows in the order of the files."""
        paths = self.files()
        total = sum(sheet_size(path) for path in paths)
        done = 0

        def advance(size: int) -> None:
            nonlocal done
            done += size
            progress(min(done, total), total)

        con = connect()
        for path in paths:
            place = files.locator(path, self.path) if path != self.path else None
            mapping = self._mapping(path, lone=place is None)
            if mapping is None:
                row = (None, place, "record", ", ".join(sheet_columns(path)), "columns_missing")
                yield RawBatch(rejects=table(RAW_REJECTS, [row]))
                continue
            for sheet in read_sheets(path, advance):
                yield _Reader(con, mapping, sheet, place, self.observed_at).batch()

    def _mapping(self, path: Path, *, lone: bool) -> ColumnMap | None:
        """Return the map for a file; None for one file of a folder that it does not fit."""
        names = sheet_columns(path)
        mapping = self.map or natural_map(names)
        lacking = mapping.missing(names) if mapping else []
        if mapping is not None and not lacking:
            return mapping
        if not lone:
            return None
        what = f"lacks the column {', '.join(lacking)}" if lacking else "needs a column map"
        raise InputError(
            f"{path} {what}; its columns are: {', '.join(names)}.",
            f"Give a map of its columns with --columns MAP.toml, for example\n{EXAMPLE}",
        )


class _Reader:
    """Some rows of one table on their way into a raw batch."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        mapping: ColumnMap,
        sheet: Sheet,
        place: str | None,
        observed_at: str | None,
    ) -> None:
        self.map, self.sheet, self.place = mapping, sheet, place
        self.size = len(sheet.lines)
        own = {n: sheet.columns[c] for n, c in mapping.columns.items() if c in sheet.columns}
        constants = dict(mapping.constants)
        if observed_at:
            constants.setdefault("observed_at", observed_at)
        for name, value in constants.items():
            stated = texts(con, own[name]) if name in own else pa.nulls(self.size, pa.string())
            own[name] = pc.fill_null(stated, value)
        if "card" in own:  # crawls write N/A where the hub gave no card
            card = texts(con, own["card"])
            own["card"] = pc.if_else(pc.equal(card, "N/A"), None, card)
        self.con = con
        self.own = own
        self.rows = Rows(con, own, sheet.lines, locator=place, separator=mapping.separator)

    def batch(self) -> RawBatch:
        """Return the rows as a raw batch."""
        broken = [(n, self.place, level, clip(raw), why) for n, level, raw, why in self._broken()]
        if "metadata" in self.own:
            made = self._records()
        elif self.map.has_models:
            made = RawBatch(self._models(), self._children())
        else:
            made = RawBatch()
        edges, read = self._edges() if self.map.has_edges else (RAW_CLAIMS.empty_table(), 0)
        rejects = [table(RAW_REJECTS, broken), made.rejects, self.rows.rejects()]
        return RawBatch(
            made.models,
            pa.concat_tables([made.claims, edges]),
            pa.concat_tables(rejects),
            0 if self.map.has_models else read,
        )

    def _broken(self) -> Iterator[tuple[int, str, str, str]]:
        yield from self.sheet.problems

    def _models(self) -> pa.Table:
        nothing = pa.nulls(self.size, pa.string())
        has_card = pa.nulls(self.size, pa.bool_())
        if "card" in self.own:
            has_card = pc.if_else(
                pc.greater(pc.binary_length(self.rows.text("card")), 0), True, None
            )
        return self.rows.models(has_card=has_card, metadata=nothing)

    def _children(self) -> pa.Table:
        """Return the claims in columns that list the children of the model."""
        found = []
        ids, seen = self.rows.text("model_id"), self.rows.text("observed_at")
        for column, relation in self.map.children.items():
            if column not in self.sheet.columns:
                continue
            listing = texts(self.con, self.sheet.columns[column])
            for row in pc.indices_nonzero(pc.is_valid(listing)).to_pylist():
                parent, line = ids[row].as_py(), self.sheet.lines[row].as_py()
                for child in children(listing[row].as_py(), self.map.separator):
                    if parent:
                        date = seen[row].as_py()
                        found.append(
                            (line, self.place, child, parent, relation, "hub_page", None, date)
                        )
        return table(RAW_CLAIMS, sorted(found, key=lambda claim: claim[0]))

    def _records(self) -> RawBatch:
        """Read rows whose ``metadata`` is a record of the hub, one by one."""
        out = BatchBuilder()
        reader = RecordReader(out)
        fields = {n: self.rows.text(n).to_pylist() for n in self.own if n in RAW_MODELS.names}
        listings = {
            relation: texts(self.con, self.sheet.columns[column]).to_pylist()
            for column, relation in self.map.children.items()
            if column in self.sheet.columns
        }
        for row, line in enumerate(self.sheet.lines.to_pylist()):
            record: dict[str, object] = {
                name: listed(v, self.map.separator) if name in LISTS else v
                for name, values in fields.items()
                if (v := values[row]) is not None
            }
            reader.read(record, line, self.place)
            if out.models and out.models[-1][0] == line:
                self._claim_children(out, listings, row, line)
        return out.flush()

    def _claim_children(
        self, out: BatchBuilder, listings: Mapping[str, list[str | None]], row: int, line: int
    ) -> None:
        model = out.models[-1]
        parent, date = model[2], model[-1]
        for relation, values in listings.items():
            for child in children(values[row], self.map.separator):
                out.claims.append(
                    (line, self.place, child, parent, relation, "hub_page", None, date)
                )

    def _edges(self) -> tuple[pa.Table, int]:
        """Return the claims of rows that name a parent, and how many records they are."""
        child = self.rows.text("child" if "child" in self.own else "model_id")
        parent = self.rows.text("parent")
        has_child = pc.fill_null(pc.not_equal(child, ""), False)
        has_parent = pc.fill_null(pc.not_equal(parent, ""), False)
        if not self.map.has_models:
            self._reject_missing(has_child, has_parent)
        whole = pc.and_(has_child, has_parent)
        claims = pa.table(
            {
                "line": self.sheet.lines,
                "locator": pa.array([self.place] * self.size, pa.string()),
                "child": child,
                "parent": parent,
                "relation": self._word("relation", RELATIONS),
                "method": self._method(),
                "confidence": self.rows.text("confidence"),
                "observed_at": self.rows.text("observed_at"),
            },
            schema=RAW_CLAIMS,
        ).filter(whole)
        return claims, claims.num_rows

    def _method(self) -> pa.Array:
        method = self._word("method", tuple(METHODS))
        return pc.fill_null(method, self.map.constants.get("method", "annotation"))

    def _reject_missing(self, has_child: pa.Array, has_parent: pa.Array) -> None:
        """Count edges without an end as rejected records."""
        for row in pc.indices_nonzero(pc.invert(pc.and_(has_child, has_parent))).to_pylist():
            name = "child" if not has_child[row].as_py() else "parent"
            other = "parent" if name == "child" else "child"
            raw = self.rows.text(other)[row].as_py() if other in self.own else None
            self.rows.reject(row, "record", raw, f"missing_{name}")

    def _word(self, name: str, known: tuple[str, ...]) -> pa.Array:
        """Return relations or methods in our words; an unknown word is rejected as a value."""
        word = self.rows.text(name)
        translated = self.map.values.get(name, {})
        if translated:
            at = pc.index_in(word, pa.array(list(translated), pa.string()))
            ours = pa.array(list(translated.values()), pa.string()).take(at)
            word = pc.coalesce(ours, word)
        strange = pc.and_(
            pc.is_valid(word), pc.invert(pc.is_in(word, value_set=pa.array(known, pa.string())))
        )
        for row in pc.indices_nonzero(pc.and_(strange, pc.not_equal(word, ""))).to_pylist():
            self.rows.reject(row, "value", word[row].as_py(), f"unknown_{name}")
        return pc.if_else(strange, None, word)


def _looks_like_csv(head: bytes) -> bool:
    """Say whether the first line splits into several printable names."""
    first = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].strip()
    if not first or b"\0" in head[:4096] or first[:1] in b"{[<":
        return False
    return any(mark in first for mark in (b",", b"\t", b";")) and first[:3] != b"---"
