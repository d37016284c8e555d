"""Parquet files read a batch at a time; damage is told in words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from cladist.errors import InputError
from cladist.sources.files import open_file

if TYPE_CHECKING:
    import pyarrow.parquet as pq

MAGIC: Final = b"PAR1"
_ROWS: Final = 65_536
_REMEDY: Final = "It is truncated or damaged: download or write it again."


def open_parquet(path: Path) -> pq.ParquetFile:
    """Open a Parquet file.

    Raises
    ------
    InputError
        If it cannot be read, is truncated, or is no Parquet file.
    """
    import pyarrow.parquet as pq

    open_file(path).close()
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(f"{path} is no Parquet file that can be read: {error}.", _REMEDY) from None


def column_names(path: Path) -> list[str]:
    """Return the names of the columns of a Parquet file.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    with open_parquet(path) as parquet:
        return list(parquet.schema_arrow.names)


def read_rows(path: Path, columns: list[str] | None = None) -> Iterator[pa.Table]:
    """Yield the rows of a Parquet file, in their order, some 65,000 at a time.

    Raises
    ------
    InputError
        If it cannot be read, before or within the rows.
    """
    with open_parquet(path) as parquet:
        rows = max(1024, min(_ROWS, _rows_in_memory(parquet)))
        try:
            for batch in parquet.iter_batches(batch_size=rows, columns=columns):
                yield pa.Table.from_batches([batch])
        except (pa.ArrowException, OSError) as error:
            raise InputError(f"{path} cannot be read to its end: {error}.", _REMEDY) from None


def _rows_in_memory(parquet: pq.ParquetFile) -> int:
    """Return how many rows make some 128 MB, by the sizes in the file's footer."""
    meta = parquet.metadata
    size = sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups))
    return int(128e6 / max(1.0, size / max(1, meta.num_rows)))
