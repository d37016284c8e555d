"""Live look-ups: what a walk sees, what it says of what it does not see, and the command line."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from hub_cases import TOKEN, Done, Served, environment, record
from hubserver.app import Hub
from hubserver.data import HubData, simulated
from hubserver.faults import Fault
from starlette.responses import Response

import cladist
from cladist.errors import InputError, ModelNotFoundError
from cladist.hub.live import look_live
from cladist.hub.rates import Gate
from cladist.hub.records import child_filter, parents_of
from cladist.hub.walk import Walk
from cladist.snapshot import Snapshot
from cladist.tracing import trace

Run = Callable[..., Done]


def test_parents_of__tags_tree_and_front_matter_each_once() -> None:
    found = parents_of(
        {
            "id": "a/child",
            "tags": ["base_model:a/one", "base_model:merge:a/one", "base_model:a/two", "x"],
            "baseModels": {"relation": "merge", "models": [{"id": "a/three"}]},
            "cardData": {"base_model": ["a/two", "/root/local", "a/child", "a/four"]},
        }
    )
    assert found == ["a/one", "a/two", "a/three", "a/four"]
    assert child_filter("a/b", None) == "base_model:a/b"
    assert child_filter("a/b", "merge") == "base_model:merge:a/b"


def test_walk__up_to_the_founders_shows_parents_as_what_they_are(small: Served) -> None:
    walk = Walk(small.client())
    walk.ancestors(walk.start(["acme/leaf"]))
    assert set(walk.records) == {"acme/leaf", "acme/mid", "acme/base", "acme/new", "acme/gated"}
    assert walk.states == {
        "acme/gone": "missing", "acme/private": "missing", "acme/disabled": "disabled",
    }  # fmt: skip
    assert walk.aliases == {"acme/old": "acme/new"}


def test_walk__depth_and_relation(small: Served) -> None:
    walk = Walk(small.client())
    walk.ancestors(walk.start(["acme/leaf"]), depth=1)
    assert "acme/base" not in walk.records
    walk = Walk(small.client())
    walk.descendants(walk.start(["acme/base"]), relation="quantized")
    assert set(walk.records) == {"acme/base"}  # mid is a finetune, and so hides its quants
    walk.descendants(walk.start(["acme/mid"]), relation="quantized")
    assert {f"acme/q{n}" for n in range(5)} < set(walk.records)
    assert "acme/leaf" not in walk.records


def test_walk__children_under_an_old_id_are_found(small: Served) -> None:
    walk = Walk(small.client())
    walk.descendants(walk.start(["acme/old"]))
    assert "acme/leaf" in walk.records


def test_walk__budget_leaves_out_and_says_so(small: Served) -> None:
    walk = Walk(small.client())
    walk.descendants(walk.start(["acme/base"]), budget=1)
    assert set(walk.records) == {"acme/base", "acme/mid"}
    assert walk.unseen == {"acme/mid"}


def test_walk__spends_a_part_of_the_rate_limit(serve: Callable[[HubData], Served]) -> None:
    hub = HubData()
    hub.add(record("a/base"))
    for number in range(300):
        hub.add(record(f"a/c{number}", "a/base", downloads=number))
    served = serve(hub)
    served.conduct.limits = {"api": (100, 300)}
    client = served.client(gate=Gate(patience=1))
    walk = Walk(client)
    walk.descendants(walk.start(["a/base"]))
    assert len(walk.records) == 301
    assert 20 <= client.sent <= 30
    assert len(walk.unseen) == 302 - client.sent
    assert "a/c299" not in walk.unseen  # the most downloaded are asked first


def test_walk__fewer_children_than_asked_for_stop_the_pages(small: Served) -> None:
    walk = Walk(small.client())
    walk.descendants(walk.start(["acme/mid"]), depth=1, most=2)
    assert len(walk.records) == 3
    assert walk.unseen == {"acme/mid"}


def test_live__gives_what_the_snapshot_gives(
    serve: Callable[[HubData], Served], simulated_snapshot: Snapshot, hub_data: HubData
) -> None:
    """One function behind both: trace of the live walk is trace of the whole hub's snapshot."""
    served = serve(hub_data)
    busiest = max(hub_data.records, key=lambda m: len(hub_data.tagged(f"base_model:{m}")))
    for model in (busiest, sorted(hub_data.records)[7], sorted(hub_data.records)[111]):
        with look_live([model], descendants=True, client=served.client()) as live:
            found = live.annotate(trace(live.hub, model))
        wanted = trace(simulated_snapshot, model)
        for key in ("descendants", "generation", "clan", "n_children", "created_at", "license"):
            assert found[key] == wanted[key], key
        assert _names(found["ancestors"]) == _names(wanted["ancestors"])
        assert _names(found["children"]) == _names(wanted["children"])
        assert {(e["child"], e["parent"], e["relation"]) for e in found["edges"]} == {
            (e["child"], e["parent"], e["relation"]) for e in wanted["edges"]
        }
        assert found["live"]["complete"]


def _names(models: list[dict[str, str]]) -> set[str]:
    return {m["model"] for m in models}


@pytest.fixture(scope="module")
def hub_data() -> HubData:
    return simulated(600, seed=3)


@pytest.fixture(scope="module")
def simulated_snapshot(hub_data: HubData, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    place = tmp_path_factory.mktemp("whole")
    lines = place / "records.jsonl"
    lines.write_bytes(b"\n".join(orjson.dumps(hub_data.one(m)) for m in sorted(hub_data.records)))
    aliases = place / "aliases.csv"
    rows = [f"{old},{new},renamed" for old, new in hub_data.renamed.items()]
    aliases.write_text("alias,model_id,reason\n" + "\n".join(rows) + "\n")
    return cladist.build(lines, place / "x.snapshot", source="records", aliases=aliases)


def test_live__unknown_models_and_options(small: Served) -> None:
    with pytest.raises(ModelNotFoundError, match="The Hub has no model 'acme/gone'"), \
            look_live(["acme/gone"], client=small.client()):  # fmt: skip
        pass
    with pytest.raises(ModelNotFoundError, match="is disabled"), \
            look_live(["acme/disabled"], client=small.client()):  # fmt: skip
        pass
    for options, words in (({"relation": "cousin"}, "--relation"), ({"sort": "age"}, "--sort")):
        with (
            pytest.raises(InputError, match=words),
            look_live(["acme/base"], client=small.client(), **options),
        ):  # type: ignore[arg-type]
            pass
    with pytest.raises(InputError, match="no model id"), \
            look_live(["../etc/passwd"], client=small.client()):  # fmt: skip
        pass


def test_deep__files_name_parents_that_the_record_does_not(small: Served) -> None:
    import struct

    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    def string(key: str, value: str) -> bytes:
        return text(key) + struct.pack("<I", 8) + text(value)

    keys = [
        text("general.base_model.count") + struct.pack("<II", 4, 1),
        string("general.base_model.0.repo_url", "https://huggingface.co/acme/base"),
        text("general.file_type") + struct.pack("<II", 4, 15),
        string("general.source.repo_url", "https://huggingface.co/acme/mid"),
    ]
    head = b"GGUF" + struct.pack("<IQQ", 3, 0, len(keys)) + b"".join(keys)
    weights = orjson.dumps({"__metadata__": {"base_model": "acme/gated"}, "w": {}})
    data = small.data
    data.files |= {
        ("deep/model", "adapter_config.json"): b'{"base_model_name_or_path": "acme/base"}',
        ("deep/model", "mergekit_config.yml"): b"models:\n  - model: acme/mid\n",
        ("deep/model", "model.gguf"): head + b"\0" * 1_000_000,
        ("deep/model", "model.safetensors"): struct.pack("<Q", len(weights)) + weights + b"w" * 99,
    }
    data.add(record("deep/model"))
    with look_live(["deep/model"], deep=True, client=small.client()) as live:
        rows = live.hub.lookup.execute(
            "SELECT m.model_id, relation, method FROM claims JOIN models m ON m.node = parent"
            " JOIN models c ON c.node = child WHERE c.model_id = 'deep/model' ORDER BY ALL"
        ).fetchall()
    assert rows == [
        ("acme/base", "adapter", "adapter_config"), ("acme/base", "unknown", "gguf"),
        ("acme/gated", "unknown", "safetensors"), ("acme/mid", "merge", "mergekit_config"),
        ("acme/mid", "quantized", "gguf"),
    ]  # fmt: skip


def test_deep__parents_that_only_files_name_are_walked_to_the_founders(
    small: Served, command: Run, tmp_path: Path
) -> None:
    """A live audit finds what a snapshot of the whole hub finds."""
    small.data.files |= {
        ("deep/lora", "adapter_config.json"): b'{"base_model_name_or_path": "deep/mix"}',
        ("deep/mix", "mergekit_config.yml"): b"models:\n  - model: ACME/Gated\n  - model: a/gone\n",
    }
    small.data.add(record("deep/lora", license="mit"))
    small.data.add(record("deep/mix", license="mit"))
    with look_live(["deep/lora"], deep=True, client=small.client()) as live:
        found = live.annotate(trace(live.hub, "deep/lora"))
        audited = cladist.audit(live.hub, "deep/lora")
        assert live.facts()["ancestors_not_read"] == 0
    states = {a["model"]: a["state"] for a in found["ancestors"]}
    assert states == {"deep/mix": None, "acme/gated": "gated", "a/gone": "missing"}
    assert found["generation"] == 2
    assert audited["verdict"] == "conflict"
    with look_live(["deep/lora"], deep=True, depth=1, client=small.client()) as live:
        shallow = live.annotate(trace(live.hub, "deep/lora", depth=1))
    assert [a["model"] for a in shallow["ancestors"]] == ["deep/mix"]
    assert shallow["live"]["ancestors_not_read"] == 2


def test_trace__depth_says_what_was_not_asked_for(small: Served, command: Run) -> None:
    text = command(small, "trace", "acme/leaf", "--depth", "0").stdout
    assert "a founder" not in text
    assert text.count("(further up than --depth 0)") == 6
    assert "generation not known" in text
    assert "6 ancestors named, not read." in text
    assert "not in this snapshot" not in text
    told = orjson.loads(command(small, "trace", "acme/leaf", "--depth", "0", "--json").stdout)
    assert (told["generation"], told["clan"], told["family"]["founder"]) == (None, None, None)
    assert told["ancestors"] == []
    assert {p["state"] for p in told["parents"]} == {"not_read"}
    assert not told["live"]["complete"]
    one = command(small, "trace", "acme/leaf", "--depth", "1").stdout
    assert one.count("further up than --depth 1") == 1  # base, the parent of mid
    assert "generation not known" in one
    whole = command(small, "trace", "acme/leaf").stdout
    assert "generation 2 " in whole
    founder = command(small, "trace", "acme/base", "--depth", "0").stdout
    assert "No known parent: a founder." in founder
    assert "generation 0 " in founder


def test_trace__counts_what_it_lists(small: Served, command: Run) -> None:
    """Children by the relation asked for, after cuts; what the Hub counts beside it."""
    for model, parent in (("loop/self", "loop/self"), ("loop/a", "loop/b"), ("loop/b", "loop/a")):
        small.data.add(record(model, parent))
    cases = (
        (("acme/mid",), "6 descendants · 6 children\n"),
        (("acme/mid", "--relation", "adapter"), "0 descendants by adapter alone · 0 children by"),
        (("acme/mid", "--relation", "quantized", "--limit", "2"), "· 5 children by quantized"),
        (("acme/mid", "--relation", "quantized", "--limit", "2"), "... and 3 more; --limit"),
        (("acme/mid", "--limit", "2"), "4 more (of all: 1 merge, 5 quantized)"),
        (("acme/base", "--down", "1"), "at least 1 descendant · 1 child\n"),
        (("loop/self",), "0 descendants · 0 children (the Hub counts 1)"),
        (("loop/a",), "0 descendants · 0 children (the Hub counts 1)"),
        (("loop/b",), "1 descendant · 1 child\n"),
    )
    for arguments, words in cases:
        text = command(small, "trace", *arguments).stdout
        assert words in text, (arguments, text)


def test_trace__in_the_terminal(small: Served, command: Run) -> None:
    done = command(small, "trace", "acme/leaf")
    assert done.returncode == 0, done.stderr
    text = done.stdout
    assert "acme/gone · ghost: not on the Hub: deleted, private, or never there" in text \
        or "acme/gone\n" in text  # fmt: skip
    assert "disabled on the Hub" in text
    assert "was acme/old" in text
    assert "gated" in text
    assert small.endpoint in text
    assert max(map(len, text.splitlines())) <= 80


def test_trace__an_id_in_another_case_is_not_renamed(small: Served, command: Run) -> None:
    small.data.add(record("acme/shouting", "ACME/MID"))
    told = orjson.loads(command(small, "trace", "Acme/Shouting", "--json").stdout)
    assert (told["model"], told["renamed_from"]) == ("acme/shouting", [])
    assert [p["model"] for p in told["parents"]] == ["acme/mid"]
    assert {a["model"] for a in told["ancestors"]} == {"acme/mid", "acme/base"}


def test_trace__json_offline_and_the_cache(small: Served, command: Run, tmp_path: Path) -> None:
    first = orjson.loads(command(small, "trace", "acme/mid", "--json").stdout)
    assert first["n_children"] == 6
    assert first["live"]["requests"] > 0
    again = orjson.loads(command(small, "trace", "acme/mid", "--json").stdout)
    assert again["live"]["requests"] == 0
    offline = command(small, "trace", "acme/mid", "--json", HF_HUB_OFFLINE="1")
    assert orjson.loads(offline.stdout)["children"] == first["children"]
    with sqlite3.connect(tmp_path / "assets" / "cladist" / "hub.sqlite") as cache:
        cache.execute("UPDATE answers SET stored = 1700000000")
    old = command(small, "trace", "acme/mid", "--json", HF_HUB_OFFLINE="1")
    assert orjson.loads(old.stdout)["live"]["observed_at"] == "2023-11-14T22:13:20Z"
    other = command(small, "trace", "acme/gated", HF_HUB_OFFLINE="1")
    assert other.returncode == 3
    assert "Offline mode is on" in other.stderr


def test_look_ups__live_compare_audit_bom(small: Served, command: Run) -> None:
    compared = orjson.loads(command(small, "compare", "acme/leaf", "acme/mid", "--json").stdout)
    assert compared["relationship"]["kind"] == "child"
    assert compared["card"] is not None
    audited = command(small, "audit", "acme/leaf", "--json", "--fail-on", "never")
    assert audited.returncode == 0
    assert orjson.loads(audited.stdout)["live"]["endpoint"] == small.endpoint
    bom = orjson.loads(command(small, "bom", "acme/mid").stdout)
    assert bom["metadata"]["component"]["name"] == "mid" or "acme/mid" in str(bom)


def test_live__says_what_was_meant_and_where_it_was_read(
    small: Served, command: Run, simulated: Snapshot
) -> None:
    near = command(small, "trace", "somebody/LEAF")
    assert (near.returncode, "Did you mean acme/leaf?" in near.stderr) == (2, True)
    forgotten = command(small, "trace", str(simulated.path))
    assert forgotten.returncode == 2
    assert f"-s {simulated.path}" in forgotten.stderr
    pasted = command(small, "audit", f"{small.endpoint}/acme/mid/tree/main", "--fail-on", "never",
                     HF_ENDPOINT=small.endpoint)  # fmt: skip
    assert pasted.returncode == 0, pasted.stderr
    audit = ("audit", "acme/mid", "--fail-on", "never", "--format")
    answers = [command(small, *a) for a in (("compare", "acme/mid", "acme/base"), (*audit, "html"),
                                            (*audit, "md"))]  # fmt: skip
    for told in (pasted, *answers):
        assert f"ead live from {small.endpoint}, 20" in told.stdout.replace("\\", "")


def test_errors__are_words_with_exit_codes(small: Served, command: Run) -> None:
    cases = [
        (small.endpoint, ("trace", "acme/gone"), {}, 2, "The Hub has no model"),
        (small.endpoint, ("trace", "acme/base", "-s", "x.snapshot", "--deep"), {}, 2, "--deep"),
        ("http://127.0.0.1:9", ("trace", "acme/base"), {}, 3, "cannot be reached"),
        (small.endpoint, ("trace", "acme/base"), {"HF_TOKEN": TOKEN}, 3, "not accept the token"),
    ]
    small.data.tokens = {"hf_other"}
    for endpoint, arguments, env, code, words in cases:
        done = command(endpoint, *arguments, **env)
        assert done.returncode == code, (arguments, done.stderr)
        assert words in done.stderr
        assert "Traceback" not in done.stderr
        assert TOKEN not in done.stderr


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault("slow", "models/acme/base", times=99, value=6), "it is slow"),
        (Fault("429", "models/acme/base", times=99), "does not say until when"),
        (Fault("429_retry_after", "models/acme/base", times=99, value=60), "opens again in 60 s"),
        (Fault("500", "models/acme/base", times=99), "HTTP 500"),
    ],
)
def test_live__patience_covers_waits_and_tries_and_shows_what_was_seen(
    small: Served, command: Run, monkeypatch: pytest.MonkeyPatch, fault: Fault, words: str
) -> None:
    monkeypatch.setattr("cladist.hub.live.PATIENCE", 1.0)
    small.conduct.faults = [fault]
    began = time.monotonic()
    done = command(small, "trace", "acme/leaf")
    assert time.monotonic() - began < 5
    assert done.returncode == 0, done.stderr
    assert "Not all was seen:" in done.stdout
    assert words in done.stdout
    assert "mid · mit" in done.stdout  # what was seen
    assert "generation not known" in done.stdout
    assert "acme/base · named, its record was not read" in done.stdout
    for name in ("audit", "bom"):  # they would conclude from what was not seen
        done = command(small, name, "acme/leaf")
        assert done.returncode == 3
        assert words in done.stderr
        assert "a fetch" not in done.stderr


def test_trace__lists_without_an_answer_leave_the_ancestors(
    small: Served, command: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cladist.hub.live.PATIENCE", 1.0)
    small.conduct.faults = [Fault("500", r"models\?", times=99)]
    told = orjson.loads(command(small, "trace", "acme/mid", "--json").stdout)
    assert [a["model"] for a in told["ancestors"]] == ["acme/base"]
    assert told["n_children"] == told["n_children_told"] == 6
    assert not told["live"]["complete"]
    assert "HTTP 500" in told["live"]["gave_up"]
    text = command(small, "trace", "acme/mid").stdout
    assert "at least 6 descendants · 6 children" in text


def test_trace__whole_says_that_it_waits(small: Served, command: Run) -> None:
    small.conduct.limits = {"api": (5, 2)}
    done = command(small, "trace", "acme/mid", "--whole")
    assert done.returncode == 0
    assert "rate limit is used up: waiting" in done.stderr
    assert "6 descendants" in done.stdout


def test_redirects__that_lead_nowhere_are_the_servers_fault(
    small: Served, command: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    small.data.renamed |= {"loop/a": "loop/b", "loop/b": "loop/a"}
    done = command(small, "trace", "loop/a")
    assert (done.returncode, "redirects in a circle" in done.stderr) == (3, True)
    elsewhere = Response(status_code=307, headers={"Location": "file:///etc/passwd"})
    monkeypatch.setattr(Hub, "_refused", lambda *_: elsewhere)
    done = command(small, "trace", "acme/base")
    assert done.returncode == 3
    assert "redirects to what is no address on the web" in done.stderr
    assert "HF_ENDPOINT" not in done.stderr


def test_live__from_python(small: Served) -> None:
    with cladist.live("acme/leaf", cards=True, client=small.client()) as seen:
        assert cladist.audit(seen.hub, "acme/leaf")["model"] == "acme/leaf"
        assert cladist.bom(seen.hub, "acme/leaf")["bomFormat"] == "CycloneDX"
        assert cladist.compare(seen.hub, "acme/leaf", "acme/mid")["relationship"]["kind"] == "child"
        found = seen.annotate(cladist.trace(seen.hub, "acme/leaf"))
        assert found["live"] == seen.facts()
        assert seen.facts()["complete"]


def test_fresh__offline_is_an_error(small: Served, command: Run) -> None:
    assert command(small, "trace", "acme/mid").returncode == 0
    done = command(small, "trace", "acme/mid", "--fresh", HF_HUB_OFFLINE="1")
    assert done.returncode == 3
    assert "--fresh asks the Hub again" in done.stderr


def test_trace__live_loads_neither_pandas_nor_scipy(small: Served, tmp_path: Path) -> None:
    """They are half of what a look-up loads; SciPy is needed only where merges join trees.

    Who asks for pandas afterwards still gets it.
    """
    script = (
        "import sys, cladist.cli; code = cladist.cli.run(sys.argv[1:]);"
        "print(code, sorted({'pandas', 'scipy'} & {*sys.modules}), file=sys.stderr);"
        "import pandas; print(pandas.DataFrame({'a': [1]}).shape, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "trace", "acme/base", "--relation", "finetune"],
        capture_output=True, text=True, env=environment(small.endpoint, tmp_path), check=False,
    )  # fmt: skip
    assert done.stderr.splitlines() == ["0 []", "(1, 1)"]
