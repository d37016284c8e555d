"""``--deep``: configuration files, and the heads of weights by range requests."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from cladist.errors import InputError
from cladist.hub.answers import AbsentError
from cladist.hub.headers import (
    Statement,
    gguf_parents,
    safetensors_length,
    safetensors_parents,
)
from cladist.sources.repositories import adapter_parents, merge_parents

if TYPE_CHECKING:
    from cladist.hub.client import HubClient
    from cladist.hub.records import Record
    from cladist.hub.source import Claim

#: Bytes asked for first of a file with weights; its keys and most headers fit.
_HEAD: Final = 1 << 18
_CONFIG_LIMIT: Final = 1 << 20


def claims_of(client: HubClient, model: str, record: Record) -> list[Claim]:
    """Return what the files of a model say of its parents.

    Read are ``adapter_config.json``, ``mergekit_config.yml``, the head of the first GGUF file and
    the header of the first safetensors file: of weights nothing. What cannot be had or read
    states nothing.
    """
    names = _names(record)
    found: list[Statement] = []
    for name, read in _CONFIGS.items():
        if name in names:
            found += _attempt(partial(_configured, client, model, record, name, read))
    gguf = next((n for n in names if n.lower().endswith(".gguf")), None)
    if gguf is not None:
        found += _attempt(lambda: gguf_parents(_range(client, model, record, gguf, 0, _HEAD)))
    weights = next((n for n in names if n.lower().endswith(".safetensors")), None)
    if weights is not None:
        found += _attempt(lambda: safetensors_parents(_header(client, model, record, weights)))
    return [(model, parent, relation, method) for parent, relation, method in found]


def wants_reading(record: Record) -> bool:
    """Say whether a model has files that :func:`claims_of` would read."""
    return any(n in _CONFIGS or n.lower().endswith((".gguf", ".safetensors"))
               for n in _names(record))  # fmt: skip


def _names(record: Record) -> list[str]:
    siblings = record.get("siblings")
    names = [s.get("rfilename") for s in siblings or () if isinstance(s, dict)]
    return sorted(n for n in names if isinstance(n, str))


def _adapter(text: str) -> list[Statement]:
    return [(p, "adapter", "adapter_config") for p in adapter_parents(text)]


def _merge(text: str) -> list[Statement]:
    return [(p, "merge", "mergekit_config") for p in merge_parents(text)]


_CONFIGS: Final = {
    "adapter_config.json": _adapter,
    "mergekit_config.yml": _merge,
    "mergekit_config.yaml": _merge,
}


def _attempt(read: Callable[[], list[Statement]]) -> list[Statement]:
    try:
        return read()
    except (AbsentError, ValueError, RecursionError, InputError):
        return []


def _configured(
    client: HubClient, model: str, record: Record, name: str,
    read: Callable[[str], list[Statement]],
) -> list[Statement]:  # fmt: skip
    return read(_range(client, model, record, name, 0, _CONFIG_LIMIT).decode("utf-8-sig"))


def _header(client: HubClient, model: str, record: Record, name: str) -> bytes:
    head = _range(client, model, record, name, 0, _HEAD)
    end = 8 + safetensors_length(head)
    if end > len(head):
        head += _range(client, model, record, name, len(head), end)
    return head[8:end]


def _range(client: HubClient, model: str, record: Record, name: str, start: int, end: int) -> bytes:
    """Return the bytes of a file from ``start`` up to, not including, ``end``."""
    url = client.file_url(model, name, str(record.get("sha") or "main"))
    answer = client.get(url, bucket="resolvers", headers={"Range": f"bytes={start}-{end - 1}"})
    # A server may ignore the range and send all of it.
    return answer.body[: end - start]
