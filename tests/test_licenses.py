"""The catalogue of licences, what ids mean, and the rules, against cases worked by hand."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cladist.licenses.catalog import ESTABLISHED, OBLIGATIONS, license_color, licenses
from cladist.licenses.resolve import AMBIGUOUS, Resolved, _plain, resolve
from cladist.licenses.rules import (
    COMPATIBLE,
    KINDS,
    MEMBERS,
    NO_LICENSE,
    NOT_KNOWN,
    SEVERITIES,
    judge,
    judge_merge,
    severity,
)

#: The ids of huggingface/hub-docs, docs/hub/repositories-licenses.md, August 2026.
HUB_IDS = (
    "apache-2.0", "mit", "openrail", "bigscience-openrail-m", "creativeml-openrail-m",
    "bigscience-bloom-rail-1.0", "bigcode-openrail-m", "afl-3.0", "artistic-2.0", "bsl-1.0",
    "bsd", "bsd-2-clause", "bsd-3-clause", "bsd-3-clause-clear", "c-uda", "cc", "cc0-1.0",
    "cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0",
    "cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nd-4.0", "cc-by-nc-nd-3.0",
    "cc-by-nc-nd-4.0", "cc-by-nc-sa-2.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0",
    "cdla-sharing-1.0", "cdla-permissive-1.0", "cdla-permissive-2.0", "wtfpl", "ecl-2.0",
    "epl-1.0", "epl-2.0", "etalab-2.0", "eupl-1.1", "eupl-1.2", "agpl-3.0", "gfdl", "gpl",
    "gpl-2.0", "gpl-3.0", "lgpl", "lgpl-2.1", "lgpl-3.0", "isc", "h-research", "intel-research",
    "lppl-1.3c", "ms-pl", "apple-ascl", "apple-amlr", "mpl-2.0", "odc-by", "odbl", "openmdw-1.0",
    "openmdw-1.1", "openrail++", "osl-3.0", "postgresql", "ofl-1.1", "ncsa", "unlicense", "zlib",
    "pddl", "lgpl-lr", "deepfloyd-if-license", "fair-noncommercial-research-license", "llama2",
    "llama3", "llama3.1", "llama3.2", "llama3.3", "llama4", "grok2-community", "gemma",
    "unknown", "other",
)  # fmt: skip
KNOWN = sorted(set(licenses()) - {"other", "unknown"})
LABELS = [*KNOWN, NO_LICENSE, NOT_KNOWN]


def test_every_id_of_the_hub_is_in_the_catalogue():
    assert set(HUB_IDS) <= set(licenses())
    assert len(HUB_IDS) == 83


@pytest.mark.parametrize("name", sorted(licenses()))
def test_entries_are_whole(name: str):
    entry = licenses()[name]
    assert entry.families
    assert entry.established in ESTABLISHED
    assert entry.color in {"permissive", "share-alike", "use-restricted", "non-commercial",
                           "vendor", "other", "unstated"}  # fmt: skip
    for term in entry.terms:
        assert term.obligation in OBLIGATIONS
        assert term.clause
        assert term.url.startswith(("https://", "http://"))
        assert term.established in ESTABLISHED
    assert len({t.obligation for t in entry.terms}) == len(entry.terms)


def test_ids_that_others_mention_exist():
    mentioned = {*COMPATIBLE, *MEMBERS, *(i for s in COMPATIBLE.values() for i in s),
                 *(i for s in MEMBERS.values() for i in s)}  # fmt: skip
    assert mentioned <= set(licenses())


def test_spellings_never_make_one_licence_of_two():
    plain = [_plain(name) for name in licenses()]
    assert len(set(plain)) == len(plain)
    for name in KNOWN:
        assert resolve(name) == Resolved(name, "exact")
        assert resolve(name.upper()).id == name


@pytest.mark.parametrize(
    ("stated", "id_"),
    [
        ("Apache 2.0", "apache-2.0"), ("apache-2", "apache-2.0"), ("CC BY NC 4.0", "cc-by-nc-4.0"),
        ("Apache License, Version 2.0", "apache-2.0"), ("apache-license-2.0", "apache-2.0"),
        ("llama-3.1-community", "llama3.1"), ("MIT License", "mit"), ("GPLv3", "gpl-3.0"),
        ("gpl-3.0-or-later", "gpl-3.0"), ("cc0", "cc0-1.0"), ("BSD 3-Clause", "bsd-3-clause"),
        ("LLAMA 2 COMMUNITY LICENSE AGREEMENT", "llama2"), ("CC-BY-SA-4.0", "cc-by-sa-4.0"),
        ("inherits-base-model", None), ("license", None), ("", None), ("not specified", None),
        ("see-individual-model-repos", None),
    ],
)  # fmt: skip
def test_resolve__near_ids(stated: str, id_: str | None):
    assert resolve(stated).id == id_


@pytest.mark.parametrize(
    ("name", "link", "expected"),
    [
        ("yi-license", None, Resolved("yi", "name")),
        ("deepseek", None, Resolved("deepseek", "name")),
        ("qwen-research", None, Resolved("qwen-research", "name")),
        ("tongyi-qianwen-license-agreement", None, Resolved("tongyi-qianwen", "name")),
        ("flux-1-dev-non-commercial-license", None, Resolved("flux-1-dev-nc", "name")),
        (None, "https://ai.google.dev/gemma/terms", Resolved("gemma", "link")),
        ("yi-license", "https://ai.google.dev/gemma/terms", Resolved("gemma", "link")),
        (None, "LICENSE", Resolved(None, "unresolved")),
        ("modified-mit", None, Resolved(None, "ambiguous_name")),
        ("my own terms", None, Resolved(None, "unresolved")),
    ],
)
def test_resolve__behind_other(name, link, expected):
    assert resolve("other", name, link) == expected


def test_resolve__lists_and_nothing():
    assert resolve(None) == Resolved(None, "unstated")
    assert resolve([]) == Resolved(None, "unstated")
    assert resolve(["mit"]) == Resolved("mit", "exact")
    assert resolve(["mit", "mit"]).id == "mit"
    assert resolve(["mit", "apache-2.0"]) == Resolved(None, "several")
    assert resolve("unknown") == Resolved(None, "unresolved")


@given(st.text(max_size=80), st.text(max_size=40), st.text(max_size=60))
def test_resolve__never_raises_and_knows_what_it_names(stated, name, link):
    found = resolve(stated, name, link)
    assert found.id is None or found.id in licenses()
    if found.id is not None:
        assert resolve(found.id).id == found.id


def test_resolve__hostile_sizes_are_quick():
    start = time.perf_counter()
    for text in ("x" * 10**6, "-" * 10**6, "v1.0" * 250_000, "the " * 250_000, "\x00\x1b" * 10**5):
        assert resolve(text, text, text).id is None
    assert time.perf_counter() - start < 2


def of(ancestor: str, label: str, kind: str = "derivative") -> dict[str, str]:
    return {j.rule: j.severity for j in judge(ancestor, label, kind)}


def test_case_1__llama_3_labelled_apache():
    found = of("llama3", "apache-2.0")
    assert found["no_sublicense"] == "conflict"
    assert {r for r, s in found.items() if s == "obligation"} >= {
        "license_copy", "display", "name_prefix", "notice_text", "acceptable_use", "user_cap",
    }  # fmt: skip
    term = licenses()["llama3"].by_obligation["display"]
    assert (term.clause, term.detail) == ("1.b.i", "Built with Meta Llama 3")
    assert of("llama3", "llama3")["no_sublicense"] == "obligation"


def test_case_2__non_commercial_base_permissive_child():
    assert of("cc-by-nc-4.0", "mit")["noncommercial"] == "conflict"
    assert of("cc-by-nc-4.0", "mit", "adapter")["noncommercial"] == "conflict"
    assert of("cc-by-nc-4.0", "cc-by-nc-sa-4.0")["noncommercial"] == "obligation"


def test_case_3__gemma_to_mit_but_gemma_4_is_apache():
    assert of("gemma", "mit")["use_restrictions"] == "conflict"
    assert of("gemma", "gemma")["use_restrictions"] == "obligation"
    assert severity(judge("apache-2.0", "mit", "derivative")) == "obligation"


def test_case_4__rail_passed_on_or_not():
    assert of("creativeml-openrail-m", "creativeml-openrail-m")["use_restrictions"] == "obligation"
    assert of("creativeml-openrail-m", "mit")["use_restrictions"] == "conflict"
    assert of("openrail++", "creativeml-openrail-m")["use_restrictions"] == "review"
    assert of("creativeml-openrail-m", "openrail")["use_restrictions"] == "review"


def test_case_5__apache_to_an_mit_adapter():
    found = of("apache-2.0", "mit", "adapter")
    assert set(found.values()) == {"obligation"}


def test_case_6__merge_of_apache_and_non_commercial():
    assert judge_merge("apache-2.0", "cc-by-nc-4.0") == ()
    assert of("cc-by-nc-4.0", "apache-2.0")["noncommercial"] == "conflict"
    assert of("cc-by-nc-4.0", "cc-by-nc-4.0")["noncommercial"] == "obligation"


def test_case_7__gpl():
    assert of("gpl-3.0", "apache-2.0")["same_license"] == "conflict"
    assert of("gpl-3.0", "gpl-3.0")["same_license"] == "obligation"
    assert of("gpl-3.0", "agpl-3.0")["same_license"] == "obligation"
    assert of("gpl-3.0", "mit", "adapter")["same_license"] == "review"
    assert {j.rule for j in judge_merge("gpl-3.0", "gemma")} == {"merge_restrictions_copyleft"}
    assert {j.severity for j in judge_merge("gpl-2.0", "cc-by-sa-4.0")} == {"conflict"}
    assert judge_merge("gpl-3.0", "cc-by-sa-4.0") == ()
    assert of("gpl-3.0", "gpl-3.0")["source"] == "review"


def test_case_8__no_derivatives():
    assert of("cc-by-nd-4.0", "cc-by-nd-4.0")["no_derivatives"] == "conflict"
    assert of("cc-by-nd-4.0", "mit", "copy")["no_derivatives"] == "review"
    assert of("cc-by-nd-4.0", "mit", "adapter")["no_derivatives"] == "review"


def test_case_9__a_label_that_is_missing_neither_keeps_nor_breaks():
    for label in (NO_LICENSE, NOT_KNOWN):
        found = of("llama3.1", label)
        assert found["no_sublicense"] == "review"
        assert "conflict" not in found.values()


def test_case_10__what_was_not_read_goes_to_review():
    assert licenses()["qwen-research"].term("noncommercial").established == "general"
    assert of("qwen-research", "apache-2.0")["noncommercial"] == "review"


def test_case_11__names_must_begin_with_llama():
    assert licenses()["llama3.1"].term("name_prefix").detail == "Llama"
    assert licenses()["llama3"].term("name_prefix").detail == "Llama 3"
    assert licenses()["llama2"].term("name_prefix") is None


def test_case_12__regions_are_notices():
    assert of("llama3.2", "llama3.2")["territory"] == "obligation"
    assert "territory" not in of("llama3.1", "llama3.1")
    assert of("tencent-hunyuan-community", "mit")["use_restrictions"] == "conflict"


def test_permissive_to_stricter_is_no_conflict():
    assert severity(judge("apache-2.0", "cc-by-nc-4.0", "derivative")) == "obligation"


@given(st.sampled_from(KNOWN), st.sampled_from(LABELS), st.sampled_from(KINDS))
def test_judge__only_what_was_read_can_conflict(ancestor, label, kind):
    for found in judge(ancestor, label, kind):
        assert found.severity in SEVERITIES
        if found.severity == "conflict":
            assert found.term.sure
            assert found.term.established in ("full", "clause")
    if label == ancestor and "no_derivatives" not in of(ancestor, label, kind):
        assert severity(judge(ancestor, label, kind)) != "conflict"


@given(st.sampled_from(KNOWN), st.sampled_from(LABELS))
def test_judge__going_further_is_never_milder(ancestor, label):
    grave = [SEVERITIES.index(severity(judge(ancestor, label, kind))) for kind in KINDS]
    assert grave[2] >= max(grave[:2])


@given(st.sampled_from(KNOWN), st.sampled_from(KNOWN))
def test_merge__the_order_of_parents_changes_nothing(first, second):
    assert judge_merge(first, second) == judge_merge(second, first)
    assert judge_merge(first, first) == ()


def test_colours():
    assert license_color("mit") == "permissive"
    assert license_color("gemma") == "vendor"
    assert license_color("cc-by-nc-4.0") == "non-commercial"
    assert license_color("gpl-3.0") == "share-alike"
    assert license_color("creativeml-openrail-m") == "use-restricted"
    assert license_color("never-heard-of") == "other"
    assert license_color(None) == "unstated"
    assert AMBIGUOUS.isdisjoint(map(_plain, licenses()))
