"""What is read of a snapshot once and held in memory for every analysis that asks again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

if TYPE_CHECKING:
    from cladist.snapshot import Snapshot

T = TypeVar("T")

#: Bytes held at most, whatever was asked for last always excepted.
MOST_BYTES: Final = 1 << 29
_TEXT_BYTES: Final = 80  # about what a short text takes

_HELD: Final[OrderedDict[Hashable, Any]] = OrderedDict()
_LOCK: Final = Lock()


def held(hub: Snapshot, name: tuple[Hashable, ...], read: Callable[[], T]) -> T:
    """Return what ``read`` gives; the second time it is asked for, without reading.

    A snapshot never changes, so what was read of it stays true as long as its digest is the same.
    What was asked for longest ago is let go once all takes more than :data:`MOST_BYTES`.

    Parameters
    ----------
    hub
        The snapshot; two of equal digest in one place on one engine are the same.
    name
        What is read, with every choice that decides it.
    read
        Reads it; two threads that ask at once may both read.
    """
    key = (hub.path, hub.digest, hub.engine, *name)
    with _LOCK:
        if key in _HELD:
            _HELD.move_to_end(key)
            known: T = _HELD[key]
            return known
    found = read()
    with _LOCK:
        _HELD[key] = found
        _HELD.move_to_end(key)
        sizes = {k: bytes_of(value) for k, value in _HELD.items()}
        while len(_HELD) > 1 and sum(sizes.values()) > MOST_BYTES:
            sizes.pop(_HELD.popitem(last=False)[0])
    return found


def bytes_of(value: Any) -> int:
    """Return about how many bytes the arrays and texts of a value take, its own fields' included.

    An array that is a view counts only where it stands.
    """
    if isinstance(value, np.ndarray):
        return value.nbytes if value.base is None else 0
    if isinstance(value, tuple):
        return _TEXT_BYTES * len(value)
    return sum(bytes_of(v) for v in vars(value).values()) if hasattr(value, "__dict__") else 0
