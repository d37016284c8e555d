"""The layout against slow definitions, and every model counted in exactly one mark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from material import BuildRecords
from web_client import Ask, client_of

from cladist.api import build
from cladist.auditing import audit
from cladist.lineage.lineage import Lineage
from cladist.snapshot import Snapshot
from cladist.views.layout import preorder
from cladist.views.layout_ancestry import ancestry_rows, generations_across
from cladist.web.building import build_index
from cladist.web.index import Index
from cladist.web.models import audited


@st.composite
def lineages(draw: st.DrawFn) -> tuple[Lineage, np.ndarray[Any, Any]]:
    n = draw(st.integers(1, 25))
    pairs = draw(st.sets(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=40))
    order = draw(st.permutations(range(n)))
    # An edge leads from a later place to an earlier one, so there is no cycle.
    edges = sorted({(order[max(p)], order[min(p)]) for p in pairs if p[0] != p[1]})
    child, parent = [e[0] for e in edges], [e[1] for e in edges]
    born = np.array(draw(st.lists(st.integers(0, 5), min_size=n, max_size=n)))
    return Lineage.from_edges(n, child, parent, [0] * len(edges)), born


def walk(lineage: Lineage, born: np.ndarray[Any, Any]) -> list[int]:
    """Rows by definition: families, clans, then depth first with the eldest child first."""
    families, clan = lineage.families, lineage.clan
    kids: dict[int, list[int]] = {}
    for node, parent in enumerate(lineage.primary_parent.tolist()):
        kids.setdefault(parent, []).append(node)

    def below(node: int) -> list[int]:
        own = sorted(kids.get(node, []), key=lambda k: (born[k], k))
        return [node, *(n for kid in own for n in below(kid))]

    def key(root: int) -> tuple[int, int, bool, int, int]:
        family = int(families.of_node[root])
        size = int((clan == root).sum())
        return (-int(families.size[family]), family, families.founder[family] != root, -size, root)

    return [n for root in sorted(kids.get(-1, []), key=key) for n in below(root)]


@given(lineages())
def test_preorder__is_the_walk_depth_first(made: tuple[Lineage, np.ndarray[Any, Any]]) -> None:
    lineage, born = made
    found = preorder(lineage.primary_parent, lineage.families, born)
    assert found.node.tolist() == walk(lineage, born)
    for row, node in enumerate(found.node.tolist()):
        assert found.row_of[node] == row
        parent = int(lineage.primary_parent[node])
        assert found.parent[row] == (found.row_of[parent] if parent >= 0 else -1)
        subtree = set(found.node[row : row + found.size[row]].tolist())
        assert all(n == node or lineage.primary_parent[n] in subtree for n in subtree)
    ends = found.family_start
    for low, high in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True):
        assert len(set(lineage.founder[found.node[low:high]].tolist())) == 1


def test_preorder__a_chain_as_long_as_the_hub_is_no_trap() -> None:
    n = 20_000
    lineage = Lineage.from_edges(n, range(1, n), range(n - 1), [0] * (n - 1))
    found = preorder(lineage.primary_parent, lineage.families, np.zeros(n, np.int64))
    assert found.node.tolist() == list(range(n))
    assert found.size.tolist() == list(range(n, 0, -1))


def test_ancestry__keeps_the_main_line_straight_and_nothing_on_top_of_another() -> None:
    #     0 -> 1 -> 4 (main), 2 -> 1, 3 -> 4, and 5 -> 4 from the same column as 3
    child, parent = np.array([1, 4, 1, 4, 4]), np.array([0, 1, 2, 3, 5])
    across = generations_across(6, child, parent, np.array([0, 1, 0, 0, 2, 0]))
    assert across.tolist() == [0, 1, 0, 1, 2, 1]
    line = np.array([True, True, False, False, True, False])
    height = ancestry_rows(across, child, parent, line)
    assert (height[line] == 0).all()
    assert (np.abs(height[~line]) >= 1).all()
    places = list(zip(across.tolist(), height.tolist(), strict=True))
    assert len(set(places)) == 6


RELATIONS = ("", "finetune:", "adapter:", "quantized:", "merge:")


@st.composite
def hubs(draw: st.DrawFn) -> list[dict[str, Any]]:
    n = draw(st.integers(1, 30))
    records = []
    for i in range(n):
        parents = draw(st.lists(st.integers(0, n + 2), max_size=3, unique=True))
        tags = [f"base_model:{draw(st.sampled_from(RELATIONS))}h/{p}" for p in parents]
        record: dict[str, Any] = {"id": f"h/{i}", "tags": tags}
        month = draw(st.integers(-1, 14))
        if month >= 0:
            record["createdAt"] = f"{2022 + month // 12}-{month % 12 + 1:02}-02T00:00:00Z"
        if draw(st.booleans()):
            record["downloads"] = draw(st.integers(0, 50))
        if draw(st.booleans()):
            record["tags"].append("license:" + draw(st.sampled_from(["mit", "llama3", "other"])))
        records.append(record)
    return records


FILTERS = ("", "license=permissive", "license=unstated", "relations=finetune,merge", "stated=1",
           "from=2022-06", "to=2022-09", "downloads=5-20", "license=mit&downloads=0-")  # fmt: skip


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hubs(), st.sampled_from(FILTERS), st.sampled_from([2, 3, 5]))
def test_accounts__every_model_is_in_exactly_one_mark(
    tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, Any]], kept: str, s: int
) -> None:
    folder = tmp_path_factory.mktemp("hub")
    (folder / "r.jsonl").write_bytes(b"\n".join(orjson.dumps(r) for r in records))
    hub = build(folder / "r.jsonl", folder / "h.snapshot", source="records")
    client = client_of(hub, folder / "index")

    def ask(path: str) -> Any:
        answer = client.get(f"/api/v1/{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    total = hub.counts["models"] + hub.counts["ghosts"]
    passing = {r["model"] for m in _roots(ask) for r in _rows(ask, m, kept)}
    for unit in ("family", "clan"):
        _check_forest(ask, unit, kept, total, len(passing))
    for model in list(_roots(ask))[:3]:
        for scope in ("family", "clan", "subtree"):
            _check_lanes(ask, f"{model}?scope={scope}&s={s}&{kept}")
            _check_nodes(ask, f"{model}?scope={scope}&{kept}")


def _roots(ask: Ask) -> list[str]:
    """One model of every family, the models alone included."""
    found: list[str] = []
    seen: set[str] = set()
    for row in ask("search?q=h/&limit=50")["models"]:
        if row["model"] not in seen:
            found.append(row["model"])
            seen |= {r["model"] for r in _rows(ask, row["model"], "")}
    return found


def _rows(ask: Ask, model: str, kept: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(f"members/{model}?limit=500&{kept}")["rows"]
    return found


def _check_accounts(found: dict[str, int], total: int) -> None:
    assert found["shown"] + found["aggregated"] + found["filtered"] == found["total"] == total


def _check_forest(ask: Ask, unit: str, kept: str, total: int, passing: int) -> None:
    forest = ask(f"forest?unit={unit}&{kept}")
    _check_accounts(forest["accounts"], total)
    marks, cells = forest["marks"], forest["cells"]
    in_cells = sum(s * f for s, f in zip(cells["size"], cells["families"], strict=True))
    alone = sum(forest["alone"]["models"])
    assert sum(marks["size"]) + in_cells + alone == forest["accounts"]["aggregated"] == passing
    assert len(marks["size"]) + sum(cells["families"]) == forest["families"]
    assert sum(v["count"] for v in forest["values"]) == forest["families"]
    growth = ask(f"growth?unit={unit}&{kept}")
    per_mark = [0] * len(marks["size"])
    for mark, models in zip(growth["mark"], growth["models"], strict=True):
        per_mark[mark] += models
    assert per_mark == marks["size"]


def _check_lanes(ask: Ask, question: str) -> None:
    found = ask(f"lanes/{question}")
    accounts = found["accounts"]
    _check_accounts(accounts, accounts["total"])
    own = sum(lane["own"] for lane in found["lanes"])
    assert own + found["hidden"]["models"] == accounts["shown"] + accounts["aggregated"]
    counted = sum(sum(x["bars"]["models"]) + sum(x["undated"]["models"]) for x in found["lanes"])
    assert counted + accounts["shown"] == own
    for place, lane in enumerate(found["lanes"]):
        assert lane["parent"] < place
    nodes = ask("nodes/" + _without_s(question) + "&format=json")
    rows = nodes["rows"]
    links = sum(rows["passes"][c] for c in nodes["links"]["child"])
    drawn = sum(b["links"] for b in found["bundles"]) + found["within"]
    assert drawn <= links <= drawn + found["outside"]


def _without_s(question: str) -> str:
    path, _, query = question.partition("?")
    return path + "?" + "&".join(p for p in query.split("&") if p and not p.startswith("s="))


def _check_nodes(ask: Ask, question: str) -> None:
    found = ask(f"nodes/{question}&format=json")
    rows = found["rows"]
    _check_accounts(found["accounts"], len(rows["node"]))
    assert sum(rows["passes"]) == found["accounts"]["shown"]
    assert sum(v["count"] for v in found["values"]) == found["accounts"]["shown"]
    for row, parent in enumerate(rows["parent"]):
        assert parent < row
        if parent >= 0:
            assert row <= parent + rows["descendants"][parent]


def test_lanes__counts_by_hand(build_records: Any, tmp_path: Path) -> None:
    #   root (Jan 23) -> a (Feb) -> a1, a2 (Mar);  root -> b (Mar) -> b1 (no date);  root -> c (Mar)
    #   b1 also merges a2: a second-parent link from the lane of a to that of b
    def model(name: str, month: str | None, *parents: str) -> dict[str, Any]:
        date = {"createdAt": f"2023-{month}-10T00:00:00Z"} if month else {}
        return {"id": f"o/{name}", "tags": [f"base_model:merge:o/{p}" for p in parents], **date}

    hub = build_records([
        model("root", "01"), model("a", "02", "root"), model("a1", "03", "a"),
        model("a2", "03", "a"), model("b", "03", "root"), model("b1", None, "b", "a2"),
        model("b2", "04", "b"), model("c", "03", "root"),
    ])  # fmt: skip
    client = client_of(hub, tmp_path / "index")
    found = client.get("/api/v1/lanes/o/root?s=2").json()
    lanes = {lane["model"]: lane for lane in found["lanes"]}
    assert next(iter(lanes)) == "o/root"
    assert found["accounts"] == {"shown": len(lanes), "aggregated": 8 - len(lanes),
                                 "filtered": 0, "total": 8}  # fmt: skip
    names = list(lanes)
    assert names.index("o/b") < names.index("o/a"), "the latest-born stands nearest its parent"
    assert lanes["o/root"]["own"] == 2
    assert lanes["o/root"]["bars"] == {"month": [12], "value": [3], "models": [1]}
    assert sum(b["links"] for b in found["bundles"]) + found["within"] == 1
    few = client.get("/api/v1/lanes/o/root?s=4").json()
    more = client.get(f"/api/v1/lanes/o/root?s=10&expand={lanes['o/root']['node']}").json()
    assert len(few["lanes"]) < len(lanes)
    assert [x["model"] for x in more["lanes"]] == names


def test_audit__of_the_layout_is_that_of_the_snapshot(simulated: Snapshot, tmp_path: Path) -> None:
    from cladist.traits.inheritance import read_models

    index = Index(simulated, build_index(simulated, tmp_path / "index"))
    nodes = list(range(index.n))
    assert audited(index, nodes) == read_models(simulated, nodes)
    assert audit(simulated, index.model_id[0])["model"] == index.model_id[0]


def test_index__is_made_once_and_anew_where_it_does_not_fit(
    simulated: Snapshot, tmp_path: Path
) -> None:
    steps: list[str] = []
    where = build_index(simulated, tmp_path / "x" / "index", lambda s, *_: steps.append(s))
    assert steps
    steps.clear()
    build_index(simulated, where, lambda s, *_: steps.append(s))
    assert not steps
    (where / "index.json").write_text("{}")
    build_index(simulated, where, lambda s, *_: steps.append(s))
    assert steps
    assert [p.name for p in where.parent.iterdir()] == ["index"]


def test_months__count_from_march_2022() -> None:
    from cladist.web.building import NO_DAY, months

    days = np.array([NO_DAY, -5000, 0, 1, 29, 30, 365, 10**6], np.int32)
    assert months(days).tolist() == [-2, -1, -1, 0, 0, 1, 12, 12000]


def test_forest__of_organisations_is_coloured_by_that_of_the_founder(
    build_records: BuildRecords, tmp_path: Path
) -> None:
    families = (("two", "a", 9), ("two", "b", 9), ("one", "c", 20))
    records = [{"id": f"{org}/{n}"} for org, n, _ in families]
    records += [
        {"id": f"user{i}{n}/x", "tags": [f"base_model:finetune:{org}/{n}"]}
        for org, n, children in families
        for i in range(children)
    ]
    records += [{"id": "user/alone"}]
    client = client_of(build_records(records), tmp_path / "index")
    found = client.get("/api/v1/forest?by=author").json()
    keys = [v["key"] for v in found["values"]]
    # One family of 21 models stands before two of 10.
    assert keys == ["one", "two", "other", "unstated"]
    named = dict(zip(found["marks"]["model"], found["marks"]["value"], strict=True))
    assert {m: keys[v] for m, v in named.items()} == {
        "two/a": "two",
        "two/b": "two",
        "one/c": "one",
    }
    assert [v["count"] for v in found["values"]] == [1, 2, 0, 0]
