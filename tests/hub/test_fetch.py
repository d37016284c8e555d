"""A fetch gives the whole hub, once each, whatever the network does to it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hub_cases import CLOCK, TOKEN, Done, Served, environment, record
from hubserver.app import Conduct, Hub
from hubserver.data import HubData, Repo, simulated
from hubserver.faults import Fault
from hubserver.serving import running

import cladist
from cladist.errors import EnvironmentProblemError, InputError
from cladist.hub import client as client_module
from cladist.hub import listing, naming
from cladist.hub.answers import Answer
from cladist.hub.cards import Policy
from cladist.hub.fetching import duration, fetch
from cladist.hub.place import fetching, place_of
from cladist.hub.rates import Gate
from cladist.hub.store import CardWanted, Store
from cladist.snapshot import validate

Serve = Callable[[HubData], Served]
Run = Callable[..., Done]


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Back off for hundredths of a second, and list in pages of fifty."""
    monkeypatch.setattr(client_module, "_LONGEST_PAUSE", 0.02)
    monkeypatch.setattr(listing, "PAGE", 50)


@pytest.fixture(scope="module")
def hub_data() -> HubData:
    return simulated(300, seed=5)


def content(path: Path) -> tuple[Any, ...]:
    """Return what a snapshot holds: ids, revisions, cards, claims, aliases, rejects."""
    hub = cladist.open(path)
    assert validate(hub) == []
    queries = (
        "SELECT model_id, revision, likes, downloads, last_modified FROM models ORDER BY 1",
        "SELECT model_id, card, metadata FROM cards JOIN models USING (node) ORDER BY 1",
        "SELECT c.model_id, p.model_id, relation, method FROM claims JOIN models c"
        " ON c.node = child JOIN models p ON p.node = parent ORDER BY ALL",
        "SELECT alias, model_id FROM aliases ORDER BY ALL",
        "SELECT level, reason, raw FROM rejects ORDER BY ALL",
    )
    return tuple(hub.lookup.execute(q).fetchall() for q in queries)


def test_fetch__is_the_hub(serve: Serve, hub_data: HubData, tmp_path: Path) -> None:
    served = serve(hub_data)
    words: list[str] = []
    told = fetch(tmp_path / "x.snapshot", api=True, cards="all", client=served.client(),
                 tell=words.append)  # fmt: skip
    models, cards, *_ = content(tmp_path / "x.snapshot")
    declared = {m for m, revision, *_ in models if revision}
    assert declared == set(hub_data.records)
    gated = {m for m, r in hub_data.records.items() if r["gated"]} & set(hub_data.cards)
    found = {m: card for m, card, _ in cards if card is not None}
    assert found == {m: c for m, c in hub_data.cards.items() if m not in gated}
    assert told["cards"] == {"gated": len(gated), "ok": len(found)}
    assert told["counts"]["rejects_by_reason"]["card_gated"] == len(gated)
    assert told["pages"] == 6 + 1  # and one of what changed meanwhile
    assert any("cards to fetch: about" in w for w in words)
    assert not place_of(tmp_path / "x.snapshot").exists()


@pytest.mark.parametrize(
    "faults",
    [
        [Fault("500", times=20, every=7), Fault("reset", times=20, every=11)],
        [Fault("truncate", path="api/models", times=5, every=2)],
        [Fault("repeat_page", path="cursor", times=2, after=1, every=2)],
        [Fault("repeat_body", path="cursor", times=1, after=2)],
        [Fault("expired_cursor", path="cursor", times=2, after=2, every=3)],
        [Fault("429_retry_after", times=3, every=20, value=0), Fault("slow", value=0.3)],
        [Fault("html", times=30, every=9)],
    ],
    ids=lambda faults: faults[0].kind,
)
def test_faults__change_nothing(
    calm: tuple[Served, str], tmp_path: Path, faults: list[Fault]
) -> None:
    served, digest = calm
    served.conduct.faults = faults
    fetch(tmp_path / "x.snapshot", api=True, cards="top:60", client=served.client())
    assert all(f.seen > f.after for f in faults)
    assert cladist.open(tmp_path / "x.snapshot").digest == digest


@pytest.fixture(scope="module")
def calm(
    hub_data: HubData, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Served, str]]:
    """Serve a hub, and fetch it undisturbed: the digest that every other fetch must have."""
    out = tmp_path_factory.mktemp("calm") / "x.snapshot"
    hub = Hub(hub_data, Conduct(clock=CLOCK))
    with running(hub) as endpoint:
        served = Served(hub, endpoint)
        fetch(out, api=True, cards="top:60", client=served.client())
        yield served, cladist.open(out).digest


def test_models_that_change_place__are_all_there_in_their_last_state(
    serve: Serve, tmp_path: Path
) -> None:
    data = simulated(200, seed=6)
    served = serve(data)
    served.conduct.faults = [Fault("moved", path="api/models", times=3, after=1)]
    fetch(tmp_path / "x.snapshot", api=True, client=served.client())
    models = {
        m: likes for m, revision, likes, *_ in content(tmp_path / "x.snapshot")[0] if revision
    }
    assert set(models) == set(data.records)
    assert len([m for m in models if m.startswith("moved/")]) == 3
    assert models == {m: r["likes"] for m, r in data.records.items()}


def test_clock_skew__does_no_harm(serve: Serve, hub_data: HubData, tmp_path: Path) -> None:
    served = serve(hub_data)
    served.conduct.skew = 86_400.0 * 3
    told = fetch(tmp_path / "x.snapshot", api=True, limit=100, client=served.client())
    assert told["observed_at"] == "2025-06-18T15:06:40Z"  # the server's day, not ours
    assert told["counts"]["models"] == 100


def test_parts_of_a_hub__author_filter_search_limit(serve: Serve, tmp_path: Path) -> None:
    served = serve(HubData())
    for number in range(30):
        owner = "ann" if number % 3 else "bob"
        day = f"2024-01-{number + 1:02}T00:00:00.000Z"
        served.data.add(record(f"{owner}/m{number}", license="mit", createdAt=day))
    cases: list[tuple[dict[str, Any], int]] = [
        ({"author": "bob"}, 10), ({"filter": ("license:mit",)}, 30), ({"search": "M2"}, 11),
        ({"limit": 7}, 7),
    ]  # fmt: skip
    for number, (options, count) in enumerate(cases):
        out = tmp_path / f"{number}.snapshot"
        told = fetch(out, api=True, client=served.client(), **options)
        assert told["counts"]["models"] == count
        assert "census" in cladist.open(out).manifest["coverage"] or "limit" in options
    with pytest.raises(InputError, match="'hub-stats' holds all models"):
        fetch(tmp_path / "x.snapshot", author="bob", bulk="hub-stats")
    with pytest.raises(InputError, match="contradict"):
        fetch(tmp_path / "x.snapshot", api=True, bulk="hub-stats")
    told = fetch(tmp_path / "x.snapshot", author="bob", client=served.client())
    assert told["counts"]["models"] == 10, "a part is asked of the API, as the command does"


def test_cards__by_policy(serve: Serve, tmp_path: Path) -> None:
    served = serve(HubData())
    served.data.add(record("a/base", downloads=5), "# base")
    served.data.add(record("a/child", "a/base", downloads=1), "# child")
    served.data.add(record("a/alone", downloads=9), "# alone")
    served.data.add(record("a/bare", downloads=99))
    (tmp_path / "list.txt").write_text("a/alone\n\na/none\n")
    cases = {
        "none": set(), "all": {"a/base", "a/child", "a/alone"}, "kin": {"a/base", "a/child"},
        "top:2": {"a/alone"}, f"@{tmp_path / 'list.txt'}": {"a/alone"},
    }  # fmt: skip
    for number, (policy, wanted) in enumerate(cases.items()):
        out = tmp_path / f"{number}.snapshot"
        fetch(out, api=True, cards=policy, client=served.client())
        assert {m for m, card, _ in content(out)[1] if card} == wanted, policy
    served.data.rename("a/alone", "b/alone")
    lines = ["A/BASE", "a/alone", "https://huggingface.co/a/child", "a/none", "no id at all"]
    (tmp_path / "list.txt").write_text("\n".join(lines))
    words: list[str] = []
    out = tmp_path / "listed.snapshot"
    told = fetch(out, api=True, cards=f"@{tmp_path / 'list.txt'}", client=served.client(),
                 tell=words.append)  # fmt: skip
    assert {m for m, card, _ in content(out)[1] if card} == {"a/base", "b/alone", "a/child"}
    assert told["counts"]["rejects_by_reason"] == {"card_unknown_model": 2}
    assert any("no model here: 2 of 5 (a/none, no id at all)" in w for w in words)
    fetch(tmp_path / "top.snapshot", api=True, cards="top:2", client=served.client(),
          tell=words.append)  # fmt: skip
    assert "Without a card: 1 of the 2 most downloaded models." in words
    for policy in ("some", "top:0", "@/nowhere"):
        with pytest.raises(InputError):
            Policy.read(policy)


def test_interrupted__goes_on_where_it_was_to_the_card(
    serve: Serve, hub_data: HubData, tmp_path: Path
) -> None:
    """After a stop in the middle of the cards no page is asked for again, nor any card."""
    served = serve(hub_data)
    out = tmp_path / "x.snapshot"
    served.conduct.faults = [Fault("500", path="/resolve/", times=10**6, after=60)]
    with pytest.raises(EnvironmentProblemError):
        fetch(out, api=True, cards="all", client=served.client())
    assert not out.exists()
    have = (
        sqlite3.connect(place_of(out) / "fetch.sqlite").execute("SELECT id FROM cards").fetchall()
    )
    assert len(have) >= 50
    served.conduct.faults = []
    served.conduct.log.clear()
    fetch(out, api=True, cards="all", client=served.client())
    paths = [path for _, path in served.conduct.log]
    assert not [p for p in paths if p.startswith("/api/models")]
    assert not {m for (m,) in have} & {p.split("/resolve/")[0].strip("/") for p in paths}


def test_unfinished__of_other_options_is_refused_and_restart_begins_anew(
    serve: Serve, hub_data: HubData, tmp_path: Path
) -> None:
    served = serve(hub_data)
    out = tmp_path / "x.snapshot"
    told = fetch(out, api=True, cards="all", estimate=True, client=served.client())
    assert told["models"] == 300
    with pytest.raises(InputError, match="asked otherwise: author"):
        fetch(out, api=True, author="x", client=served.client())
    fetch(out, api=True, limit=5, restart=True, client=served.client())
    assert cladist.open(out).counts["models"] == 5


def test_nothing_fetched__leaves_nothing_in_the_way(serve: Serve, tmp_path: Path) -> None:
    served = serve(HubData())
    served.data.add(record("a/x"))
    out = tmp_path / "x.snapshot"
    with pytest.raises(InputError, match="lists no model with author 'nobody'"):
        fetch(out, api=True, author="nobody", client=served.client())
    with pytest.raises(InputError, match="hub-stats"):  # which this hub does not have
        fetch(out, client=served.client())
    assert not place_of(out).exists()
    place_of(out).mkdir()
    (place_of(out) / "lock").touch()  # as after kill -9, before anything came
    Store(place_of(out) / "fetch.sqlite").set(query={"bulk": "hub-stats"})
    fetch(out, api=True, client=served.client())
    assert cladist.open(out).counts["models"] == 1


def test_two_at_once__the_second_is_refused(tmp_path: Path) -> None:
    with fetching(tmp_path / "x.snapshot", {}), \
            pytest.raises(EnvironmentProblemError, match="Another fetch is writing"), \
            fetching(tmp_path / "x.snapshot", {}):  # fmt: skip
        pass


def test_what_is_in_the_way__is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "file.snapshot").write_text("mine")
    (tmp_path / "x.snapshot.fetch").mkdir()
    (tmp_path / "x.snapshot.fetch" / "mine").write_text("mine")
    for name in ("file.snapshot", "x.snapshot"):
        with pytest.raises(InputError), fetching(tmp_path / name, {}):
            pass


def test_disk_full__is_told_and_what_is_there_is_kept(
    serve: Serve, hub_data: HubData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = serve(hub_data)
    out = tmp_path / "x.snapshot"
    opened = Store.__init__

    def small(self: Store, path: Path) -> None:
        opened(self, path)
        self.con.execute("PRAGMA max_page_count = 60")

    monkeypatch.setattr(Store, "__init__", small)
    with pytest.raises(EnvironmentProblemError, match="disk is full") as told:
        fetch(out, api=True, cards="all", client=served.client())
    assert "make room" in told.value.remedy
    monkeypatch.setattr(Store, "__init__", opened)
    fetch(out, api=True, cards="all", client=served.client())
    assert len([m for m, r, *_ in content(out)[0] if r]) == 300


def test_rate_limit__of_cards_is_kept_and_told(serve: Serve, tmp_path: Path) -> None:
    served = serve(HubData())
    for number in range(12):
        served.data.add(record(f"a/m{number}"), "# card")
    served.conduct.limits = {"resolvers": (6, 2)}
    words: list[str] = []
    told = fetch(tmp_path / "x.snapshot", api=True, cards="all",
                 client=served.client(gate=Gate(), workers=12), tell=words.append)  # fmt: skip
    assert told["cards"] == {"ok": 12}
    assert told["retries"] == 0  # the first answer tells the limit; a new window is counted down
    assert any(w.startswith("Waiting") for w in words)


def test_store__newest_wins_renames_and_changed_cards(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.sqlite")
    old = {"id": "a/old", "_id": "1", "lastModified": "2024-01-01", "sha": "s1", "siblings": []}
    with store.writing():
        assert store.add([old, old, {"id": "a/b", "lastModified": "2024-01-01"}], "t") == 2
        assert store.add([{"id": "a/b", "lastModified": "2023-01-01", "sha": "x"}], "t") == 0
        assert store.add([{**old, "id": "a/new", "lastModified": "2024-02-01"}], "t") == 1
        store.add([{"nothing": 1}], "t")
    assert store.aliases() == [("a/old", "a/new", "renamed")]
    ids = {row[0] for row in store.con.execute("SELECT id FROM models")}
    assert {"a/new", "a/b"} < ids
    assert "a/old" not in ids
    with store.writing():
        store.keep_card(CardWanted("a/b", "", 0, None), "ok", '"e"', b"# card")
    assert not [w for w in store.cards_wanted("all") if w.id == "a/b"]
    with store.writing():
        store.add([{"id": "a/b", "lastModified": "2025-01-01", "sha": "s2"}], "t")
    (wanted,) = [w for w in store.cards_wanted("all") if w.id == "a/b"]
    assert wanted.etag == '"e"'
    with store.writing():
        store.keep_card(wanted, "same")
    assert not [w for w in store.cards_wanted("all") if w.id == "a/b"]


def test_duration__in_words() -> None:
    assert [duration(s) for s in (0.2, 59, 600, 120_000)] == ["1 s", "59 s", "10 min", "33.3 h"]


def test_bulk__a_dump_then_what_changed(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole records from the dump, newer ones from the API, cards for both."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    served = serve(HubData())
    day = "2025-06-01T00:00:00.000Z"
    for name in ("a/one", "a/two"):
        served.data.add(record(name, license="mit", downloads=3, lastModified=day), f"# {name}")
    dump = tmp_path / "models.parquet"
    rows = [{k: r[k] for k in ("id", "downloads", "likes", "sha", "tags", "createdAt",
                               "lastModified")} | {"siblings": ["README.md", "model.safetensors"]}
            for r in served.data.records.values()]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows), dump)
    commit = ("c" * 40, "2025-06-02T12:00:00.000Z", {"models.parquet": dump})
    served.data.datasets["cfahlgren1/hub-stats"] = Repo([commit])
    late = "2025-06-10T00:00:00.000Z"
    served.data.add(record("a/two", license="apache-2.0", downloads=8, lastModified=late), "# 2")
    served.data.add(record("a/three", "a/two", createdAt=late, lastModified=late), "# three")
    out = tmp_path / "x.snapshot"
    told = fetch(out, cards="all", client=served.client())
    hub = cladist.open(out)
    found = hub.lookup.execute(
        "SELECT model_id, license, downloads, card FROM models JOIN cards USING (node) ORDER BY 1"
    ).fetchall()
    assert found == [
        ("a/one", ["mit"], 3, "# a/one"), ("a/three", None, 0, "# three"),
        ("a/two", ["apache-2.0"], 8, "# 2"),
    ]  # fmt: skip
    assert told["cards"] == {"ok": 3}
    assert [s["name"] for s in hub.manifest["sources"]] == [
        "cfahlgren1/hub-stats/models.parquet", served.endpoint,
    ]  # fmt: skip
    with pytest.raises(InputError, match="The Hub has no no/such"):
        fetch(tmp_path / "y.snapshot", bulk="no/such", client=served.client())


def test_bulk__the_authors_table_is_what_build_makes_of_their_file(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    cladist.simulate(400, tmp_path / "authors.csv", format="modelbiome", seed=2)
    served = serve(HubData())
    name = "ai_ecosystem_withmodelcards.csv"
    commit = ("d" * 40, "2025-08-01T00:00:00.000Z", {name: tmp_path / "authors.csv"})
    served.data.datasets["modelbiome/ai_ecosystem_withmodelcards"] = Repo([commit])
    fetch(tmp_path / "fetched.snapshot", bulk="modelbiome", client=served.client())
    fetched = cladist.open(tmp_path / "fetched.snapshot")
    built = cladist.build(
        tmp_path / "authors.csv", tmp_path / "built.snapshot", observed_at="2025-08-01"
    )
    assert fetched.counts == built.counts
    assert fetched.counts["edges"] > 50
    query = "SELECT model_id, license, created_at, card FROM models LEFT JOIN cards USING (node)"
    rows = [sorted(h.lookup.execute(query).fetchall(), key=str) for h in (fetched, built)]
    assert rows[0] == rows[1]
    coverage = fetched.manifest["coverage"]
    assert coverage.startswith(f"what was in modelbiome of {served.endpoint}, 2025-08-01: ")
    (source,) = fetched.manifest["sources"]
    assert source["name"] == f"modelbiome/ai_ecosystem_withmodelcards/{name}"


def test_bulk__weekly_snapshots_by_day_and_as_a_series(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    served = serve(HubData())
    served.data.add(record("a/late", createdAt="2025-07-20T00:00:00.000Z",
                           lastModified="2025-07-20T00:00:00.000Z"))  # fmt: skip
    (tmp_path / "none").write_text("")
    files = dict.fromkeys(("README.md", "datasets/2025-07-16/datasets.parquet"), tmp_path / "none")
    for week, day in enumerate(("2025-07-02", "2025-07-09", "2025-07-16"), start=1):
        file = tmp_path / f"{day}.parquet"
        pq.write_table(pa.table({"id": ["a/one", "a/two"][:week], "likes": [1, 2][:week],
                                 "downloads": [10 * week, 5][:week]}), file)  # fmt: skip
        files[f"models/{day}/models.parquet"] = file
    commit = ("e" * 40, "2025-09-01T00:00:00.000Z", files)
    served.data.datasets["hfmlsoc/hub_weekly_snapshots"] = Repo([commit])
    out = tmp_path / "last.snapshot"
    fetch(out, bulk="hub-weekly", revisions="weekly", client=served.client())
    hub = cladist.open(out)
    assert hub.manifest["sources"][0]["observed_at"][:10] == "2025-07-16"
    assert hub.counts["models"] == 3, "what was made since is asked of the API"
    rows = cladist.query(hub, "SELECT * FROM downloads ORDER BY observed_at, model").to_pylist()
    assert [(r["model"], r["downloads"]) for r in rows] == [
        ("a/one", 10), ("a/one", 20), ("a/two", 5), ("a/one", 30), ("a/two", 5)
    ]  # fmt: skip
    series = cladist.hub_concentration(hub).tables["series"].to_pylist()
    held = [(r["observed_at"], r["units"], r["total"]) for r in series if r["unit"] == "model"]
    assert held == [("2025-07-02", 1, 10), ("2025-07-09", 2, 25), ("2025-07-16", 2, 35)]
    first = tmp_path / "first.snapshot"
    fetch(first, bulk="hub-weekly", revision="2025-07-02", increments=False,
          client=served.client())  # fmt: skip
    assert cladist.open(first).counts["models"] == 1
    words = [cladist.open(p).manifest["coverage"] for p in (out, first)]
    assert words == [
        f"all public models by hub-weekly, then the API, of {served.endpoint}, 2025-06-15",
        f"all public models by hub-weekly at 2025-07-02 of {served.endpoint}, 2025-07-02",
    ]
    with pytest.raises(InputError, match="holds no file of 2024-01-01") as problem:
        fetch(tmp_path / "no.snapshot", bulk="hub-weekly", revision="2024-01-01",
              client=served.client())  # fmt: skip
    assert "from 2025-07-02 to 2025-07-16" in problem.value.remedy


def test_bulk__a_dump_that_is_gone_names_the_others(serve: Serve, tmp_path: Path) -> None:
    served = serve(HubData())
    with pytest.raises(InputError, match="no cfahlgren1/hub-stats") as problem:
        fetch(tmp_path / "x.snapshot", client=served.client())
    assert "hub-weekly" in problem.value.remedy
    assert "--api" in problem.value.remedy


def test_revisions__become_a_table_of_downloads(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    served = serve(HubData())
    served.data.add(record("a/one", downloads=3))
    commits = []
    for day in range(1, 22):
        file = tmp_path / f"models{day}.parquet"
        pq.write_table(pa.table({"id": ["a/one"], "downloads": [day], "likes": [1],
                                 "tags": [["x"]]}), file)  # fmt: skip
        commits.append((f"{day:040x}", f"2025-06-{day:02}T05:00:00.000Z", {"models.parquet": file}))
    served.data.datasets["cfahlgren1/hub-stats"] = Repo(commits[::-1])
    out = tmp_path / "x.snapshot"
    fetch(out, api=True, revisions="weekly", until="2025-06-20", client=served.client())
    rows = cladist.query(cladist.open(out), "SELECT * FROM downloads").to_pylist()
    assert [r["downloads"] for r in rows] == [1, 8, 15, 20]  # Sundays, and the last day
    assert validate(cladist.open(out)) == []
    grown = cladist.hub_growth(cladist.open(out))
    assert grown.tables["downloads"].select(["observed_at", "downloads"]).to_pylist()[-1] == {
        "observed_at": "2025-06-20", "downloads": 20,
    }  # fmt: skip
    assert grown.charts[-1].name == "downloads"
    with pytest.raises(InputError, match="no revision in that time"):
        fetch(tmp_path / "y.snapshot", api=True, revisions="daily", since="2026-01-01",
              client=served.client())  # fmt: skip


def test_token__appears_nowhere(
    serve: Serve, command: Run, hub_data: HubData, tmp_path: Path
) -> None:
    """Not in output, errors, stores, caches or snapshots, through success and failure."""
    served = serve(hub_data)
    served.data.tokens = {TOKEN}
    said = []
    done = command(served, "fetch", "--api", "--cards", "top:20", "--out", "x.snapshot",
                   HF_TOKEN=TOKEN, HF_DEBUG="1", CLADIST_DEBUG="1")  # fmt: skip
    assert done.returncode == 0, done.stderr
    said.append(done)
    said.append(command(served, "trace", sorted(hub_data.records)[0], HF_TOKEN=TOKEN))
    served.conduct.faults = [Fault("html", times=10**6, after=3)]
    done = command(served, "fetch", "--api", "--out", "y.snapshot", HF_TOKEN=TOKEN)
    assert done.returncode == 3
    said.append(done)
    assert served.conduct.authorized > 20
    for done in said:
        assert TOKEN not in done.stdout + done.stderr
    files = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert any(p.name == "fetch.sqlite" for p in files)
    assert any(p.name == "hub.sqlite" for p in files)
    assert not [p for p in files if TOKEN.encode() in p.read_bytes()]


def test_command__json_and_errors(serve: Serve, command: Run, hub_data: HubData) -> None:
    served = serve(hub_data)
    done = command(served, "fetch", "--limit", "50", "--out", "x.snapshot", "--json")
    told = orjson.loads(done.stdout)
    assert told["counts"]["models"] == 50
    cases = [
        (("--api", "--bulk", "hub-stats"), 2), (("--cards", "many", "--api"), 2),
        (("--limit", "0"), 2), (("--workers", "0", "--api"), 2), (("--since", "2024"), 2),
        (("--revisions", "hourly"), 2), (("--bulk", "a/b"), 2),
    ]  # fmt: skip
    for options, code in cases:
        done = command(served, "fetch", *options, "--out", "y.snapshot")
        assert done.returncode == code, (options, done.stderr)
        assert "Traceback" not in done.stderr
    assert command("http://127.0.0.1:9", "fetch", "--api", "--out", "z.snapshot").returncode == 3
    offline = command(served, "fetch", "--api", "--out", "w.snapshot", HF_HUB_OFFLINE="1")
    assert offline.returncode == 3
    assert "Offline" in offline.stderr


def kill_and_resume(
    served: Served, tmp_path: Path, moments: list[float], cards: str = "all"
) -> tuple[Path, int]:
    """Fetch, killed with -9 after each of the moments, until it is whole; return it and kills."""
    out = tmp_path / "killed.snapshot"
    arguments = [sys.executable, "-m", "cladist", "fetch", "--api", "--cards", cards, "--quiet",
                 "--out", str(out)]  # fmt: skip
    kills = 0
    for moment in [*moments, None]:
        process = subprocess.Popen(
            arguments, env=environment(served.endpoint, tmp_path), cwd=tmp_path,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        try:
            if moment is None:
                _, err = process.communicate(timeout=300)
                assert process.returncode == 0, err.decode()
            else:
                before = len(served.conduct.log)
                while process.poll() is None and len(served.conduct.log) == before:
                    time.sleep(0.01)
                process.wait(moment)
        except subprocess.TimeoutExpired:
            process.kill()
            kills += 1
        finally:
            process.kill()
            process.communicate()
        if out.exists():
            break
    return out, kills


def test_kill_9__and_resumed_is_the_undisturbed_fetch(
    serve: Serve, hub_data: HubData, tmp_path: Path
) -> None:
    """Killed at moments through listing, cards and build; digests are equal, nothing twice."""
    served = serve(hub_data)
    fetch(tmp_path / "calm.snapshot", api=True, cards="all", client=served.client())
    served.conduct.log.clear()
    served.conduct.latency = 0.02
    out, kills = kill_and_resume(served, tmp_path, [0.05, 0.2, 0.5, 0.9])
    assert kills >= 2
    assert cladist.open(out).digest == cladist.open(tmp_path / "calm.snapshot").digest
    cards = [path for _, path in served.conduct.log if "/resolve/" in path]
    # What was under way at a kill may be asked for again: as many as there are workers.
    assert len(cards) - len(set(cards)) <= kills * 16 * 5


def test_parents_that_were_renamed__are_found_the_most_used_first(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """a/old is a/new today, a/far is z/far, which lies outside the part; one is asked, then all."""
    served = serve(HubData())
    for model in ("a/old", "a/far"):
        served.data.add(record(model))
    for child, parent in (("one", "old"), ("two", "old"), ("three", "far"), ("four", "gone")):
        served.data.add(record(f"a/{child}", f"a/{parent}"))
    served.data.add(record("a/five", "A/One"))
    served.data.rename("a/old", "a/new")
    served.data.rename("a/far", "z/far")
    query = "SELECT c.model_id, p.model_id FROM edges JOIN models c ON c.node = child JOIN" \
        " models p ON p.node = parent ORDER BY 1"  # fmt: skip
    for most, far in ((1, "a/far"), (300, "z/far")):
        monkeypatch.setattr(naming, "MOST_ASKED", most)
        words: list[str] = []
        out = tmp_path / f"{most}.snapshot"
        fetch(out, author="a", client=served.client(), tell=words.append)
        assert cladist.open(out).lookup.execute(query).fetchall() == [
            ("a/five", "a/one"), ("a/four", "a/gone"), ("a/one", "a/new"), ("a/three", far),
            ("a/two", "a/new"),
        ]  # fmt: skip
        asked = {1: "1 of 3 asked for, those with most children; another id today: 1",
                 300: "3 of 3 asked for; another id today: 2"}  # fmt: skip
        assert any(asked[most] in w for w in words), words


def test_cards_cut_short__are_asked_for_again_and_never_believed(
    serve: Serve, tmp_path: Path
) -> None:
    """The length of what comes is consistent: only the ETag tells."""
    served = serve(HubData())
    served.data.add(record("a/one"), "# A card that is long enough to be cut")
    for times, state, texts in ((2, "ok", 1), (9, "damaged", 0)):
        served.conduct.faults = [Fault("truncate", path="resolve-cache", times=times)]
        out = tmp_path / f"{times}.snapshot"
        told = fetch(out, api=True, cards="all", client=served.client())
        assert told["cards"] == {state: 1}
        assert told["retries"] == 2
        held = [card for _, card, _ in content(out)[1] if card is not None]
        assert held == [served.data.cards["a/one"]] * texts
    assert told["counts"]["rejects_by_reason"] == {"card_damaged": 1}


def test_damaged__by_the_name_that_git_gives_a_blob() -> None:
    """``printf hello | git hash-object --stdin`` is b6fc4c62...; other tags prove nothing."""
    tag = '"b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0"'
    for body, etag, damaged in ((b"hello", tag, False), (b"hell", tag, True),
                                (b"hell", 'W/"12"', False), (b"", None, False)):  # fmt: skip
        assert Answer(body, "http://h/x", etag, None, None).damaged is damaged
    redirected = "http://h/x?etag=%22b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0%22"
    assert Answer(b"hell", redirected, None, None, None).damaged
