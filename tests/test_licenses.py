"""The catalogue of licences, what ids mean, and the rules, against cases worked by hand."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cladist.licenses.catalog import (
    ESTABLISHED,
    OBLIGATIONS,
    find,
    license_color,
    licenses,
    passed_on,
    replaced,
)
from cladist.licenses.meeting import MERGE_RULES, judge_meeting
from cladist.licenses.resolve import AMBIGUOUS, Resolved, _plain, resolve
from cladist.licenses.rules import (
    COMBINABLE,
    COMPATIBLE,
    KINDS,
    MEMBERS,
    NO_LICENSE,
    NOT_KNOWN,
    REASONS,
    SEVERITIES,
    judge,
    severity,
)
from cladist.licenses.words import explain

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
        # Words of the one who read it are no detail.
        assert not term.detail.startswith(("yes", "no:", " ", '"'))
        assert term.detail == term.detail.strip()
        assert term.detail.count("(") == term.detail.count(")")
    assert len({t.obligation for t in entry.terms}) == len(entry.terms)


def test_spdx_ids_are_on_the_list_of_spdx():
    from license_expression import get_spdx_licensing

    known = get_spdx_licensing().known_symbols
    ids = {entry.spdx for entry in licenses().values() if entry.spdx}
    # Ids without "only" or "or later" are deprecated, and all that the Hub says.
    bare = {"GPL-2.0", "GPL-3.0", "AGPL-3.0", "LGPL-2.1", "LGPL-3.0"}
    assert {f"{i}-only" for i in bare} <= set(known)
    assert ids - bare <= set(known)
    assert bare <= ids


def test_ids_that_others_mention_exist():
    mentioned = {*COMPATIBLE, *COMBINABLE, *MEMBERS}
    for table in (COMPATIBLE, COMBINABLE, MEMBERS):
        mentioned |= {i for ids in table.values() for i in ids}
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


def of(ancestor: str, label: str, kind: str = "derivative", **more: bool) -> dict[str, str]:
    return {j.rule: j.severity for j in judge(ancestor, label, kind, **more)}


def met(first: str, second: str) -> dict[str, str]:
    return {clash.rule: clash.severity for clash in judge_meeting(first, second)}


def test_case_1__llama_3_labelled_apache():
    found = of("llama3", "apache-2.0")
    assert found["no_sublicense"] == "conflict"
    assert {r for r, s in found.items() if s == "obligation"} >= {
        "license_copy", "display", "name_prefix", "notice_text", "acceptable_use", "user_cap",
    }  # fmt: skip
    term = licenses()["llama3"].by_obligation["display"]
    assert (term.clause, term.detail) == ("1.b.i", "Built with Meta Llama 3")
    assert of("llama3", "llama3")["no_sublicense"] == "obligation"
    # Clause 5.b leaves an author's own changes to the author: an adapter alone may be no more.
    assert of("llama3", "apache-2.0", "adapter")["no_sublicense"] == "review"
    assert of("llama3", "apache-2.0", "copy")["no_sublicense"] == "conflict"
    assert of("llama3", "llama3.1")["no_sublicense"] == "review"


def test_case_2__non_commercial_base_permissive_child():
    assert of("cc-by-nc-4.0", "mit")["noncommercial"] == "conflict"
    assert of("cc-by-nc-4.0", "mit", "adapter")["noncommercial"] == "conflict"
    assert of("cc-by-nc-4.0", "cc-by-nc-sa-4.0")["noncommercial"] == "obligation"
    assert of("cc-by-nc-4.0", "llama3.1")["noncommercial"] == "conflict"
    assert of("cc-by-nc-4.0", "cc")["noncommercial"] == "review"  # which of them is not said


def test_case_3__gemma_to_mit_but_gemma_4_is_apache():
    assert of("gemma", "mit")["use_restrictions"] == "conflict"
    assert of("gemma", "mit", "adapter")["use_restrictions"] == "conflict"  # 1.1(e)(i)-(ii)
    assert of("gemma", "gemma")["use_restrictions"] == "obligation"
    assert severity(judge("apache-2.0", "mit", "derivative")) == "obligation"


def test_case_4__rail_passed_on_or_not():
    assert of("creativeml-openrail-m", "creativeml-openrail-m")["use_restrictions"] == "obligation"
    assert of("creativeml-openrail-m", "mit")["use_restrictions"] == "conflict"
    assert of("creativeml-openrail-m", "cc-by-nc-4.0")["use_restrictions"] == "conflict"
    assert of("openrail++", "creativeml-openrail-m")["use_restrictions"] == "review"
    assert of("creativeml-openrail-m", "openrail")["use_restrictions"] == "review"
    # The bare word names no text: nothing conflicts with it.
    assert of("openrail", "mit")["use_restrictions"] == "review"


def test_case_5__apache_to_an_mit_adapter():
    found = of("apache-2.0", "mit", "adapter")
    assert set(found.values()) == {"obligation"}
    terms = licenses()["apache-2.0"].by_obligation
    assert {t.clause for t in terms.values()} == {"4(a)", "4(b)", "4(c)", "4(d)"}


def test_case_6__merge_of_apache_and_non_commercial():
    assert met("apache-2.0", "cc-by-nc-4.0") == {}
    assert of("cc-by-nc-4.0", "apache-2.0")["noncommercial"] == "conflict"
    assert of("cc-by-nc-4.0", "cc-by-nc-4.0")["noncommercial"] == "obligation"
    assert of("mrl", "apache-2.0")["research_only"] == "conflict"
    assert of("mrl", "cc-by-nc-4.0")["research_only"] == "review"


def test_case_7__gpl():
    assert of("gpl-3.0", "apache-2.0")["same_license"] == "conflict"
    assert of("agpl-3.0", "mit")["same_license"] == "conflict"
    assert of("gpl-3.0", "gpl-3.0")["same_license"] == "obligation"
    # Clause 13 lets the two be combined; it does not relabel.
    assert of("gpl-3.0", "agpl-3.0")["same_license"] == "review"
    assert of("gpl-3.0", "mit", "adapter")["same_license"] == "review"
    assert of("gpl-3.0", "gpl-3.0")["source"] == "review"
    assert met("gpl-3.0", "gemma") == {"merge_restrictions_copyleft": "conflict"}
    assert met("gpl-2.0", "cc-by-sa-4.0") == {"merge_same_license": "conflict"}
    assert met("gpl-3.0", "cc-by-sa-4.0") == {}  # one way, by the CC list
    assert met("gpl-3.0", "agpl-3.0") == {}
    assert met("gpl-3.0", "apache-2.0") == {}
    assert met("gpl-2.0", "apache-2.0") == {"merge_apache_gpl2": "conflict"}
    assert met("gpl", "apache-2.0") == {"merge_apache_gpl2": "review"}
    assert met("gpl-3.0", "cc-by-nc-4.0") == {"merge_noncommercial_copyleft": "conflict"}
    clash = judge_meeting("cc-by-nc-4.0", "gpl-3.0")[0]
    assert (clash.first, clash.term.clause, clash.other.clause) == (
        "gpl-3.0",
        "10",
        "2(a)(1); 1(i)",
    )
    assert of("apache-2.0", "gpl-2.0")["apache_under_gpl2"] == "review"
    assert "apache_under_gpl2" not in of("apache-2.0", "gpl-3.0")


def test_case_8__no_derivatives():
    assert of("cc-by-nd-4.0", "cc-by-nd-4.0")["no_derivatives"] == "conflict"
    assert of("cc-by-nc-nd-4.0", "cc-by-nc-nd-4.0")["no_derivatives"] == "conflict"
    assert of("cc-by-nd-4.0", "mit", "copy")["no_derivatives"] == "review"
    assert of("cc-by-nd-4.0", "mit", "adapter")["no_derivatives"] == "review"


def test_case_9__a_label_that_is_missing_neither_keeps_nor_breaks():
    for label in (NO_LICENSE, NOT_KNOWN):
        found = of("llama3.1", label)
        assert found["no_sublicense"] == "review"
        assert "conflict" not in found.values()


def test_case_10__what_was_not_read_goes_to_review():
    assert licenses()["qwen-research"].term("noncommercial").established == "general"
    found = of("qwen-research", "apache-2.0")
    assert found["noncommercial"] == "review"
    assert found["text_not_read"] == "review"
    assert of("qwen", "apache-2.0")["display"] == "obligation"
    # Not even where the catalogue holds no term at all.
    assert licenses()["mpt"].terms == ()
    assert of("mpt", "mit") == {"text_not_read": "review"}


def test_case_11__names_must_begin_with_llama():
    assert licenses()["llama3.1"].term("name_prefix").detail == "Llama"
    assert licenses()["llama3"].term("name_prefix").detail == "Llama 3"
    assert licenses()["llama2"].term("name_prefix") is None
    assert met("llama3.1", "exaone") == {"merge_prefixes": "conflict"}
    assert met("llama3", "llama3.1") == {}  # "Llama 3" begins with "Llama"


def test_case_12__regions_are_notices():
    assert of("llama3.2", "llama3.2")["territory"] == "obligation"
    assert licenses()["llama3.2"].term("territory").detail.endswith("end users of a product exempt")
    assert "territory" not in of("llama3.1", "llama3.1")
    assert of("tencent-hunyuan-community", "mit")["use_restrictions"] == "conflict"


def test_case_13__flux_lora_labelled_mit():
    found = of("flux-1-dev-nc", "mit", "adapter")
    assert {r for r, s in found.items() if s == "conflict"} == {
        "noncommercial", "no_sublicense", "use_restrictions",
    }  # fmt: skip


def test_case_14__osl_over_gemma():
    assert of("gemma", "osl-3.0")["use_restrictions"] == "conflict"
    assert of("apache-2.0", "osl-3.0")["license_copy"] == "obligation"


def test_ids_of_several_texts__equal_answers_are_an_answer():
    (found,) = (j for j in judge("gpl", "mit", "derivative") if j.rule == "same_license")
    assert (found.severity, found.term.clause) == ("conflict", "GPL-2.0 2(b); GPL-3.0 5(c)")
    assert found.term.sure
    assert of("gpl", "agpl-3.0")["same_license"] == "review"  # GPL 2 says no, GPL 3 not quite
    assert of("gpl-3.0", "gpl")["same_license"] == "review"
    assert of("lgpl", "mit")["same_license"] == "review"
    assert of("gpl", "gpl")["same_license"] == "obligation"


def test_texts_for_data_lead_to_review():
    for name in ("odbl", "cdla-permissive-2.0", "odc-by", "etalab-2.0"):
        assert of(name, "mit")["made_for_other_works"] == "review"
    assert "made_for_other_works" not in of("cc-by-4.0", "mit")


def test_licence_by_time__grok_2_and_yi():
    assert "text_changed" not in of("grok2-community", "mit")
    assert of("grok2-community", "mit", older=True)["text_changed"] == "review"
    given = passed_on("01-ai/Yi-34B", "apache-2.0")
    assert given in replaced()
    assert find(given).before == "yi"
    assert severity(judge(given, "apache-2.0", "derivative", older=True)) == "review"
    assert severity(judge(given, "apache-2.0", "derivative")) == "obligation"
    assert passed_on("01-ai/Yi-34B", "yi") == "yi"  # as it stood then: the old text itself
    assert passed_on("01-ai/Yi-1.5-34B", "apache-2.0") == "apache-2.0"
    assert of("yi", "apache-2.0")["no_sublicense"] == "conflict"


def test_permissive_to_stricter_is_no_conflict():
    assert severity(judge("apache-2.0", "cc-by-nc-4.0", "derivative")) == "obligation"


GIVEN = [*KNOWN, *sorted(replaced())]


@given(st.sampled_from(GIVEN), st.sampled_from(LABELS), st.sampled_from(KINDS), st.booleans())
def test_judge__only_what_was_read_can_conflict(ancestor, label, kind, older):
    found = judge(ancestor, label, kind, older=older)
    for one in found:
        assert one.severity in SEVERITIES
        assert one.reason in REASONS
        if one.severity == "conflict":
            assert one.term.sure
            assert one.term.established in ("full", "clause")
    if not find(ancestor).sure:
        assert SEVERITIES.index(severity(found)) >= SEVERITIES.index("review")
    if label == ancestor and "no_derivatives" not in of(ancestor, label, kind):
        assert severity(found) != "conflict"


@given(st.sampled_from(GIVEN), st.sampled_from(LABELS), st.sampled_from(KINDS), st.booleans())
def test_words__whole_sentences_that_keep_hostile_names_as_they_are(ancestor, label, kind, older):
    evil = "x/{license}\0child\0"
    for found in judge(ancestor, label, kind, older=older):
        told = explain(found, ancestor, ancestor="o/base", child=evil, label=label)
        for text in told:
            assert text.endswith(".")
            assert "violat" not in text
            assert "{" not in text.replace(evil, "")
        assert evil not in told[0] or "x/{license}" in told[0]


@given(st.sampled_from(GIVEN), st.sampled_from(LABELS))
def test_judge__going_further_is_never_milder(ancestor, label):
    grave = [SEVERITIES.index(severity(judge(ancestor, label, kind))) for kind in KINDS]
    assert grave[2] >= max(grave[:2])


@given(st.sampled_from(GIVEN), st.sampled_from(GIVEN))
def test_merge__the_order_of_parents_changes_nothing(first, second):
    assert judge_meeting(first, second) == judge_meeting(second, first)
    assert judge_meeting(first, first) == ()
    for clash in judge_meeting(first, second):
        assert clash.rule in MERGE_RULES
        if clash.severity == "conflict":
            assert clash.term.sure
            assert clash.other is None or clash.other.sure


def test_colours():
    assert license_color("mit") == "permissive"
    assert license_color("gemma") == "vendor"
    assert license_color("cc-by-nc-4.0") == "non-commercial"
    assert license_color("gpl-3.0") == "share-alike"
    assert license_color("creativeml-openrail-m") == "use-restricted"
    assert license_color("never-heard-of") == "other"
    assert license_color(None) == "unstated"
    assert AMBIGUOUS.isdisjoint(map(_plain, licenses()))
