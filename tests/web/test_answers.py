"""Every question is answered, in the documented shape, on hubs of every kind."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import jsonschema
import pytest
from material import BuildRecords
from starlette.testclient import TestClient
from web_client import Ask, client_of

import cladist
from cladist.errors import CladistError
from cladist.snapshot import Snapshot
from cladist.web import jobs as jobs_module
from cladist.web.jobs import MOST_WAITING, BusyError, Jobs
from cladist.web.openapi import document
from cladist.web.routes import ROUTES

OPENAPI = document()


def checked(client: TestClient, path: str, status: int = 200) -> Any:
    """Ask, and hold the answer against the documentation."""
    answer = client.get("/api/v1/" + path)
    assert answer.status_code == status, (path, answer.text[:500])
    route = ROUTES[re.split("[/?]", path, maxsplit=1)[0]]
    told = OPENAPI["paths"][f"/api/v1/{route.path}"]["get"]["responses"]
    schema = told.get(str(status), told["default"])["content"]["application/json"]["schema"]
    body = answer.json()
    jsonschema.Draft202012Validator({**schema, "components": OPENAPI["components"]}).validate(body)
    return body


def questions(model: str) -> list[str]:
    return [
        "hub", f"search?q={model[:4]}", "search?q=", "forest", "forest?unit=clan&by=author",
        "forest?by=license&from=2022-05", "growth", "growth?unit=clan",
        *(f"family/{model}?scope={s}" for s in ("family", "clan", "subtree")),
        *(f"lanes/{model}?scope={s}&by={b}" for s, b in
          (("family", "relation"), ("clan", "library_name"), ("subtree", "pipeline_tag"))),
        f"nodes/{model}?format=json", f"nodes/{model}?format=json&scope=clan&by=license",
        f"members/{model}", f"members/{model}?q=a&sort=created_at&order=desc&limit=3",
        f"model/{model}", f"children/{model}", f"siblings/{model}", f"ancestry/{model}",
        f"compare?a={model}&b={model}",
    ]  # fmt: skip


def test_questions__are_answered_as_documented(client: TestClient, simulated: Snapshot) -> None:
    top = checked(client, "forest")["marks"]["model"][0]
    child = checked(client, f"children/{top}?sort=children&limit=1")["rows"][0]["model"]
    merge = simulated.lookup.execute(
        "SELECT model_id FROM models JOIN lineage USING (node) ORDER BY parents DESC LIMIT 1"
    ).fetchall()
    for model in (top, child, merge[0][0]):
        for question in questions(model):
            checked(client, question)


def test_hub__is_said_to_be_simulated(ask: Ask, tmp_path: Path) -> None:
    assert ask("hub")["simulated"] is True
    (tmp_path / "hub.json").write_text(json.dumps(_star(3)))
    other = cladist.build(tmp_path / "hub.json", tmp_path / "hub.snapshot")
    real = client_of(other, tmp_path / "index")
    assert real.get("/api/v1/hub").json()["simulated"] is False


def _star(n: int) -> list[dict[str, Any]]:
    return [{"id": "o/root", "createdAt": "2023-01-05T00:00:00Z"}] + [
        {"id": f"o/leaf{i}", "tags": ["base_model:finetune:o/root"],
         "createdAt": f"2023-0{2 + i % 7}-01T00:00:00Z"} for i in range(n)
    ]  # fmt: skip


_ODD: dict[str, list[dict[str, Any]]] = {
    "empty": [],
    "no edges": [{"id": f"a/m{i}"} for i in range(5)],
    "one star": _star(40),
    "one pair, undated, of a ghost": [{"id": "a/b", "tags": ["base_model:c/d"]}],
    "a cycle that is cut": [
        {"id": "a/x", "tags": ["base_model:a/y"]}, {"id": "a/y", "tags": ["base_model:a/x"]},
        {"id": "a/z", "tags": ["base_model:a/z"]},
    ],
    "merges of everything": [
        *({"id": f"m/{i}", "tags": [f"base_model:merge:m/{j}" for j in range(i)]}
          for i in range(9)),
    ],
    "a chain": [{"id": f"c/{i:03}", "tags": [f"base_model:c/{i - 1:03}"] if i else []}
                for i in range(150)],
    "strange dates": [
        {"id": "d/a", "createdAt": "1970-01-01T00:00:00Z"},
        {"id": "d/b", "createdAt": "2999-12-31T00:00:00Z", "tags": ["base_model:d/a"]},
        {"id": "d/c", "createdAt": "2022-03-02T23:29:04Z", "tags": ["base_model:d/a"]},
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", _ODD)
def test_questions__are_answered_on_odd_hubs(
    kind: str, build_records: BuildRecords, tmp_path: Path
) -> None:
    records = _ODD[kind]
    if records:
        hub = build_records(records)
    else:
        cladist.simulate(0, tmp_path / "empty.snapshot")
        hub = cladist.open(tmp_path / "empty.snapshot")
    client = client_of(hub, tmp_path / "index")
    for question in ("hub", "search?q=a", "forest", "forest?unit=clan", "growth"):
        checked(client, question)
    for record in records[:4] + records[-1:]:
        for question in questions(record["id"]):
            checked(client, question)
    forest = checked(client, "forest")
    assert forest["accounts"]["total"] == hub.counts["models"] + hub.counts["ghosts"]
    checked(client, "model/nobody/nothing", 404)


def test_arrow__says_what_json_says(client: TestClient, ask: Ask) -> None:
    import orjson
    import pyarrow as pa

    top = ask("forest")["marks"]["model"][0]
    json = ask(f"nodes/{top}", format="json", by="license", relations="finetune")
    answer = client.get(f"/api/v1/nodes/{top}?by=license&relations=finetune")
    table = pa.ipc.open_stream(answer.content).read_all()
    assert table.to_pydict() == json["rows"]
    others = orjson.loads(table.schema.metadata[b"cladist"])
    assert others == {k: v for k, v in json.items() if k != "rows"}


@pytest.mark.parametrize("form", ["cyclonedx", "spdx", "newick", "json", "graphml"])
def test_export__gives_a_file(form: str, client: TestClient, ask: Ask) -> None:
    top = ask("forest")["marks"]["model"][0]
    answer = client.get(f"/api/v1/export/{top}?format={form}")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith('attachment; filename="')
    assert top.encode() in answer.content


def test_analysis__runs_in_the_background_and_is_kept(
    client: TestClient, simulated: Snapshot, wait: Callable[[str], Any]
) -> None:
    first = wait("analysis/transitions?trait=license&top=5")
    direct = cladist.transition_counts(simulated, trait="license", top=5)
    assert first["result"]["table"] == direct.to_dict()["table"]
    assert client.get("/api/v1/analysis/transitions?top=5&trait=license").json() == first


def test_founders__have_a_value_of_their_own_by_relation(
    build_records: BuildRecords, tmp_path: Path
) -> None:
    records = [
        {"id": "o/root"}, {"id": "o/a", "tags": ["base_model:o/root"]},
        {"id": "o/b", "tags": ["base_model:finetune:o/root"]},
        {"id": "o/c", "tags": ["base_model:o/a"]},
    ]  # fmt: skip
    client = client_of(build_records(records), tmp_path / "index")
    counted = {"founder": 1, "unknown": 2, "finetune": 1}
    for question in ("lanes/o/root", "nodes/o/root?format=json"):
        values = checked(client, question)["values"]
        assert {v["key"]: v["count"] for v in values if v["count"]} == counted
    facets = checked(client, "family/o/root")["facets"]["relation"]
    assert {v["key"]: v["count"] for v in facets} == counted
    # The head of a subtree has a parent: only the founder of the family is one.
    values = checked(client, "nodes/o/a?format=json&scope=subtree")["values"]
    assert {v["key"]: v["count"] for v in values if v["count"]} == {"unknown": 2}
    # A family is not coloured by its one founder.
    forest = checked(client, "forest?by=relation")
    assert [forest["values"][v]["key"] for v in forest["cells"]["value"]] == ["finetune"]


def test_families__open_as_a_tree_where_they_are_small(
    build_records: BuildRecords, tmp_path: Path
) -> None:
    for leaves, view in ((29, "tree"), (30, "rings")):  # with the founder: 30 and 31 models
        client = client_of(build_records(_star(leaves)), tmp_path / f"index{leaves}")
        assert checked(client, "family/o/root")["view"] == view


def test_search__that_finds_nothing_names_what_is_near(client: TestClient, ask: Ask) -> None:
    name = ask("forest")["marks"]["model"][0]
    typo = name[:-4] + name[-3:] + "q"
    found = checked(client, f"search?q={typo}")
    assert found["models"] == found["authors"] == found["tags"] == []
    assert name in found["nearest"]
    assert found["nearest"] == client.get(f"/api/v1/model/{typo}").json()["error"]["nearest"]
    assert ask("search", q=name)["nearest"] == []


def test_jobs__that_ended_make_room_for_others(
    build_records: BuildRecords, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_module, "_KEPT_FAILURES", 4)
    jobs = Jobs(build_records(_star(5)), tmp_path)
    for seed in range(40):
        # Every other one fails: a trait of which nobody heard. Only some are asked for again.
        options = {"trait": "license" if seed % 2 else "weather", "seed": seed, "replicates": 100}
        asked = Event()  # the job must not end before its question is answered
        jobs.pool.submit(asked.wait)
        jobs.ask("transitions", options)
        asked.set()
        jobs.running[jobs._key("transitions", options)].future.exception(timeout=60)
        if seed % 4 == 0:
            with pytest.raises(CladistError, match="weather"):
                jobs.ask("transitions", options)
        elif seed % 4 == 1:
            assert json.loads(jobs.ask("transitions", options))["state"] == "done"
    assert len(jobs.running) <= 4 + 2
    jobs.close()


def test_jobs__beyond_those_that_may_wait_are_told_to_come_back(
    build_records: BuildRecords, tmp_path: Path
) -> None:
    jobs = Jobs(build_records(_star(5)), tmp_path)
    free = Event()
    jobs.pool.submit(free.wait)
    for seed in range(MOST_WAITING):
        jobs.ask("summary", {"seed": seed})
    with pytest.raises(BusyError):
        jobs.ask("summary", {"seed": MOST_WAITING})
    free.set()
    for job in list(jobs.running.values()):
        job.future.exception(timeout=60)
    jobs.ask("summary", {"seed": MOST_WAITING})
    jobs.close()
