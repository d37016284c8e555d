"""What a hub holds: records, cards, files, old names; simulated, or from files of real records."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

Record = dict[str, Any]

#: Names that ``expand`` accepts for a list, and the two more that it accepts for one model.
EXPAND_LIST = frozenset((
    "author", "cardData", "config", "createdAt", "disabled", "downloads", "downloadsAllTime",
    "evalResults", "gated", "gguf", "inference", "inferenceProviderMapping", "lastModified",
    "library_name", "likes", "mask_token", "model-index", "pipeline_tag", "private",
    "resourceGroup", "safetensors", "sha", "siblings", "spaces", "tags", "transformersInfo",
    "trendingScore", "widgetData",
))  # fmt: skip
EXPAND_ONE = EXPAND_LIST | {"baseModels", "childrenModelCount", "usedStorage"}
#: What a list gives without ``full`` and without ``expand``.
BRIEF = ("_id", "id", "modelId", "likes", "trendingScore", "private", "downloads", "tags",
         "pipeline_tag", "library_name", "createdAt")  # fmt: skip
FULL = (*BRIEF, "author", "gated", "disabled", "lastModified", "sha", "siblings")
_RELATIONS = ("finetune", "adapter", "quantized", "merge")


@dataclass
class Repo:
    """A data set: its commits, newest first, each with its files."""

    commits: list[tuple[str, str, dict[str, Path]]]  # id, date, files


@dataclass
class HubData:
    """All that the server answers from.

    ``private`` and ``gated`` name models; ``renamed`` maps old ids to present ones; ``disabled``
    are refused; ``files`` maps (model, path) to bytes.
    """

    records: dict[str, Record] = field(default_factory=dict)
    cards: dict[str, str] = field(default_factory=dict)
    files: dict[tuple[str, str], bytes] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    private: set[str] = field(default_factory=set)
    disabled: set[str] = field(default_factory=set)
    datasets: dict[str, Repo] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    _by_tag: dict[str, list[str]] = field(default_factory=dict)
    _orders: dict[str, list[str]] = field(default_factory=dict)
    _proper: dict[str, str] = field(default_factory=dict)

    def add(self, record: Record, card: str | None = None) -> None:
        """Add or replace a model."""
        model = record["id"]
        whole = {
            "_id": hashlib.sha256(model.encode()).hexdigest()[:24],
            "modelId": model,
            "private": model in self.private,
            "gated": False,
            "disabled": False,
            "downloads": 0,
            "likes": 0,
            "tags": [],
            "trendingScore": 0,
            "createdAt": "2024-01-01T00:00:00.000Z",
            **record,
        }
        whole.setdefault("author", model.split("/")[0] if "/" in model else None)
        whole.setdefault("lastModified", whole["createdAt"])
        whole.setdefault(
            "sha", hashlib.sha1(f"{model}{card}".encode(), usedforsecurity=False).hexdigest()
        )
        names = [path for owner, path in self.files if owner == model]
        names += ["README.md"] if card is not None else []
        whole.setdefault("siblings", [{"rfilename": n} for n in [".gitattributes", *names]])
        self.records[model] = whole
        if card is not None:
            self.cards[model] = card
        self.changed()

    def changed(self) -> None:
        """Forget the indexes."""
        self._by_tag.clear()
        self._orders.clear()
        self._proper.clear()

    def proper(self, model: str) -> str:
        """Return an id in the case of the model that has it; the Hub takes any."""
        if model not in self.records and not self._proper:
            self._proper.update({m.lower(): m for m in self.records})
        return model if model in self.records else self._proper.get(model.lower(), model)

    def remove(self, model: str) -> None:
        """Delete a model."""
        del self.records[model]
        self.cards.pop(model, None)
        self.changed()

    def rename(self, old: str, new: str) -> None:
        """Rename a model; the old id redirects."""
        record = self.records.pop(old)
        card = self.cards.pop(old, None)
        self.renamed[old] = new
        owner = new.partition("/")[0]
        self.add({**record, "id": new, "modelId": new, "author": owner}, card)

    def tagged(self, tag: str) -> list[str]:
        """Return the models with a tag."""
        if not self._by_tag:
            for model, record in self.records.items():
                for t in set(record["tags"]):
                    self._by_tag.setdefault(t, []).append(model)
        return self._by_tag.get(tag, [])

    def ordered(self, key: str) -> list[str]:
        """Return all models by a field, descending, then by ``_id`` ascending as the Hub does."""
        if key not in self._orders:
            self._orders[key] = sort(self.records.values(), key)
        return self._orders[key]

    def base_models(self, record: Record) -> dict[str, Any] | None:
        """Return the field ``baseModels`` as the Hub makes it from the tags."""
        typed = [t.split(":", 2)[1:] for t in record["tags"]
                 if t.startswith("base_model:") and t.split(":")[1] in _RELATIONS]  # fmt: skip
        if not typed:
            return None
        models = [{"_id": "0" * 24, "id": m} for _, m in typed]
        return {"relation": typed[0][0], "models": models}

    def one(self, model: str) -> Record:
        """Return the whole record of a model, with the fields that only it has."""
        record = self.records[model]
        return {
            **record,
            "baseModels": self.base_models(record),
            "childrenModelCount": {
                relation: len(self.tagged(f"base_model:{relation}:{model}"))
                for relation in _RELATIONS
            },
        }


def sort(records: Iterable[Record], key: str) -> list[str]:
    """Order records by a field, descending, then by ``_id``; return their ids."""
    by_id = sorted(records, key=lambda r: r["_id"])
    missing = "" if key in ("createdAt", "lastModified") else 0
    by_key = sorted(by_id, key=lambda r: r.get(key) or missing, reverse=True)
    # ``reverse`` keeps equal elements in their order, so that ``_id`` stays ascending.
    return [r["id"] for r in by_key]


def simulated(models: int, seed: int = 1, cards: bool = True) -> HubData:
    """Return a simulated hub; some ids refer to models that are gone."""
    from cladist.sources.synthetic import simulate_hub
    from cladist.sources.synthetic.rows import row_blocks

    hub = HubData()
    made = simulate_hub(models, seed, cards=cards)
    for block in row_blocks(made, card_text=cards):
        for row in block.to_pylist():
            card = row.pop("card", None)
            row["cardData"] = None if row["cardData"] is None else orjson.loads(row["cardData"])
            row["gated"] = False if row["gated"] == "false" else row["gated"]
            _as_hub_does(row)
            record = {k: v for k, v in row.items() if v is not None}
            if card is not None:
                record["siblings"] = [{"rfilename": ".gitattributes"}, {"rfilename": "README.md"}]
            hub.add(record, card)
    hub.renamed.update({a: m for a, m in made.truth.aliases.items() if m in hub.records})
    return hub


def family(models: int, seed: int = 1) -> HubData:
    """Return one family of so many models, ``family/founder`` its founder: most are leaves."""
    import random

    draws = random.Random(seed)
    hub = HubData()
    names = ["family/founder"]
    hub.add({"id": names[0], "downloads": 10**6, "tags": ["cladist-simulated", "license:mit"]})
    for number in range(1, models):
        # Every parent as likely as it has children already: a few have many, as on the Hub.
        parent = draws.choice(names)
        relation = draws.choice(_RELATIONS)
        name = f"family/m{number}"
        tags = [f"base_model:{parent}", f"base_model:{relation}:{parent}", "cladist-simulated"]
        day = "2024-05-01T00:00:00.000Z"
        hub.add({"id": name, "downloads": models - number, "createdAt": day, "tags": tags})
        names += [parent, parent, name]
    return hub


def _as_hub_does(row: Record) -> None:
    """Give every typed parent its bare tag too, as the Hub does today."""
    bare = [f"base_model:{t.split(':', 2)[2]}" for t in row["tags"]
            if t.startswith("base_model:") and t.split(":")[1] in _RELATIONS]  # fmt: skip
    row["tags"] = list(dict.fromkeys([*row["tags"], *bare]))


def from_records(path: Path, limit: int | None = None) -> HubData:
    """Return a hub of real records: JSON Lines, or Parquet in the columns of the Hub's list."""
    hub = HubData()
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        rows: Iterable[Record] = (
            row for batch in pq.ParquetFile(path).iter_batches(10_000) for row in batch.to_pylist()
        )
    else:
        with path.open("rb") as lines:
            rows = [orjson.loads(line) for line in lines]
    for number, row in enumerate(rows):
        if limit is not None and number >= limit:
            break
        hub.add({k: v for k, v in row.items() if v is not None})
    return hub
