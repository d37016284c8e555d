"""The record of a model as the hub's API gave it over the years, read into raw rows.

One table, :data:`FIELDS`, says under which names each column of ``RAW_MODELS`` has gone: in the
API of 2022 and of today, and in the dumps of ``huggingface_hub``'s ``ModelInfo``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import orjson

from cladist.errors import InputError
from cladist.sources.batching import BatchBuilder, is_utf8
from cladist.sources.graphs import graph_links, read_link
from cladist.sources.literals import listed
from cladist.values.parents import BASE_MODELS, hub_parents, stated_parents

#: Column of ``RAW_MODELS`` -> names of the field, the first that is not null counts.
FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "model_id": ("id", "modelId", "model_id"),
    "author": ("author",),
    "created_at": ("createdAt", "created_at"),
    "last_modified": ("lastModified", "last_modified", "updated_at"),
    "downloads": ("downloads", "downloads_30d"),
    "downloads_all_time": ("downloadsAllTime", "downloads_all_time"),
    "likes": ("likes",),
    "pipeline_tag": ("pipeline_tag", "pipelineTag"),
    "library_name": ("library_name", "libraryName", "library"),
    "gated": ("gated",),
    "revision": ("sha",),
    "parameters": ("parameters",),
    "tags": ("tags",),
    "license": ("license", "licenses"),
    "language": ("language", "languages"),
    "datasets": ("datasets",),
    "arxiv": ("arxiv", "arxiv_papers"),
    "region": ("region", "regions"),
    "card_data": ("cardData", "card_data"),
    "card": ("card", "readme", "modelCard"),
    "observed_at": ("observed_at", "fetched_at"),
}

SCALARS: Final = (
    "author", "created_at", "last_modified", "downloads", "downloads_all_time", "likes",
    "pipeline_tag", "library_name", "gated", "revision",
)  # fmt: skip
LISTS: Final = ("tags", "license", "language", "datasets", "arxiv", "region")

#: Objects that count parameters, and the names of the total in them.
PARAMETER_TOTALS: Final = (("safetensors", "total"), ("gguf", "total"))

#: Lists of children as the hub's model pages show them -> relation of the child to the record.
CHILDREN: Final = {
    "children": "finetune",
    "adapters": "adapter",
    "quantized": "quantized",
    "merges": "merge",
}

METADATA_LIMIT: Final = 1_000_000
_CARD_KEYS: Final = FIELDS["card"]
_HUB: Final = "https://huggingface.co/"
_DUMP: Final = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS

#: Of each column the names under which a record holds it.
_Names = tuple[tuple[str, ...], ...]


def canonical_json(value: Any) -> str:
    """Return JSON text with sorted keys.

    Raises
    ------
    ValueError
        If a text in it is no UTF-8.
    RecursionError
        If it is nested too deeply.
    """
    try:
        return orjson.dumps(value, option=_DUMP).decode()
    except TypeError:  # beyond 64 bits, nested beyond 254 levels, lone surrogates, unknown types
        text = json.dumps(
            value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str
        )
        if not is_utf8(text):
            raise ValueError("a text holds lone surrogates") from None
        return text


def as_text(value: Any) -> str | None:
    """Return a scalar as it was written, and anything else as its JSON text."""
    if value is None or value.__class__ is str:
        return value
    if value.__class__ is int:
        return str(value)
    if value.__class__ is float and value.is_integer():
        return str(int(value))
    return canonical_json(value)


def _first(record: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    for name in names:
        value = record.get(name)
        if value is not None:
            return value
    return None


class RecordReader:
    """Reads records into a :class:`BatchBuilder`.

    ``observed_at`` stands for all records that do not say when they were read.
    """

    def __init__(self, out: BatchBuilder, observed_at: str | None = None) -> None:
        self.out = out
        self.observed_at = observed_at
        self._seen: dict[tuple[str, ...], tuple[_Names, _Names]] = {}

    def read(self, record: object, line: int | None, locator: str | None) -> None:
        """Read one record: a model with its claims, or a reject of the whole record.

        A node-link graph is taken apart: its nodes are records, and so are its links.
        """
        links = graph_links(record)
        if links is None or not isinstance(record, dict):
            self._record(record, line, locator)
            return
        for node in record["nodes"]:
            self._record(node, line, locator)
        for link in links:
            read_link(link, line, locator, self.out, self.observed_at)

    def _record(self, record: object, line: int | None, locator: str | None) -> None:
        if not isinstance(record, dict):
            self.out.reject(line, locator, "record", _show(record), "not_an_object")
            return
        whole: dict[str, Any] | None = record
        if isinstance(record.get("metadata"), str | dict):
            record, whole = self._unfold(record, line, locator)
        model_id = _first(record, FIELDS["model_id"])
        if model_id.__class__ is not str and not _is_number(model_id):
            model_id = None
        if not model_id:
            self.out.reject(line, locator, "record", _show(record), "missing_id")
            return
        try:
            self._model(record, whole, str(model_id), line, locator)
        except RecursionError:
            self.out.reject(line, locator, "record", str(model_id), "nested_too_deeply")
        except ValueError:
            self.out.reject(line, locator, "record", str(model_id), "invalid_utf8")

    def _unfold(
        self, record: dict[str, Any], line: int | None, locator: str | None
    ) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """Join a record with the one that it holds under ``metadata``; return both."""
        outer = {k: v for k, v in record.items() if k != "metadata"}
        inner = record["metadata"]
        if isinstance(inner, str):
            try:
                inner = orjson.loads(inner)
            except (ValueError, RecursionError):
                inner = None
        if not isinstance(inner, dict):
            self.out.reject(line, locator, "value", _show(record["metadata"]), "metadata_not_json")
            return outer, None
        known = {k: v for k, v in inner.items() if v is not None or k not in outer}
        return {**outer, **known}, inner

    def _model(
        self,
        record: dict[str, Any],
        whole: dict[str, Any] | None,
        model_id: str,
        line: int | None,
        locator: str | None,
    ) -> None:
        problems: list[tuple[str, str]] = []
        scalar_names, list_names = self._names(record)
        scalars = [as_text(_first(record, n)) if n else None for n in scalar_names]
        lists = [_texts(_first(record, n), problems) if n else None for n in list_names]
        card = _card(record, problems)
        card_data = _card_data(record, problems)
        metadata = _metadata(whole, problems) if whole else None
        claims = _claims(record, model_id)
        observed_at = as_text(_first(record, FIELDS["observed_at"])) or self.observed_at
        self._check(model_id, card)
        self.out.models.append(
            (
                line, locator, model_id, *scalars, _parameters(record),
                True if card else has_card(record), *lists, card_data, card, metadata, observed_at,
            )
        )  # fmt: skip
        self.out.characters += len(card or "") + len(metadata or "")
        for raw, reason in problems:
            self.out.reject(line, locator, "value", raw, reason)
        for child, parent, relation, method in claims:
            self.out.claims.append(
                (line, locator, child, parent, relation, method, None, observed_at)
            )

    def _names(self, record: Mapping[str, Any]) -> tuple[_Names, _Names]:
        """Return the names in use for scalars and lists; remembered, as records repeat them."""
        keys = tuple(record)
        found = self._seen.get(keys)
        if found is None:
            scalars = tuple(tuple(n for n in FIELDS[c] if n in record) for c in SCALARS)
            lists = tuple(tuple(n for n in FIELDS[c] if n in record) for c in LISTS)
            if len(self._seen) > 1000:
                self._seen.clear()
            found = self._seen[keys] = scalars, lists
        return found

    @staticmethod
    def _check(*texts: str | None) -> None:
        """Refuse the texts that are not in the metadata if they are no UTF-8."""
        for text in texts:
            if text is not None:
                text.encode()


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _show(value: object) -> str:
    """Return a value as text, to be looked at."""
    if isinstance(value, str):
        return value
    try:
        return canonical_json(value)
    except (ValueError, RecursionError):
        return type(value).__name__


def _texts(value: Any, problems: list[tuple[str, str]]) -> list[str] | None:
    """Return a list of texts; a single text counts as a list of one."""
    if value is None:
        return None
    if value.__class__ is str:
        return [value]
    if not isinstance(value, list):
        problems.append((_show(value), "not_a_list"))
        return None
    for item in value:
        if item.__class__ is not str:
            break
    else:
        return value
    problems.extend((_show(item), "not_text") for item in value if not isinstance(item, str))
    return [item for item in value if isinstance(item, str)]


def _card(record: Mapping[str, Any], problems: list[tuple[str, str]]) -> str | None:
    card = _first(record, _CARD_KEYS)
    if card is None or isinstance(card, str):
        return card
    problems.append((_show(card), "not_text"))
    return None


def _card_data(record: Mapping[str, Any], problems: list[tuple[str, str]]) -> str | None:
    """Return the front matter given apart as JSON text; dumps of ModelInfo give it as YAML."""
    value = _first(record, FIELDS["card_data"])
    if value is None:
        return None
    if isinstance(value, str):
        return card_data_text(value, problems)
    if not isinstance(value, dict):
        problems.append((_show(value), "card_data_not_readable"))
        return None
    return canonical_json(value)


def card_data_text(text: str, problems: list[tuple[str, str]]) -> str | None:
    """Return front matter written as JSON or YAML text as canonical JSON."""
    if not text.strip():
        return None
    try:
        value = _parse(text)
        if isinstance(value, dict):
            return canonical_json(value)
    except (ValueError, RecursionError, InputError):
        pass
    problems.append((text, "card_data_not_readable"))
    return None


def _parse(text: str) -> object:
    if text.lstrip().startswith("{"):
        return orjson.loads(text)
    from cladist.values.safeyaml import parse_yaml

    return parse_yaml(text)


def _metadata(record: dict[str, Any], problems: list[tuple[str, str]]) -> str | None:
    """Return the record as canonical JSON, the card's text left out."""
    for key in _CARD_KEYS:
        if key in record:
            record = {k: v for k, v in record.items() if k not in _CARD_KEYS}
            break
    text = canonical_json(record)
    if len(text) > METADATA_LIMIT:
        problems.append((text, "metadata_too_large"))
        return None
    return text


def _parameters(record: Mapping[str, Any]) -> str | None:
    for holder, total in PARAMETER_TOTALS:
        counts = record.get(holder)
        if isinstance(counts, dict) and counts.get(total) is not None:
            return as_text(counts[total])
    return as_text(_first(record, FIELDS["parameters"]))


def has_card(record: Mapping[str, Any]) -> bool | None:
    """Look for README.md among the files; null if they are not listed."""
    files = record.get("siblings")
    if not isinstance(files, list):
        return None
    return any(
        f.get("rfilename") == "README.md"
        if isinstance(f, dict)
        else isinstance(f, str) and (f == "README.md" or "rfilename='README.md'" in f)
        for f in files
    )


def _claims(record: Mapping[str, Any], model_id: str) -> list[tuple[str, str, str | None, str]]:
    """Return (child, parent, relation, method) of what stands outside tags and front matter."""
    if not any(key in record for key in _CLAIM_KEYS):
        return []
    found = [
        (model_id, parent, relation, "hub_page")
        for parent, relation in hub_parents(_first(record, BASE_MODELS))
    ]
    card_data = _first(record, FIELDS["card_data"])
    if not (isinstance(card_data, dict) and card_data.get("base_model")):
        found += [(model_id, p, None, "card") for p in stated_parents(record.get("base_model"))]
    for key, relation in CHILDREN.items():
        found += [(c, model_id, relation, "hub_page") for c in children(record.get(key))]
    return found


_CLAIM_KEYS: Final = (*BASE_MODELS, "base_model", *CHILDREN)


def children(value: object, separator: str = ",") -> list[str]:
    """Return the ids in a list of children: ids or links to the hub, as a list or as text."""
    items = listed(value, separator) if isinstance(value, str) else value
    if not isinstance(items, list):
        return []
    return [i.removeprefix(_HUB) for i in items if isinstance(i, str) and i]
