"""Columns of whole numbers too long to hold: written part by part, read back slice by slice."""

from __future__ import annotations

import tempfile
import weakref
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BYTES: Final = 4


class Spill:
    """An int32 column in a temporary file without a name, gone with the object.

    Slices read like those of an array (a copy each, not to be written to).
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="cladist-")  # noqa: SIM115
        self._size = 0
        weakref.finalize(self, self._file.close)

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice) -> NDArray[np.int32]:
        start, stop, _ = part.indices(self._size)
        self._file.seek(start * _BYTES)
        read = self._file.read(max(stop - start, 0) * _BYTES)
        return np.frombuffer(read, dtype=np.int32)

    def append(self, values: NDArray[np.int32]) -> None:
        """Add numbers at the end."""
        self.write(self._size, values)

    def write(self, start: int, values: NDArray[np.int32]) -> None:
        """Put numbers from place ``start`` on, in the stead of those there."""
        self._file.seek(start * _BYTES)
        self._file.write(np.ascontiguousarray(values, dtype=np.int32).data)
        self._file.flush()
        self._size = max(self._size, start + len(values))
