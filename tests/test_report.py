"""The report: a folder that stands alone, says what the data support, and trusts no text in it."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import cladist
from cladist.analyses import ANALYSES, Analysis
from cladist.analysis import mutation
from cladist.errors import InputError
from cladist.provenance import Provenance
from cladist.report import findings, plan, words, write_report
from cladist.report.words import in_words
from cladist.result import Result
from cladist.views.terminal import short_id

HOSTILE = "<script>alert(1)</script>"
VOID = {"meta", "br", "link", "img", "input", "hr", "path", "line", "rect"}


def build(folder, records, name="hub"):
    source = folder / f"{name}.json"
    source.write_text(json.dumps(records))
    return cladist.build(source, folder / f"{name}.snapshot")


def record(model_id, *parents, **more):
    tags = [f"base_model:finetune:{p}" for p in parents]
    tags += more.pop("tags", [])
    return {"id": model_id, "tags": tags, "createdAt": "2024-05-01T00:00:00.000Z"} | more


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated")
    cladist.simulate(1200, folder / "demo.snapshot", seed=3)
    hub = cladist.open(folder / "demo.snapshot")
    written = write_report(hub, folder / "report", seed=1)
    return hub, folder / "report", written


class Page(HTMLParser):
    """What a reader's software meets: tags, attributes, text by tag."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.links, self.headings, self.open = [], [], [], [], []
        self.problems = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append((tag, found))
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "a":
            self.links.append(found.get("href", ""))
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self.problems += [k for k in found if k.startswith("on") or k in ("src", "xlink:href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        assert self.open, tag
        assert self.open.pop() == tag

    def all(self, tag):
        return [found for name, found in self.tags if name == tag]


def read(folder):
    return (folder / "index.html").read_text(encoding="utf-8")


# --- a folder that stands alone ------------------------------------------------------------------


def test_report_is_self_contained_and_well_formed(simulated):
    _, folder, _ = simulated
    text = read(folder)
    page = Page(text)
    assert page.open == []
    assert page.problems == []
    assert not page.all("script")
    assert not page.all("link")
    policy = [m for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    assert policy[0]["content"].startswith("default-src 'none'")
    outside = [u for u in page.links if ":" in u]
    assert outside == ["https://arxiv.org/abs/2508.06811"]
    assert "url(http" not in text
    assert len(page.ids) == len(set(page.ids))


def test_links_lead_to_files_and_anchors_that_exist(simulated):
    _, folder, _ = simulated
    page = Page(read(folder))
    inside = [u for u in page.links if ":" not in u]
    assert len(inside) > 60
    for link in inside:
        if link.startswith("#"):
            assert link[1:] in page.ids, link
        else:
            assert (folder / unquote(link)).is_file(), link


def test_report_is_accessible(simulated):
    _, folder, _ = simulated
    page = Page(read(folder))
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    steps = zip(page.headings, page.headings[1:], strict=False)
    assert all(after <= before + 1 for before, after in steps)
    assert all(s.get("role") == "img" and s.get("aria-label") for s in page.all("svg"))
    assert all(th.get("scope") in ("col", "colgroup", "row") for th in page.all("th"))
    assert len(page.all("table")) == len(page.all("caption"))
    assert all(d.get("aria-label") for d in page.all("div") if "tabindex" in d)


def test_every_table_of_every_result_is_written_with_its_provenance(simulated):
    hub, folder, written = simulated
    summary = json.loads((folder / "summary.json").read_bytes())
    named = {f["file"] for r in summary["results"].values() for f in r["files"].values()}
    held = {f"tables/{p.name}" for p in (folder / "tables").iterdir()}
    assert named == held
    assert written["tables"] == len(held)
    for result in summary["results"].values():
        for entry in result["files"].values():
            table = pq.read_table(folder / entry["file"])
            assert table.num_rows == entry["rows"]
            made = json.loads(table.schema.metadata[b"cladist"])
            assert made["snapshot_digest"] == hub.digest
            assert made["simulated"] is True


def test_summary_holds_every_run_and_owns_up_to_cut_tables(simulated):
    hub, folder, written = simulated
    summary = json.loads((folder / "summary.json").read_bytes())
    assert set(summary["results"]) == {r.name for r in plan.runs()}
    assert {r.analysis.name for r in plan.runs()} == set(ANALYSES)
    assert summary["snapshot_digest"] == hub.digest
    assert [h["name"] for h in summary["headline"]] == list(written["headline"])
    for result in summary["results"].values():
        assert len(result["table"]) == result["table_rows_here"] <= 100
        assert result["table_rows"] >= result["table_rows_here"]
        assert {"parameters", "n", "finding", "notes", "provenance"} <= set(result)


def test_figures_stand_alone_and_can_be_cited(simulated):
    hub, folder, written = simulated
    figures = sorted((folder / "figures").iterdir())
    assert len(figures) == written["figures"] > 25
    for path in figures:
        text = path.read_text(encoding="utf-8")
        assert text.startswith("<svg ")
        assert "SIMULATED DATA" in text
        # Lines of the foot may break anywhere between words.
        assert hub.digest[:12] in text
        assert "<script" not in text


def test_simulated_data_are_labelled_on_the_page(simulated):
    _, folder, written = simulated
    text = read(folder)
    assert json.loads((folder / "summary.json").read_text())["simulated"] is True
    assert "<title>SIMULATED DATA" in text
    assert 'class="simulated"' in text
    assert written["simulated"] is True


def test_headline_numbers_are_those_of_the_snapshot(simulated):
    hub, folder, written = simulated
    numbers = written["headline"]
    assert numbers["models"] == hub.counts["models"] + hub.counts["ghosts"]
    assert numbers["edges"] == hub.counts["edges"]
    shape = cladist.family_shape(hub)
    forest = shape.tables["forest"].to_pylist()[0]
    assert numbers["families"] == forest["families"] == shape.n
    assert numbers["largest_family"] == forest["largest"]
    assert numbers["generations"] == forest["deepest"]
    rows = cladist.mutation_rate(hub, trait="license", seed=1).table.to_pylist()
    assert numbers["licence_change"] == rows[0]["rate"]
    assert f"{numbers['models']:,}" in read(folder)


def test_same_snapshot_and_seed_give_the_same_bytes(simulated, tmp_path):
    hub, folder, _ = simulated
    again = tmp_path / "again"
    write_report(cladist.open(hub.path), again, seed=1)
    first = {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    second = {p.relative_to(again): p.read_bytes() for p in again.rglob("*") if p.is_file()}
    assert first == second


def test_no_path_of_the_machine_is_in_the_report(simulated):
    hub, folder, _ = simulated
    for path in [folder / "index.html", folder / "summary.json"]:
        assert str(hub.path.parent) not in path.read_text(encoding="utf-8")


# --- what strangers wrote ------------------------------------------------------------------------


def test_siblings_against_parent_and_child__in_words_for_both_definitions(simulated):
    """Every text and metric, both definitions, every weighting."""
    page = (simulated[1] / "index.html").read_text("utf-8")
    panel = page[page.index('class="block panel card"') :]
    panel = panel[: panel.index("</table>")]
    assert "Corrected" in panel
    assert "As published" in panel
    for metric in ("levenshtein", "bow", "tfidf", "bow_full", "tfidf_full", "licence", "task"):
        assert f'<th scope="row">{metric}</th>' in panel
    assert panel.count("<li>By ") == 5
    assert panel.count("every family weighs the same") == 5


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    attributes = '"><img src=x onerror=alert(2)>'
    records = [
        record("evil/base", pipeline_tag=HOSTILE, library_name=attributes,
               cardData={"license": HOSTILE, "language": "en", "datasets": [attributes]}),
        *(record(f"evil/child{i}", "evil/base", pipeline_tag=attributes, library_name=HOSTILE,
                 cardData={"license": "\u202emit\x07" if i % 2 else attributes,
                           "datasets": [HOSTILE]}) for i in range(6)),
        record("evil/</title><script>alert(3)</script>", "../../etc/passwd"),
        record("evil/loop", "evil/loop", f"evil/{HOSTILE}", "C:\\models\\<b>x</b>"),
        {"id": 17, "tags": [HOSTILE]},
    ]  # fmt: skip
    hub = build(folder, records, "hub <b>bold<")
    write_report(hub, folder / "report")
    return folder / "report"


def test_no_raw_tag_of_hostile_records_survives(hostile):
    text = read(hostile)
    page = Page(text)
    assert page.open == []
    assert page.problems == []
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "img", "b", "iframe", "object", "embed", "form", "base"}
    assert len(page.all("title")) == 1
    assert "&lt;script&gt;" in text
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f\x7f]", text)
    assert "\\u202e" in text


def test_no_file_name_comes_from_data(hostile, simulated):
    names = {p.relative_to(hostile) for p in hostile.rglob("*.parquet")}
    assert names == {p.relative_to(simulated[1]) for p in simulated[1].rglob("*.parquet")}
    for path in hostile.rglob("*"):
        assert re.fullmatch(r"[a-z0-9_-]+(\.[a-z]+)?", path.name), path


def test_hostile_figures_hold_no_script(hostile):
    for path in (hostile / "figures").iterdir():
        text = path.read_text(encoding="utf-8")
        assert "<script" not in text
        assert "<img" not in text
        assert "\u202e" not in text


@pytest.mark.slow
def test_browser_shows_the_hostile_report_without_complaint(hostile, tmp_path):
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        pytest.skip("no Chromium here")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
               "--disable-background-networking", "--disable-component-update", "--disable-sync",
               f"--user-data-dir={tmp_path}", "--enable-logging=stderr", "--v=0",
               "--virtual-time-budget=2000", "--dump-dom"]  # fmt: skip
    page = (hostile / "index.html").as_uri()
    ran = subprocess.run(
        [browser, *options, page], check=False, capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0
    assert "CONSOLE" not in ran.stderr
    assert "What is missing" in ran.stdout
    assert "<script" not in ran.stdout


# --- small and empty hubs ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ([], "no family"),
        ([record("a/x"), record("a/y", pipeline_tag="fill-mask")], "no model has a known parent"),
        ([record("a/x"), record("a/y", "a/x"), record("a/z", "a/y")], "There is one family"),
    ],
    ids=["no models", "no claims", "one family"],
)
def test_small_hubs_have_a_report_that_says_what_is_not_there(records, words, tmp_path):
    written = write_report(build(tmp_path, records), tmp_path / "report")
    text = read(tmp_path / "report")
    assert Page(text).open == []
    assert written["failed"] == {}
    assert words in text
    assert "Nothing to draw" in text
    assert "nan" not in re.sub(r"<[^>]*>", "", text).lower().split()


# --- the folder ----------------------------------------------------------------------------------


#: What a folder holds is the same for few analyses and for all.
FEW = {name: ANALYSES[name] for name in ("summary", "shape", "documentation")}


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    monkeypatch.setattr(plan, "ANALYSES", FEW)
    return build(tmp_path, [record("a/x"), record("a/y", "a/x")])


def test_an_older_report_is_replaced_and_nothing_left_beside(tiny, tmp_path):
    out = tmp_path / "deep" / "report"
    write_report(tiny, out)
    (out / "tables" / "older.parquet").write_bytes(b"")
    before = read(out)
    write_report(tiny, out)
    assert read(out) == before
    assert not (out / "tables" / "older.parquet").exists()
    assert [p.name for p in out.parent.iterdir()] == ["report"]


def test_an_empty_folder_is_used(tiny, tmp_path):
    (tmp_path / "report").mkdir()
    write_report(tiny, tmp_path / "report")
    assert (tmp_path / "report" / "index.html").is_file()


@pytest.mark.parametrize("name", ["notes.txt", "summary.json"])
def test_a_folder_that_is_no_report_is_left_alone(tiny, tmp_path, name):
    out = tmp_path / "mine"
    out.mkdir()
    (out / name).write_text("{}")
    with pytest.raises(InputError, match="no report of cladist") as problem:
        write_report(tiny, out)
    assert "--out" in problem.value.remedy
    assert (out / name).read_text() == "{}"


@pytest.mark.parametrize("name", ["notes.txt", "tables/mine.csv"])
def test_a_report_with_a_foreign_file_is_left_alone(tiny, tmp_path, name):
    out = tmp_path / "report"
    write_report(tiny, out)
    (out / name).write_text("precious")
    with pytest.raises(InputError, match=re.escape(name)):
        write_report(tiny, out)
    assert (out / name).read_text() == "precious"


def test_a_file_in_the_way_is_left_alone(tiny, tmp_path):
    (tmp_path / "report").write_text("precious")
    with pytest.raises(InputError, match="is a file"):
        write_report(tiny, tmp_path / "report")


def test_a_failure_leaves_the_older_report_whole(tiny, tmp_path, monkeypatch):
    out = tmp_path / "report"
    write_report(tiny, out)
    before = read(out)

    def fail(*_):
        raise RuntimeError("half way")

    monkeypatch.setattr("cladist.views.page.render", fail)
    with pytest.raises(RuntimeError, match="half way"):
        write_report(tiny, out)
    assert read(out) == before
    assert not [p.name for p in tmp_path.iterdir() if p.name.startswith(".report")]


# --- analyses added later ------------------------------------------------------------------------


def test_a_new_analysis_appears_by_itself_and_a_refusal_is_told(tiny, tmp_path, monkeypatch):
    class New(Analysis):
        def load(self):
            def run(hub, *, top=None):
                if self.name == "refusing":
                    raise InputError("It needs <cards>.", "Build with cards.")
                made = hub.provenance(analysis=self.name)
                held = {"table": pa.table({"thing": ["a<b"], "count": [7]})}
                return Result(self.name, "standard", "Counts of things.", {}, 7, held, made)

            return run

    added = {n: New(n, "", "", "a new one") for n in ("brand-new", "refusing")}
    monkeypatch.setattr(plan, "ANALYSES", {**FEW, **added})
    written = write_report(tiny, tmp_path / "report")
    text = read(tmp_path / "report")
    assert '<section class="part" id="brand-new">' in text
    assert "Counts of things." in text
    assert "a&lt;b" in text
    assert written["failed"] == {"refusing": "It needs <cards>."}
    assert "It needs &lt;cards&gt;." in text
    assert (tmp_path / "report" / "tables" / "brand-new-table.parquet").is_file()


# --- titles claim no more than the data support ---------------------------------------------------


def rates(*rows):
    columns = ("trait", "relation", "low", "high", "few_lineages")
    return [dict(zip(columns, r, strict=True)) for r in rows]


def test_mutation_title_needs_intervals_apart_from_all_others():
    apart = rates(("license", "all", 0.05, 0.15, False), ("datasets", "all", 0.5, 0.7, False),
                  ("language", "all", 0.2, 0.4, False))  # fmt: skip
    said = in_words(mutation.finding(apart, "relation"))
    assert said == "Most often changed: data set; least often: licence"
    overlapping = rates(("license", "all", 0.05, 0.25, False), ("datasets", "all", 0.3, 0.7, False),
                        ("language", "all", 0.2, 0.4, False))  # fmt: skip
    assert mutation.finding(overlapping, "relation") == ""


def test_mutation_title_ignores_rates_of_few_lineages():
    few = rates(("license", "all", 0.05, 0.15, True), ("datasets", "all", 0.5, 0.7, False))
    assert mutation.finding(few, "relation") == ""


@pytest.mark.parametrize(
    ("families", "title"),
    [(5, "Most frequent licence change: a\u00a0→\u00a0b"),
     (4, "Licence changes, most frequent first")],
)  # fmt: skip
def test_transition_title_names_no_change_of_few_families(families, title):
    made = Provenance("0", "x", "", False, (None, None), "a sample")
    table = pa.table({"source": ["a"], "target": ["b"], "count": [9.0], "families": [families]})
    result = Result("transitions", "standard", "", {"trait": "license"}, 9, {"table": table}, made)
    assert findings.transitions(result) == title


def test_dates_read_in_words():
    assert words.dates_read((None, None)) == "date of reading not stated"
    assert words.dates_read(("2024-07-11", "2024-07-11")) == "read 11 Jul 2024"
    assert words.dates_read(("2022-02-21", "2024-07-11")) == "read 21 Feb 2022 to 11 Jul 2024"


@pytest.mark.parametrize("length", [12, 20, 26])
@pytest.mark.parametrize("model_id", ["a/b", "owner/" + "n" * 40, "x" * 90, "a-long-owner-name/m"])
def test_short_ids_fit(model_id, length):
    assert 0 < len(short_id(model_id, length)) <= length


@pytest.mark.parametrize(
    "ends", [("a", "b"), ("a" * 40, "b"), ("a", "b" * 40), ("a" * 40, "b" * 40)]
)
def test_short_pairs_fit(ends):
    assert len(words.short_pair(*ends)) <= 26
