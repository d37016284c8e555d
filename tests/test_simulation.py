"""What a simulated hub tells: its truth beside the data, and everywhere that it is simulated."""

from __future__ import annotations

import gzip
import inspect
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import cladist
from cladist.cli.app import app
from cladist.errors import InputError
from cladist.sources.synthetic import Dirt, SyntheticHub, published, simulate_hub
from cladist.sources.synthetic.breeds import BREEDS
from cladist.sources.synthetic.kernels import directed_targets, own_targets
from cladist.sources.synthetic.options import OPTIONS
from cladist.sources.synthetic.rows import row_blocks
from cladist.sources.synthetic.truth import TRUTH_FILES
from cladist.vocab import RELATIONS

MODELS, SEED = 800, 21
NONE = asdict(Dirt.none())
FORMATS = ("snapshot", "records", "hub_stats", "modelbiome", "repositories")


@pytest.fixture(scope="module")
def hub() -> SyntheticHub:
    return simulate_hub(MODELS, SEED)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every format with the truth beside it, by the command line."""
    folder = tmp_path_factory.mktemp("told")
    for kind in FORMATS:
        words = ["simulate", "--models", str(MODELS), "--seed", str(SEED), "--format", kind,
                 "--out", str(folder / kind), "--truth", str(folder / f"truth of {kind}"),
                 "--json", "--quiet"]  # fmt: skip
        done = CliRunner().invoke(app, words, catch_exceptions=False)
        assert done.exit_code == 0
        assert orjson.loads(done.stdout)["simulated"] is True
    return folder


@pytest.fixture(scope="module")
def truth(told: Path) -> dict[str, pa.Table]:
    folder = told / "truth of snapshot"
    return {p.stem: pq.read_table(p) for p in folder.glob("*.parquet")}


def test_truth__is_the_same_beside_every_format_and_in_python(told: Path, tmp_path: Path) -> None:
    cladist.simulate(MODELS, tmp_path / "hub", seed=SEED, format="records",
                     truth=tmp_path / "truth")  # fmt: skip
    for name in TRUTH_FILES:
        expected = (tmp_path / "truth" / name).read_bytes()
        for kind in FORMATS:
            assert (told / f"truth of {kind}" / name).read_bytes() == expected
    assert {p.name for p in (tmp_path / "truth").iterdir()} == set(TRUTH_FILES)


def test_truth__has_the_true_parents(hub: SyntheticHub, truth: dict[str, pa.Table]) -> None:
    births, ids = hub.births, hub.model_id.to_pylist()
    edges = truth["edges"].to_pylist()
    assert len(edges) == len(births.child)
    for edge, child, parent, relation in zip(
        edges, births.child, births.parent, births.relation, strict=True
    ):
        assert edge["child"] == ids[child]
        assert edge["parent"] == ids[parent]
        assert edge["relation"] == RELATIONS[relation]
        assert edge["primary"] == (births.primary[child] == parent)


def test_truth__has_every_model_and_all_its_traits(
    hub: SyntheticHub, truth: dict[str, pa.Table]
) -> None:
    models = truth["models"]
    assert models["model_id"].to_pylist() == hub.model_id.to_pylist()
    assert models["ghost"].to_pylist() == hub.ghost.tolist()
    for trait in ("license", "pipeline_tag", "library_name", "datasets"):
        values = hub.truth.kernels[trait].values
        assert models[trait].to_pylist() == [values[c] for c in hub.traits.code(trait)]
        assert models[f"states_{trait}"].to_pylist() == hub.traits.stated[trait].tolist()
    assert models["language"].null_count == 0


def test_truth__has_the_matrices_and_rates(hub: SyntheticHub, truth: dict[str, pa.Table]) -> None:
    every = truth["matrices"].to_pylist()
    for trait in ("license", "pipeline_tag", "library_name"):
        kernel = hub.truth.kernels[trait]
        for relation in RELATIONS:
            rows = [r for r in every if (r["trait"], r["relation"]) == (trait, relation)]
            matrix = np.zeros((len(kernel.values),) * 2)
            place = {v: k for k, v in enumerate(kernel.values)}
            for row in rows:
                matrix[place[row["source"]], place[row["target"]]] = row["probability"]
            np.testing.assert_allclose(matrix, kernel.matrix(relation))
            np.testing.assert_allclose(matrix.sum(axis=1), 1.0)
    traits = set(truth["rates"]["trait"].to_pylist())
    assert traits == {"license", "pipeline_tag", "library_name", "language", "datasets"}


def test_truth__has_every_option_and_what_was_planted(
    hub: SyntheticHub, told: Path, truth: dict[str, pa.Table]
) -> None:
    options = orjson.loads((told / "truth of records" / "options.json").read_bytes())
    asked = set(inspect.signature(simulate_hub).parameters) - {"dirt"}
    assert asked | set(Dirt.__dataclass_fields__) <= set(options)
    assert (options["models"], options["seed"], options["simulated"]) == (MODELS, SEED, True)
    assert options["conventions"]["stated"]["license"]["finetune"] > 0
    planted = truth["planted"]["what"].to_pylist()
    for name, found in hub.truth.planted.items():
        assert planted.count(name) == found.size
    assert dict(zip(*truth["aliases"].to_pydict().values(), strict=True)) == hub.truth.aliases


def test_truth__is_in_nothing_that_a_reader_sees(told: Path) -> None:
    """No word of the truth stands in any file: names of breeds, columns, kinds of dirt."""
    words = {b.name for b in BREEDS if "-" in b.name} | {
        "states_license", "breed", "planted", "recreated", "missing_licenses", "old_ids",
        "long_cycles", "other_bases", "loyalty", "ageing"}  # fmt: skip
    seen = 0
    for kind in FORMATS:
        place = told / kind
        for path in sorted(p for p in (place, *place.rglob("*")) if p.is_file()):
            for text in texts(path):
                seen += len(text)
                assert not [w for w in words if w in text], path
    assert seen > 10**6


def texts(path: Path) -> list[str]:
    """Return what a file says: of Parquet its schema, metadata and columns of texts."""
    data = path.read_bytes()
    if data[:4] == b"PAR1":
        table = pq.read_table(path)
        return [str(table.schema), str(table.schema.metadata), *(
            str(table[c].to_pylist()) for c in table.column_names)]  # fmt: skip
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    return [str(path), data.decode("utf-8", "replace")]


def test_records_do_not_depend_on_what_is_not_stated(hub: SyntheticHub) -> None:
    """Other latent values where a model is silent: the same records to the last byte."""
    changed = {}
    for trait in ("license", "pipeline_tag", "library_name", "language", "datasets"):
        code, stated = hub.traits.code(trait), hub.traits.stated[trait]
        assert (~stated).any()
        changed[trait] = np.where(stated, code, (code + 1) % 5).astype(code.dtype)
    other = replace(hub, traits=replace(hub.traits, **changed))
    pairs = zip(row_blocks(hub, card_text=True), row_blocks(other, card_text=True), strict=True)
    assert all(one.equals(two) for one, two in pairs)


def test_ghosts_have_no_record() -> None:
    hub = simulate_hub(500, SEED, dirt=Dirt(ghosts=0.5))
    ids = set(hub.model_id.filter(pa.array(hub.ghost)).to_pylist())
    rows = pa.concat_tables(row_blocks(hub))
    assert ids
    assert not ids & set(rows["id"].to_pylist())


@pytest.mark.parametrize("kind", FORMATS)
def test_simulated__in_the_manifest_of_every_format(told: Path, tmp_path: Path, kind: str) -> None:
    place = told / kind
    if kind != "snapshot":
        place = tmp_path / "built.snapshot"
        cladist.build(told / kind, place)
    manifest = orjson.loads((place / "manifest.json").read_bytes())
    assert manifest["simulated"] is True
    assert cladist.open(place).simulated


def test_simulated__not_in_the_manifest_of_other_data(tmp_path: Path) -> None:
    (tmp_path / "hub.jsonl").write_text('{"id": "a/b", "tags": ["base_model:finetune:c/d"]}\n')
    assert not cladist.build(tmp_path / "hub.jsonl", tmp_path / "hub.snapshot").simulated


OWN = """
models = 300
seed = 3
ageing = 0.2
silence = 0.1
[dirt]
ghosts = 0.1
[mutation.license]
finetune = 0.5
[mutation.pipeline_tag.finetune]
fill-mask = 0.9
"*" = 0.1
[relations]
merge = 0.05
finetune = 0.3
"""


def simulated(folder: Path, *words: str) -> None:
    done = CliRunner().invoke(
        app, ["simulate", "--format", "records", "--out", str(folder / "hub.jsonl.gz"), "--truth",
              str(folder / "truth"), "--quiet", *words], catch_exceptions=False,
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr


def test_options__of_a_truth_make_the_same_hub_again(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(OWN)
    simulated(tmp_path / "a", "--options", str(tmp_path / "own.toml"))
    simulated(tmp_path / "b", "--options", str(tmp_path / "a/truth/options.json"))
    for name in ("hub.jsonl.gz", *(f"truth/{n}" for n in TRUTH_FILES)):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    options = orjson.loads((tmp_path / "a/truth/options.json").read_bytes())
    assert (options["models"], options["ageing"], options["ghosts"]) == (300, 0.2, 0.1)
    assert options["mutation"]["license"] == {"finetune": {"*": 0.5}}
    rates = pq.read_table(tmp_path / "a/truth/rates.parquet").to_pylist()
    told = {r["value"]: r["rate"] for r in rates
            if (r["trait"], r["relation"]) == ("pipeline_tag", "finetune")}  # fmt: skip
    assert told["fill-mask"] == 0.9
    assert told["translation"] == 0.1


def test_options__of_the_command_line_go_before(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(OWN)
    simulated(tmp_path, "--options", str(tmp_path / "own.toml"), "--models", "80", "--dirt",
              "ghosts=0", "--no-cards", "--neutral")  # fmt: skip
    options = orjson.loads((tmp_path / "truth/options.json").read_bytes())
    assert (options["models"], options["seed"], options["ghosts"]) == (80, 3, 0)
    assert (options["cards"], options["neutral"]) == (False, True)


@pytest.mark.parametrize("text", [
    "modls = 3", "models = '3'", "models = true", "models = -1", "silence = 'x'", "seed = 1.5",
    "ageing = 1", "dirt = 3", "relations = []", '{"models": ', '{"simulated": 1, "habit": null}',
    "[dirt]\nghosts = 'a'", "[dirt]\nghost = 0.1", "[relations]\nfinetune = 'x'",
    "[relations]\nfinetunes = 0.1", "[mutation]\nlicense = 3", "[mutation]\nlicence = {}",
    "[mutation.license]\nfinetune = 'x'", "[mutation.license]\nfinetune = 2",
    "[mutation.license.finetune]\nmti = 0.2", "[mutation.language.finetune]\nen = 0.2",
    "[transitions.license]\nfinetune = 1", "[transitions.license.finetune]\nmit = 1",
    "[transitions.license.finetune.mit]\nmit = 1",
    "[transitions.license.finetune.mit]\ngemma = 0.8\ncc = 0.4",
    "[transitions.license.finetune.mti]\ngemma = 0.8",
    "[transitions.license.finetune.mit]\ngema = 0.8",
    "[transitions.language.finetune.en]\nfr = 0.8",
    "neutral = true\n[transitions.license.finetune.mit]\ngemma = 0.8",
    "\x00", "[[[", '{"a":' * 2000,
])  # fmt: skip
def test_options__that_cannot_be_used_are_told(text: str, tmp_path: Path) -> None:
    (tmp_path / "own").write_text(text)
    done = CliRunner().invoke(app, ["simulate", "--options", str(tmp_path / "own"), "--out",
                                    str(tmp_path / "x"), "--quiet"])  # fmt: skip
    assert isinstance(done.exception, InputError)
    assert not (tmp_path / "x").exists()


shares = st.dictionaries(st.sampled_from(["mit", "gemma", "cc", "llama3"]),
                         st.floats(0, 0.25), max_size=4)  # fmt: skip


@given(own=st.dictionaries(st.sampled_from(["*", "finetune", "merge"]),
                           st.dictionaries(st.sampled_from(["*", "apache-2.0", "other"]), shares,
                                           max_size=3), max_size=3))  # fmt: skip
def test_transitions__of_ones_own_leave_matrices_of_probabilities(
    own: dict[str, dict[str, dict[str, float]]],
) -> None:
    values = list(published.counts("license"))
    weights = np.array(list(published.counts("license").values()), dtype=float)
    usual = np.broadcast_to(directed_targets(weights, 0.6), (len(RELATIONS), *2 * (len(values),)))
    found = own_targets("license", usual, own)
    np.testing.assert_allclose(found.sum(axis=2), 1.0)
    assert (found >= 0).all()
    assert not found[:, np.arange(len(values)), np.arange(len(values))].any()
    for relation, rows in own.items():
        for source, row in rows.items():
            if relation != "*" and source != "*":
                at = found[RELATIONS.index(relation), values.index(source)]
                for target, share in row.items():
                    assert at[values.index(target)] == pytest.approx(
                        share or at[values.index(target)]
                    )
    untouched = RELATIONS.index("adapter")
    if "*" not in own:
        np.testing.assert_array_equal(found[untouched], usual[untouched])


def test_transitions__of_ones_own_are_found_again_by_the_public_way(tmp_path: Path) -> None:
    mutation = {"license": {"finetune": {"mit": 0.5, "apache-2.0": 0.3, "*": 0.0}}}
    flows = {"license": {"finetune": {"mit": {"gemma": 0.7, "cc": 0.3},
                                      "apache-2.0": {"mit": 1.0}}}}  # fmt: skip
    cladist.simulate(6_000, tmp_path / "hub.parquet", format="hub_stats", cards=False, dirt=NONE,
                     giants=False, relations={"finetune": 0.6}, mutation=mutation,
                     transitions=flows)  # fmt: skip
    hub = cladist.build(tmp_path / "hub.parquet", tmp_path / "hub.snapshot")
    rows = cladist.transition_counts(hub, trait="license").table.to_pylist()
    count = {(r["source"], r["target"]): r["count"] for r in rows}
    assert {s for s, _ in count} == {"mit", "apache-2.0"}
    assert {t for s, t in count if s == "apache-2.0"} == {"mit"}
    gemma, cc = count["mit", "gemma"], count["mit", "cc"]
    assert gemma / (gemma + cc) == pytest.approx(0.7, abs=5 * (0.21 / (gemma + cc)) ** 0.5)
    assert gemma + cc > 100


@pytest.mark.parametrize("kind", ["records", "hub_stats", "modelbiome", "repositories"])
def test_out__is_whole_or_not_there(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cladist.sources.synthetic.write._record", fails)
    monkeypatch.setattr("cladist.sources.synthetic.write._expanded", fails)
    monkeypatch.setattr("cladist.sources.synthetic.folders._parents", fails)
    monkeypatch.setattr("cladist.sources.synthetic.write.pq.ParquetWriter.write_table", fails)
    with pytest.raises(KeyboardInterrupt):
        cladist.simulate(50, tmp_path / "hub", format=kind, truth=tmp_path / "truth")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["records", "hub_stats", "modelbiome", "repositories"])
def test_out__nothing_of_anybodys_is_replaced(kind: str, tmp_path: Path) -> None:
    cladist.simulate(30, tmp_path / "hub", format=kind)
    before = sorted(p.name for p in (tmp_path / "hub").glob("*"))
    with pytest.raises(InputError, match=r"is there already|not empty"):
        cladist.simulate(20, tmp_path / "hub", seed=1, format=kind)
    assert sorted(p.name for p in (tmp_path / "hub").glob("*")) == before
    if kind == "repositories":
        with pytest.raises(InputError, match="not empty"):
            cladist.simulate(20, tmp_path / "hub", seed=1, format=kind, replace=True)
    else:
        cladist.simulate(20, tmp_path / "hub", seed=1, format=kind, replace=True)
        hub = cladist.build(tmp_path / "hub", tmp_path / "hub.snapshot", source=kind)
        assert hub.counts["models"] == 20


def test_out__a_folder_is_no_place_for_a_file(tmp_path: Path) -> None:
    (tmp_path / "hub").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        cladist.simulate(20, tmp_path / "hub", format="records", replace=True)
    cladist.simulate(20, tmp_path / "hub", format="repositories")


def test_truth__does_not_lie_in_the_hub_and_replaces_nothing(tmp_path: Path) -> None:
    for inside in ("hub", "hub/truth", "../" + tmp_path.name + "/hub"):
        with pytest.raises(InputError, match="in the hub itself"):
            cladist.simulate(20, tmp_path / "hub", format="repositories", truth=tmp_path / inside)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/models.parquet").write_text("mine")
    with pytest.raises(InputError, match="is there already"):
        cladist.simulate(20, tmp_path / "hub", truth=tmp_path / "mine")
    with pytest.raises(InputError, match="is a file"):
        cladist.simulate(20, tmp_path / "hub", truth=tmp_path / "mine/models.parquet")
    assert (tmp_path / "mine/models.parquet").read_text() == "mine"
    assert not (tmp_path / "hub").exists()


@pytest.mark.parametrize("wrong", [
    {"models": "10"}, {"models": 10.5}, {"models": None}, {"models": float("nan")},
    {"models": True}, {"seed": "1"}, {"seed": 1.5}, {"seed": None}, {"dirt": {"ghosts": "0.1"}},
    {"mutation": {"license": 0.5}}, {"silence": "x"}, {"loyalty": None},
    {"relations": "finetune"}, {"nosuch": 1}, {"truth": 5}, {"truth": ""}, {"neutral": "no"},
    {"cards": "no"}, {"giants": 1}, {"out": "-"}, {"out": " "}, {"out": None}, {"seed": -1},
    {"models": 60_000, "format": "repositories"}, {"cards": False, "format": "repositories"},
])  # fmt: skip
def test_simulate__says_which_argument_is_wrong(wrong: dict[str, object], tmp_path: Path) -> None:
    given = {"models": 10, "out": tmp_path / "hub"} | wrong
    with pytest.raises(InputError):
        cladist.simulate(**given)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_simulate__takes_kinds_of_dirt_by_name_or_in_a_table(tmp_path: Path) -> None:
    for name, own in (("a", {"ghosts": 0.5}), ("b", {"dirt": {"ghosts": 0.5}})):
        cladist.simulate(300, tmp_path / name, format="records", **own)  # type: ignore[arg-type]
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    (tmp_path / "own").write_text('{"models": 300, "dirt": null, "silence": null, "seed": 0}')
    simulated(tmp_path, "--options", str(tmp_path / "own"), "--dirt", "ghosts=0.5")
    assert (
        gzip.decompress((tmp_path / "hub.jsonl.gz").read_bytes()) == (tmp_path / "a").read_bytes()
    )


def test_simulate__takes_numbers_of_numpy(tmp_path: Path) -> None:
    told = cladist.simulate(np.int64(12), tmp_path / "hub", seed=np.int32(1), silence=None,
                            habit=np.float64(0.1), truth=tmp_path / "truth")  # fmt: skip
    assert told["models"] == 12


def test_docs__tell_every_kind_of_dirt_and_every_option() -> None:
    page = (Path(__file__).parents[1] / "docs/simulator.md").read_text("utf-8")
    for kind, rate in asdict(Dirt()).items():
        row = next(line for line in page.splitlines() if line.startswith(f"| `{kind}` |"))
        assert float(row.split("|")[2]) == rate
    assert not [name for name in OPTIONS if f"`{name}`" not in page]


def test_files__of_a_simulated_hub_say_so_by_themselves(told: Path, tmp_path: Path) -> None:
    hub = str(told / "snapshot")

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, [*words], catch_exceptions=False)
        assert done.exit_code == 0
        return done.output

    for suffix in ("csv", "parquet"):
        run("analyze", "mutation", hub, "--out", str(tmp_path / f"m.{suffix}"), "--quiet")
        assert "models" in run("export", hub, "--format", suffix, "--out", str(tmp_path / suffix))
    assert (tmp_path / "m.csv").read_text().splitlines()[0].endswith(',"simulated"')
    for name in ("nodes", "edges"):
        lines = (tmp_path / f"csv/{name}.csv").read_text().splitlines()
        assert lines[0].endswith(',"simulated"')
        assert all(line.endswith(",true") for line in lines[1:])
        about = pq.read_schema(tmp_path / f"parquet/{name}.parquet").metadata
        assert about[b"simulated"] == b"true"
    about = orjson.loads(pq.read_schema(tmp_path / "m.parquet").metadata[b"cladist"])
    assert about["simulated"] is True
    assert "SIMULATED" in run("validate", hub)
    assert "SIMULATED" in run("sql", hub, "SELECT 1 AS one")
    assert "simulated models" in run("export", hub, "--out", str(tmp_path / "hub.graphml"))
