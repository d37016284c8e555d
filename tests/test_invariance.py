"""Names of models and the order of rows say nothing; turning every edge round turns the drift."""

from __future__ import annotations

import random
from typing import Any

import pytest
from material import BuildRecords

import cladist

LICENCES = ("mit", "apache-2.0", "gpl-3.0", "llama3", "cc-by-4.0")
LANGUAGES = ("en", "fr", "de", "zh")
RELATIONS = ("finetune", "adapter", "quantized", "merge")


def hub(seed: int = 3, models: int = 160) -> list[dict[str, Any]]:
    """A random forest with a few merges, licences and languages that change."""
    draw = random.Random(seed)
    records = []
    for i in range(models):
        tags = [f"license:{draw.choice(LICENCES)}"] if draw.random() < 0.8 else []
        tags += draw.sample(LANGUAGES, draw.randint(0, 3))
        if i > 12:
            parents = draw.sample(range(min(i, 40)), 2 if draw.random() < 0.1 else 1)
            relation = "merge" if len(parents) > 1 else draw.choice(RELATIONS[:3])
            tags += [f"base_model:{relation}:m/{p:03}" for p in parents]
        task = draw.choice(("fill-mask", "text-generation", None))
        likes = draw.randint(0, 50)
        records.append({"id": f"m/{i:03}", "tags": tags, "likes": likes, "pipeline_tag": task})
    return records


def renamed(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same hub, every model under another name, the rows shuffled."""
    draw = random.Random(8)
    names = [f"z/{i:04}" for i in draw.sample(range(9000), len(records))]
    name = {r["id"]: n for r, n in zip(records, names, strict=True)}

    def tag(text: str) -> str:
        head, _, model = text.rpartition(":")
        return f"{head}:{name[model]}" if text.startswith("base_model") else text

    found = [{**r, "id": name[r["id"]], "tags": [tag(t) for t in r["tags"]]} for r in records]
    draw.shuffle(found)
    return found


@pytest.mark.parametrize("definition", ["standard", "laufer2025"])
def test_names_and_the_order_of_rows_change_nothing(
    build_records: BuildRecords, definition: str
) -> None:
    told = []
    for records in (hub(), renamed(hub())):
        snapshot = build_records(records, observed_at="2024-07-11")
        options: dict[str, Any] = {"definition": definition, "replicates": 100}
        told.append(
            [
                cladist.mutation_rate(snapshot, **options).table.to_pylist(),
                cladist.transition_counts(snapshot, **options).table.to_pylist(),
                cladist.transition_counts(
                    snapshot, trait="language", **options
                ).tables["retention"].to_pylist(),
                cladist.trait_drift(snapshot, **options).table.to_pylist(),
                [
                    {k: r[k] for k in ("quantity", "relation", "change", "median", "n",
                                       "change_by_lineage", "median_by_lineage", "ratio")}
                    for r in cladist.numeric_drift(snapshot, **options).table.to_pylist()
                ],
                cladist.trait_ordering(snapshot, **options).table.to_pylist(),
            ]
        )  # fmt: skip
    for first, again in zip(*told, strict=True):
        assert first == again
        assert first


def pairs(count: int, turned: bool) -> list[dict[str, Any]]:
    """Parents and children in clans of their own, or the same with the edges turned round."""
    draw = random.Random(2)
    records = []
    for i in range(count):
        ends = [{"license": draw.choice(LICENCES), "likes": draw.randint(0, 9)} for _ in range(2)]
        parent, child = ends[::-1] if turned else ends
        records += [
            {"id": f"p/{i}", "tags": [f"license:{parent['license']}"], "likes": parent["likes"]},
            {"id": f"c/{i}", "likes": child["likes"],
             "tags": [f"license:{child['license']}", f"base_model:finetune:p/{i}"]},
        ]  # fmt: skip
    return records


def test_turning_every_edge_round_negates_the_drift(build_records: BuildRecords) -> None:
    told = [build_records(pairs(120, turned), observed_at="2024-07-11") for turned in (False, True)]
    nets = []
    for snapshot in told:
        rows = cladist.trait_drift(snapshot, top=None, replicates=100).table.to_pylist()
        nets.append({(r["source"], r["target"]): r for r in rows})
    for (source, target), row in nets[0].items():
        back = nets[1].get((target, source)) or nets[1][source, target]
        assert back["net"] == row["net"]
        assert back["total"] == row["total"]
        if row["net"]:
            assert (target, source) in nets[1]
            assert back["expected"] == pytest.approx(row["expected"])
            assert back["verdict"] == row["verdict"]
    likes = [cladist.numeric_drift(s, trait="likes", by="none").table.to_pylist()[0] for s in told]
    assert likes[1]["change"] == pytest.approx(-likes[0]["change"])
    assert likes[1]["median"] == pytest.approx(-likes[0]["median"])
    rates = [cladist.mutation_rate(s, trait="license", by="none").table.to_pylist()[0]["rate"]
             for s in told]  # fmt: skip
    assert rates[0] == rates[1]
