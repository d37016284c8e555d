"""The truth of a simulated hub as files, for whoever checks an estimator from outside.

These files stand apart from the data: no reader looks for them, and nothing in the records leads
to them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from cladist.sources.synthetic import cards, published
from cladist.sources.synthetic.breeds import BREEDS, GIANTS
from cladist.sources.synthetic.hub import SyntheticHub
from cladist.sources.synthetic.inherit import (
    BULK_STATED,
    SILENCE_FOLLOWS,
    STATED,
    TRAIT_NAMES,
)
from cladist.sources.synthetic.kernels import CODED
from cladist.sources.synthetic.tongues import CHANGES, tongues
from cladist.sources.synthetic.write import FILE_MARK
from cladist.vocab import RELATIONS

#: What is in the folder: file -> what a row is.
TRUTH_FILES: Final = {
    "models.parquet": "one model that ever was: its true traits, what it states, its breed",
    "edges.parquet": "one true (child, parent), whether it is the one inherited from",
    "rates.parquet": "one trait, relation and parent's value: probability of a change",
    "matrices.parquet": "one trait, relation, source and target: probability, where not 0",
    "planted.parquet": "one model with one kind of dirt",
    "aliases.parquet": "one former id and the model that it stands for",
    "options.json": "every option of the simulation, and the conventions that none sets",
}


def write_truth(hub: SyntheticHub, folder: Path) -> None:
    """Write the true lineage, traits, matrices, dirt and options of a hub.

    Parameters
    ----------
    hub
        A simulated hub.
    folder
        Made if it is not there; :data:`TRUTH_FILES` says what it will hold.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tables = {"models": _models(hub), "edges": _edges(hub), "rates": _rates(hub),
              "matrices": _matrices(hub), "planted": _planted(hub),
              "aliases": pa.table({"alias": list(hub.truth.aliases),
                                   "model_id": list(hub.truth.aliases.values())})}  # fmt: skip
    for name, table in tables.items():
        marked = table.replace_schema_metadata(FILE_MARK)
        pq.write_table(marked, folder / f"{name}.parquet", compression="zstd")
    options = {"simulated": True, **hub.truth.options, "conventions": _conventions()}
    text = orjson.dumps(options, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    (folder / "options.json").write_bytes(text + b"\n")


def _conventions() -> dict[str, Any]:
    """Return what no option sets: silence, cards, how lists of languages change."""
    return {
        "stated": STATED,
        "stated_in_bulk": BULK_STATED,
        "stated_by_children_of": {str(k): dict(g.stated) for k, g in enumerate(GIANTS) if g.stated},
        "silence_follows": SILENCE_FOLLOWS,
        "sections": {"dropped": cards.DROPPED, "rewritten": cards.REWRITTEN, "added": cards.ADDED},
        "generated": cards.GENERATED,
        "generated_parents": published.GENERATED_PARENT,
        "merge_parents": {str(many): share for many, share in published.MERGE_PARENTS.items()},
        "fertility": published.FERTILITY,
        "languages": CHANGES,
    }


def _models(hub: SyntheticHub) -> pa.Table:
    births, traits = hub.births, hub.traits
    breeds = pa.array([*(b.name for b in BREEDS), None], pa.string())
    columns: dict[str, Any] = {
        "model_id": hub.model_id,
        "created": pa.array(births.created).cast(pa.timestamp("s")),
        "ghost": hub.ghost,
        "breed": breeds.take(pa.array(births.breed.astype(np.int64) % len(breeds))),
        "founder": hub.model_id.take(pa.array(hub.names.founder)),
        "bulk": births.bulk,
        "giant": pa.array(births.giant, mask=births.giant < 0),
        "child_of_giant": pa.array(births.star, mask=births.star < 0),
    }
    for trait in (*CODED, "datasets"):
        values = pa.array(hub.truth.kernels[trait].values)
        columns[trait] = values.take(pa.array(traits.code(trait).astype(np.int64)))
    columns["language"] = tongues().lists.take(pa.array(traits.language.astype(np.int64)))
    columns |= {f"states_{trait}": traits.stated[trait] for trait in TRAIT_NAMES}
    return pa.table(columns)


def _edges(hub: SyntheticHub) -> pa.Table:
    births = hub.births
    return pa.table({
        "child": hub.model_id.take(pa.array(births.child)),
        "parent": hub.model_id.take(pa.array(births.parent)),
        "relation": pa.array(RELATIONS).take(pa.array(births.relation.astype(np.int64))),
        "primary": births.primary[births.child] == births.parent,
    })  # fmt: skip


def _rates(hub: SyntheticHub) -> pa.Table:
    rows = [
        (trait, relation, value, float(kernel.rate[number, place]))
        for trait, kernel in hub.truth.kernels.items()
        for number, relation in enumerate(RELATIONS)
        for place, value in enumerate(kernel.values if trait != "datasets" else ("*",))
    ]
    names = ("trait", "relation", "value", "rate")
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


def _matrices(hub: SyntheticHub) -> pa.Table:
    parts = []
    for trait in CODED:
        kernel = hub.truth.kernels[trait]
        values = pa.array(kernel.values)
        for relation in RELATIONS:
            matrix = kernel.matrix(relation)
            source, target = np.nonzero(matrix)
            parts.append(pa.table({
                "trait": pa.repeat(trait, len(source)),
                "relation": pa.repeat(relation, len(source)),
                "source": values.take(pa.array(source)),
                "target": values.take(pa.array(target)),
                "probability": matrix[source, target],
            }))  # fmt: skip
    return pa.concat_tables(parts)


def _planted(hub: SyntheticHub) -> pa.Table:
    claims = hub.claims.child
    of_claims = ("bare_ids", "old_ids", "trailing_slash", "case_variant")
    what, models = [], []
    for name, found in hub.truth.planted.items():
        nodes = claims[found] if name in of_claims else found.reshape(-1)
        what.append(pa.repeat(name, len(nodes)))
        models.append(nodes.astype(np.int64))
    nodes = pa.array(np.concatenate(models))
    return pa.table({"what": pa.concat_arrays(what), "model_id": hub.model_id.take(nodes)})
