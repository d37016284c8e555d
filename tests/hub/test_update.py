"""From one snapshot to the next: what an update brings, and what a difference tells."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from hub_cases import Done, Served, record
from hubserver.data import HubData, simulated
from material import BuildRecords

import cladist
from cladist.changing import changes
from cladist.errors import InputError
from cladist.hub.fetching import fetch
from cladist.hub.updating import update
from cladist.views.changing import changes_page, changes_text, describe

Serve = Callable[[HubData], Served]
Run = Callable[..., Done]
_AFTER = "2025-07-01T00:00:00.000Z"


def step(data: HubData) -> None:
    """Change the hub of :func:`before` in every way that a difference tells."""
    data.add(record("a/young", "a/base", license="mit", createdAt=_AFTER, lastModified=_AFTER))
    data.remove("a/leaving")
    data.rename("a/plain", "b/plain")
    data.records["b/plain"]["lastModified"] = _AFTER
    base = record("a/base", license="llama3", downloads=70, lastModified=_AFTER, sha="9" * 40)
    data.add(base, "# Base, second edition")
    child = record("a/child", "a/other", license="mit", downloads=9, lastModified=_AFTER)
    data.add(child, "# Child")


def before() -> HubData:
    data = HubData()
    data.add(record("a/base", license="mit", downloads=50), "# Base")
    data.add(record("a/other", license="mit"))
    data.add(record("a/child", "a/base", license="mit", downloads=9), "# Child")
    data.add(record("a/grandchild", "a/plain", license="mit"))
    data.add(record("a/leaving", "a/base", license="mit"))
    data.add(record("a/plain", license="mit"), "# Plain")
    return data


@pytest.mark.parametrize("full", [False, True])
def test_update__and_what_changed(serve: Serve, tmp_path: Path, full: bool) -> None:
    served = serve(before())
    old, new = tmp_path / "old.snapshot", tmp_path / "new.snapshot"
    fetch(old, api=True, cards="all", client=served.client())
    step(served.data)
    served.conduct.clock = 1_752_000_000.0
    served.conduct.log.clear()
    told = update(cladist.open(old), new, cards="all", full=full, client=served.client())
    cards = [path for _, path in served.conduct.log if "/resolve/" in path]
    assert len(cards) == 1  # of base; plain is the same commit by another name
    gone = ["a/leaving"] if full else []
    found = changes(cladist.open(old), cladist.open(new))
    assert [r["model"] for r in found["born"]] == ["a/young"]
    assert [r["model"] for r in found["gone"]] == gone
    assert [(r["before"], r["model"], r["evidence"]) for r in found["renamed"]] == [
        ("a/plain", "b/plain", "alias")
    ]
    assert [(r["model"], r["change"], r["before"], r["after"]) for r in found["relicensed"]] == [
        ("a/base", "changed", ["mit"], ["llama3"])
    ]
    assert [(r["model"], r["lost"], r["gained"]) for r in found["reparented"]] == [
        ("a/child", ["a/base"], ["a/other"])
    ]  # the grandchild's parent was only renamed
    assert [(r["model"], r["change"]) for r in found["cards"]] == [("a/base", "changed")]
    assert found["license_flow"] == [{"before": ["mit"], "after": ["llama3"], "models": 1}]
    assert told["changes"] == {k: found["counts"][k] for k in told["changes"]}
    assert found["counts"]["same"] == 5 if full else 6
    if full:
        rows = cladist.query(cladist.open(new), "SELECT downloads FROM downloads WHERE model ="
                             " 'a/base' ORDER BY observed_at").to_pylist()  # fmt: skip
        assert [r["downloads"] for r in rows] == [50, 70]


def test_update__full_is_the_hub_fetched_anew(serve: Serve, tmp_path: Path) -> None:
    data = simulated(200, seed=9)
    served = serve(data)
    fetch(tmp_path / "old.snapshot", api=True, cards="all", client=served.client())
    served.conduct.clock = 1_752_000_000.0
    for number, model in enumerate(sorted(data.records)):
        if number % 10 == 0:
            data.remove(model)
        elif number % 10 == 1:
            data.add({**data.records[model], "lastModified": _AFTER, "likes": 7})
    update(cladist.open(tmp_path / "old.snapshot"), tmp_path / "new.snapshot", full=True,
           cards="all", client=served.client())  # fmt: skip
    fetch(tmp_path / "anew.snapshot", api=True, cards="all", client=served.client())
    found = changes(*(cladist.open(tmp_path / f"{n}.snapshot") for n in ("anew", "new")))
    assert {k: v for k, v in found["counts"].items() if v} == {"same": 180}
    likes = [
        cladist.query(cladist.open(tmp_path / f"{n}.snapshot"),
                      "SELECT model_id, likes FROM models ORDER BY 1").to_pylist()
        for n in ("anew", "new")
    ]  # fmt: skip
    assert likes[0] == likes[1]


def test_update__of_a_snapshot_without_records_keeps_columns_and_claims(
    serve: Serve, tmp_path: Path
) -> None:
    served = serve(before())
    folder = tmp_path / "repositories" / "acme__lora"
    folder.mkdir(parents=True)
    (folder / "README.md").write_text("---\nlicense: mit\n---\n# Mine")
    (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "a/base"}')
    old = cladist.build(folder.parent, tmp_path / "old.snapshot", observed_at="2025-06-01")
    update(old, tmp_path / "new.snapshot", since="2024-01-01", client=served.client())
    hub = cladist.open(tmp_path / "new.snapshot")
    assert hub.counts["models"] == len(served.data.records) + 1
    found = cladist.trace(hub, "acme/lora")
    assert (found["license"], found["parents"][0]["methods"]) == (["mit"], ["adapter_config"])
    with pytest.raises(InputError, match="never changes"):
        update(old, old.path, client=served.client())
    with pytest.raises(InputError, match="is no day"):
        update(old, tmp_path / "x.snapshot", since="soon", client=served.client())
    undated = cladist.build(folder.parent, tmp_path / "undated.snapshot")
    with pytest.raises(InputError, match="does not say when"):
        update(undated, tmp_path / "x.snapshot", client=served.client())


def test_changes__silence_is_no_change_of_licence(build_records: BuildRecords) -> None:
    old = build_records([{"id": "a/b", "license": "mit"}, {"id": "a/c"}, {"id": "a/d"}])
    new = build_records([{"id": "a/b"}, {"id": "a/c", "license": "mit"}, {"id": "a/d"}])
    found = changes(old, new)
    assert {(r["model"], r["change"]) for r in found["relicensed"]} == {
        ("a/b", "withdrawn"), ("a/c", "stated"),
    }  # fmt: skip
    assert found["license_flow"] == []


def test_changes__renames_shown_by_internal_id_or_commit(build_records: BuildRecords) -> None:
    made = {"createdAt": "2024-05-01T10:00:00.000Z"}
    old = build_records([{"id": "a/one", "_id": "77"}, {"id": "a/two", "sha": "c" * 40, **made}])
    new = build_records([{"id": "b/one", "_id": "77"}, {"id": "b/two", "sha": "c" * 40, **made}])
    found = changes(old, new)
    assert {(r["before"], r["model"], r["evidence"]) for r in found["renamed"]} == {
        ("a/one", "b/one", "internal id"), ("a/two", "b/two", "commit"),
    }  # fmt: skip
    assert found["counts"] == {"same": 2, "born": 0, "gone": 0, "renamed": 2, "relicensed": 0,
                               "reparented": 0, "cards": 0}  # fmt: skip


def test_changes__of_a_snapshot_with_itself_are_none(build_records: BuildRecords) -> None:
    hub = build_records([{"id": "a/b", "tags": ["base_model:a/c"]}])
    found = changes(hub, hub)
    assert not any(found[k] for k in ("born", "gone", "renamed", "relicensed", "reparented"))
    assert found["notes"] == ["Both are the same snapshot."]
    assert "Nothing changed" in changes_page(found)


def test_changes__limits_lists_and_not_counts(build_records: BuildRecords) -> None:
    old = build_records([{"id": "a/b"}])
    new = build_records([{"id": "a/b"}, *({"id": f"a/n{i}", "downloads": i} for i in range(30))])
    found = changes(old, new, limit=3)
    assert found["counts"]["born"] == 30
    assert [r["model"] for r in found["born"]] == ["a/n29", "a/n28", "a/n27"]
    assert "... and 27 more" in changes_text(found)
    with pytest.raises(InputError):
        changes(old, new, limit=-1)


def test_changes__hostile_ids_are_shown_harmless(build_records: BuildRecords) -> None:
    evil = {"id": "a/b", "license": "<script>alert(1)</script>\x1b[2J"}
    found: dict[str, Any] = changes(build_records([{"id": "x/y"}]), build_records([evil]))
    page, text = changes_page(found), changes_text(found)
    assert "<script>" not in page
    assert "\x1b" not in page + text


def test_commands__update_and_diff(serve: Serve, command: Run, tmp_path: Path) -> None:
    served = serve(before())
    assert command(served, "fetch", "--api", "-o", "old.snapshot", "-q").returncode == 0
    step(served.data)
    done = command(served, "update", "old.snapshot", "--full", "-o", "new.snapshot")
    assert done.returncode == 0, done.stderr
    assert "1 born, 1 gone, 1 renamed" in done.stderr
    done = command(served, "diff", "old.snapshot", "new.snapshot")
    assert "was a/plain (shown by its alias)" in done.stdout
    assert "mit → llama3 (changed)" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert (
        orjson.loads(command(served, "diff", "old.snapshot", "new.snapshot", "--json").stdout)[
            "counts"
        ]["gone"]
        == 1
    )
    page = command(served, "diff", "old.snapshot", "new.snapshot", "-o", "d.html")
    assert page.returncode == 0
    assert "Re-licensed" in (tmp_path / "d.html").read_text()
    assert command(served, "diff", "old.snapshot", "new.snapshot", "-o", "d.xyz").returncode == 2
    assert command(served, "update", "old.snapshot", "-o", "old.snapshot").returncode == 2


@pytest.mark.parametrize("full", [False, True])
def test_update__of_a_part_of_the_hub_asks_for_that_part_alone(
    serve: Serve, tmp_path: Path, full: bool
) -> None:
    served = serve(before())
    for number in range(5):
        served.data.add(record(f"z/other{number}", license="mit"))
    old, new = tmp_path / "old.snapshot", tmp_path / "new.snapshot"
    fetch(old, api=True, author="a", filter=["license:mit"], client=served.client())
    assert cladist.open(old).manifest["scope"] == {"author": "a", "filter": ["license:mit"]}
    for model in ("a/young", "z/young"):
        served.data.add(record(model, license="mit", createdAt=_AFTER, lastModified=_AFTER))
    served.data.add(record("a/free", createdAt=_AFTER, lastModified=_AFTER))
    served.conduct.clock = 1_752_000_000.0
    update(cladist.open(old), new, full=full, client=served.client())
    found = changes(cladist.open(old), cladist.open(new))
    assert [r["model"] for r in found["born"]] == ["a/young"]
    assert found["gone"] == []
    hub = cladist.open(new)
    assert hub.manifest["scope"] == cladist.open(old).manifest["scope"]
    assert "with author a, tag license:mit" in hub.manifest["coverage"]
    assert "not a census" in hub.manifest["coverage"]


def test_update__of_the_newest_so_many_is_refused(serve: Serve, tmp_path: Path) -> None:
    served = serve(before())
    fetch(tmp_path / "old.snapshot", api=True, limit=2, client=served.client())
    with pytest.raises(InputError, match="newest 2 models only") as problem:
        update(cladist.open(tmp_path / "old.snapshot"), tmp_path / "new.snapshot",
               client=served.client())  # fmt: skip
    assert "fetch --limit 2" in problem.value.remedy


def test_update__reads_only_what_was_changed_and_no_rest_of_the_page(
    serve: Serve, tmp_path: Path
) -> None:
    """The whole hub is one page; numbers of what was not changed stay those of the old day."""
    served = serve(before())
    # Changed on the day before the fetch: within the margin, and yet known already.
    recent = "2025-06-15T01:00:00.000Z"
    served.data.add(record("a/recent", license="mit", lastModified=recent, downloads=1))
    fetch(tmp_path / "old.snapshot", api=True, client=served.client())
    old = cladist.open(tmp_path / "old.snapshot")
    for entry in served.data.records.values():
        entry["downloads"] = 1000
    served.data.records["a/child"]["lastModified"] = _AFTER
    served.data.changed()
    served.conduct.clock = 1_752_000_000.0
    update(old, tmp_path / "new.snapshot", client=served.client())
    new = cladist.open(tmp_path / "new.snapshot")
    query = "SELECT model_id FROM models WHERE downloads = 1000 ORDER BY 1"
    assert [r["model_id"] for r in cladist.query(new, query).to_pylist()] == ["a/child"]
    none = update(old, tmp_path / "none.snapshot", since="2030-01-01", client=served.client())
    assert set(none["changes"].values()) == {0}

    # The old reading is a point in time, whole; the mixture of the new one is none.
    query = "SELECT count(*) AS models, sum(downloads) AS total FROM downloads GROUP BY observed_at"
    held = {"models": 7, "total": 60}
    assert cladist.query(new, query).to_pylist() == [held]
    words: list[str] = []
    update(new, tmp_path / "full.snapshot", full=True, client=served.client(), tell=words.append)
    full = cladist.open(tmp_path / "full.snapshot")
    assert cladist.query(full, f"{query} ORDER BY observed_at").to_pylist() == [
        held, {"models": 7, "total": 7000},
    ]  # fmt: skip
    assert any("2 moments" in w for w in words)


@pytest.mark.parametrize("full", [False, True])
def test_update__a_renamed_model_keeps_its_card(serve: Serve, tmp_path: Path, full: bool) -> None:
    served = serve(before())
    old, new = tmp_path / "old.snapshot", tmp_path / "new.snapshot"
    fetch(old, api=True, cards="all", client=served.client())
    sha = served.data.records["a/plain"]["sha"]
    served.data.rename("a/plain", "b/plain")
    served.data.records["b/plain"] |= {"lastModified": _AFTER, "sha": sha}
    served.data.changed()
    update(cladist.open(old), new, full=full, client=served.client())
    query = "SELECT card FROM cards JOIN models USING (node) WHERE model_id = 'b/plain'"
    assert cladist.query(cladist.open(new), query).to_pylist() == [{"card": "# Plain"}]
    found = changes(cladist.open(old), cladist.open(new))
    assert [r["model"] for r in found["renamed"]] == ["b/plain"]
    assert found["cards"] == []


def test_changes__of_cards_that_one_side_does_not_hold_are_unknown(
    build_records: BuildRecords,
) -> None:
    """a/one: held, then not fetched. a/two: held, then deleted. a/three: none, then written."""
    bare, with_card = [{"rfilename": "x"}], [{"rfilename": "README.md"}]
    old = build_records([
        {"id": "a/one", "siblings": with_card, "card": "# One"},
        {"id": "a/two", "siblings": with_card, "card": "# Two"},
        {"id": "a/three", "siblings": bare}, {"id": "a/four", "siblings": with_card, "card": "4"},
    ])  # fmt: skip
    new = build_records([
        {"id": "a/one", "siblings": with_card}, {"id": "a/two", "siblings": bare},
        {"id": "a/three", "siblings": with_card, "card": "# Three"},
        {"id": "a/four", "siblings": with_card, "card": "5"},
    ])  # fmt: skip
    found = changes(old, new)
    assert [(r["model"], describe("cards", r)) for r in found["cards"]] == [
        ("a/four", "changed: another text, 1 character as before"),
        ("a/three", "first text: none → 7 characters"),
        ("a/two", "no text any more: 5 characters → none"),
    ]
    assert "(1 model" in changes_text(changes(*[build_records([{"id": "a/b"}])] * 2))


def test_a_snapshot_that_is_there__is_replaced_only_if_told_to(
    serve: Serve, command: Run, tmp_path: Path
) -> None:
    served = serve(before())
    out = tmp_path / "x.snapshot"
    fetch(out, api=True, cards="all", client=served.client())
    old = cladist.open(out)
    asked = len(served.conduct.log)
    with pytest.raises(InputError, match="There is a snapshot at"):
        fetch(out, api=True, client=served.client())
    fetch(tmp_path / "y.snapshot", api=True, limit=2, client=served.client())
    with pytest.raises(InputError, match="already"):
        update(old, tmp_path / "y.snapshot", client=served.client())
    assert len(served.conduct.log) == asked + 1
    assert not list(tmp_path.glob("*.fetch"))
    done = command(served, "fetch", "--api", "--out", "x.snapshot", "-q")
    assert done.returncode == 2
    assert "--replace" in done.stderr
    assert cladist.open(out).digest == old.digest
    done = command(served, "fetch", "--api", "--out", "x.snapshot", "--replace", "-q")
    assert done.returncode == 0
    assert cladist.open(out).digest != old.digest


def test_changes__a_cut_that_was_freed_is_no_new_parent(build_records: BuildRecords) -> None:
    """a/one and a/two name each other; a/one goes, and what a/two declares is as it was."""
    one, two = (
        {"id": f"a/{m}", "tags": [f"base_model:a/{p}"]} for m, p in (("one", "two"), ("two", "one"))
    )
    old, new = build_records([one, two]), build_records([two])
    assert old.counts["edges"] == 1
    found = changes(old, new)
    assert [r["model"] for r in found["gone"]] == ["a/one"]
    assert found["reparented"] == []
    other = build_records([{"id": "a/two", "tags": ["base_model:a/three"]}])
    (row,) = changes(old, other)["reparented"]
    assert (row["lost"], row["gained"]) == (["a/one"], ["a/three"])


def test_update_that_got_nothing__leaves_nothing(
    serve: Serve, command: Run, tmp_path: Path
) -> None:
    served = serve(before())
    fetch(tmp_path / "old.snapshot", api=True, cards="all", client=served.client())
    for args in (("update", "old.snapshot"), ("fetch",), ("fetch", "--api"),
                 ("fetch", "--author", "a")):  # fmt: skip
        done = command(served, *args, "-o", "new.snapshot", HF_HUB_OFFLINE="1")
        assert done.returncode == 3, args
        assert not list(tmp_path.glob("*.fetch")), args
    done = command(served, "fetch", "--api", "--estimate", "-o", "new.snapshot")
    assert done.returncode == 2
    assert not list(tmp_path.glob("*.fetch"))


def test_update__twice_a_day_is_one_point_in_time(serve: Serve, tmp_path: Path) -> None:
    """Analyses sum by day: two readings of one would double the downloads."""
    served = serve(before())
    fetch(tmp_path / "old.snapshot", api=True, client=served.client())
    served.conduct.clock = 1_750_000_600.0
    served.data.remove("a/leaving")
    served.data.records["a/base"]["downloads"] = 70
    update(cladist.open(tmp_path / "old.snapshot"), tmp_path / "new.snapshot", full=True,
           client=served.client())  # fmt: skip
    new = cladist.open(tmp_path / "new.snapshot")
    query = "SELECT count(*) AS models, sum(downloads) AS total FROM downloads GROUP BY observed_at"
    assert cladist.query(new, query).to_pylist() == [{"models": 5, "total": 79}]
    (row,) = cladist.hub_growth(new).tables["downloads"].to_pylist()[:1]
    assert row["downloads"] == 79
