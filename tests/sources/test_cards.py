"""Texts of simulated cards: alike by descent and by nothing else, in many kinds and tongues."""

from __future__ import annotations

import hashlib
import os
import random
import re
import subprocess
import sys
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cladist.sources.synthetic import Dirt, SyntheticHub, cards, passages, pools, simulate_hub
from cladist.sources.synthetic.draws import roots
from cladist.sources.synthetic.rows import row_blocks
from cladist.sources.synthetic.writers import writers
from cladist.values.card import front_matter, split
from cladist.vocab import RELATION_CODE

MODELS = 12_000


@pytest.fixture(scope="module")
def hub() -> SyntheticHub:
    return simulate_hub(MODELS, seed=5, dirt=Dirt.none())


@pytest.fixture(scope="module")
def bodies(hub: SyntheticHub) -> dict[int, str]:
    """Return the bodies of bespoke cards by model."""
    assert hub.cards is not None
    bespoke = np.isin(hub.cards.kind, (cards.OWN, cards.TOOL))
    texts = pa.concat_tables(row_blocks(hub, card_text=True))["card"].to_pylist()
    pairs = zip(hub.rows.tolist(), texts, strict=True)
    return {n: split(t)[1] for n, t in pairs if bespoke[n] and len(t) >= 512}


def lineage(hub: SyntheticHub) -> np.ndarray:
    primary = hub.births.primary
    return roots(np.where(primary >= 0, primary, np.arange(len(primary))))


def trigrams(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return set(zip(words, words[1:], words[2:], strict=False))


def likeness(one: str, two: str) -> float:
    a, b = trigrams(one), trigrams(two)
    return len(a & b) / max(len(a | b), 1)


def test_unrelated_cards_share_no_section(hub: SyntheticHub, bodies: dict[int, str]) -> None:
    """Of sections of some length, hardly any stands in two lineages (it was 92 %)."""
    root, seen = lineage(hub), defaultdict(set)
    found = [(s, root[n]) for n, body in bodies.items()
             for s in re.split(r"(?m)^##+ [^\n]*\n", body)[1:] if len(s) > 200]  # fmt: skip
    for section, top in found:
        seen[section].add(top)
    assert len(found) > 5_000
    assert np.mean([len(seen[s]) > 1 for s, _ in found]) < 0.003


def test_likeness_is_descent(hub: SyntheticHub, bodies: dict[int, str]) -> None:
    """Trigrams: strangers below real strangers' 0.034, children far above."""
    root, draw = lineage(hub), random.Random(1)
    nodes = sorted(bodies)
    drawn = [draw.sample(nodes, 2) for _ in range(1_500)]
    strangers = [likeness(bodies[a], bodies[b]) for a, b in drawn if root[a] != root[b]]
    primary = hub.births.primary
    close = [likeness(bodies[n], bodies[primary[n]]) for n in nodes if primary[n] in bodies]
    by_parent = defaultdict(list)
    for n in nodes:
        by_parent[primary[n]].append(n)
    siblings = [likeness(*(bodies[n] for n in draw.sample(c, 2)))
                for p, c in by_parent.items() if p in bodies and len(c) > 1]  # fmt: skip
    assert len(strangers) > 1_000
    assert min(len(close), len(siblings)) > 20
    assert np.mean(strangers) < 0.034
    assert np.mean(close) > 0.15
    assert np.mean(siblings) > 2 * np.mean(strangers)
    assert np.mean(close) > np.mean(siblings)


def test_cards_look_like_a_hubs(bodies: dict[int, str]) -> None:
    """Shares of real bespoke cards: code 52, addresses 75, pictures 14, other letters 30 %."""
    texts = list(bodies.values())
    share = {name: np.mean([bool(re.search(mark, t)) for t in texts]) for name, mark in {
        "code": "```", "address": "https://", "picture": r"!\[|<img", "other": r"[^\x00-\x7f]",
        "table": r"\|-"}.items()}  # fmt: skip
    for name, real in {"code": 0.52, "address": 0.75, "picture": 0.14, "other": 0.30}.items():
        assert share[name] == pytest.approx(real, abs=0.08), name
    assert share["table"] > 0.1
    words = {w for t in texts[:3_000] for w in re.findall(r"\b\w\w+\b", t.lower())}
    assert len(words) > 10_000
    for letters in ("[\u3040-\u30ff]", "[\u4e00-\u9fff]", "[\uac00-\ud7af]"):
        assert any(len(re.findall(letters, t)) > 20 for t in texts), letters
    for word in ("pixels", "word error rate|WER", "reward", "diffusers", "SentenceTransformer",
                 "BLEU|ROUGE", "pass@1"):  # fmt: skip
        assert any(re.search(word, t) for t in texts), word


def test_cards_are_valid_markdown_and_yaml(hub: SyntheticHub) -> None:
    """Fences close, no slot or mark of the grammar is left, addresses belong to nobody."""
    for text in pa.concat_tables(row_blocks(hub, card_text=True))["card"].to_pylist():
        if text is None:
            continue
        front = front_matter(text)
        assert front.status == "ok"
        assert front.data is not None
        assert front.data["tags"] == ["cladist-simulated"]
        body = split(text)[1]
        assert body.count("```") % 2 == 0
        assert pools.ID not in body
        assert not re.search(r"\{(?:id|parents|[a-z]+2?)\}(?!\.)|\[[^\]\n]*\|[^\]\n]*\]", body), (
            body
        )
        assert all(re.fullmatch(r"[\w.]+\.example", host)
                   for host in re.findall(r"https?://([^/\s)\"'<>}|]+)", body)), body  # fmt: skip


def test_code_names_the_model_itself(hub: SyntheticHub, bodies: dict[int, str]) -> None:
    loads = [(n, found) for n, body in bodies.items()
             for found in re.findall(r'(?:name = |model=)"([^"]+)"', body)]  # fmt: skip
    assert len(loads) > 500
    assert all(found == hub.model_id[n].as_py() for n, found in loads)


def test_silent_models_tell_nothing(hub: SyntheticHub) -> None:
    """Other latent values where a model is silent: the same sections to the last bit."""
    traits, changed = hub.traits, {}
    for trait in ("pipeline_tag", "library_name", "language"):
        code = traits.code(trait)
        other = ((code.astype(np.int64) + 1) % 5).astype(code.dtype)
        changed[trait] = np.where(traits.stated[trait], code, other)
        assert (changed[trait] != code).any()
    kernels = hub.truth.kernels
    assert hub.cards is not None
    again = cards.deal(hub.births, hub.cards.kind, replace(traits, **changed), kernels, hub.seed)
    assert np.array_equal(again.variant, hub.cards.variant)


def test_tongues_and_domains_are_those_stated(hub: SyntheticHub) -> None:
    """Founders that state a task write about it; the silent write as their parents do."""
    values = {t: hub.truth.kernels[t].values for t in ("pipeline_tag", "library_name")}
    found, primary = writers(hub.births, hub.traits, values, hub.seed), hub.births.primary
    names = np.array(values["pipeline_tag"])[hub.traits.pipeline_tag]
    stated = hub.traits.stated["pipeline_tag"] & (names == "text-to-image")
    assert stated.sum() > 100
    assert (found.domain[stated] == pools.DOMAINS.index("diffusion")).all()
    silent = (primary >= 0) & ~hub.traits.stated["language"]
    assert silent.sum() > 100
    assert (found.tongue[silent] == found.tongue[primary[silent]]).all()
    assert len({*found.tongue.tolist()}) >= len(pools.TONGUES) - 2


def test_inherited_sections_are_the_parents_text(hub: SyntheticHub) -> None:
    """The same number in another card: the same words, but for the model's own id."""
    assert hub.cards is not None
    child = int(np.flatnonzero(hub.births.role == RELATION_CODE["finetune"])[0])
    variant = hub.cards.variant[[child, child]]
    one, two = passages.write(variant, pa.array(["a/b", "c/d"])).to_pylist()
    assert one.replace("a/b", "c/d") == two


@given(
    length=st.integers(1, 250), domain=st.integers(0, 9), writer=st.integers(0, 2**24 - 1),
    number=st.integers(0, 2**24 - 1), section=st.integers(0, 7),
)  # fmt: skip
def test_a_section_is_as_long_as_its_number_says(
    length: int, domain: int, writer: int, number: int, section: int
) -> None:
    """English: at least the wanted length, and less than one sentence more."""
    codes = np.zeros((1, 8), dtype=np.uint64)
    codes[0, section] = passages.pack(length, 0, domain, writer, number)
    text = passages.write(codes, pa.array([""]))[0].as_py()
    wanted = 155 * (3_380 / 155) ** (length / 250)
    assert wanted * 0.9 - 20 <= len(text) <= wanted + 300
    assert re.match(r"###? \S", text)
    assert text.endswith("\n\n")


def test_a_template_is_written_once_per_world() -> None:
    """Alternatives are drawn, slots filled, links keep their brackets; other braces stay."""
    random_, slots = np.random.default_rng(1), {"x": lambda _: pa.repeat("7", pools.WORLDS)}
    found = pools.write_out("[a|b] {x} {y: 1} [c|d](e)", random_, slots).to_pylist()
    assert len(found) == pools.WORLDS
    assert set(found) == {f"{p} 7 {{y: 1}} [{q}](e)" for p in "ab" for q in "cd"}


def test_no_card_stays_empty() -> None:
    codes = np.zeros((3, 8), dtype=np.uint64)
    assert passages.write(codes, pa.array(["a", "b", "c"])).to_pylist() == ["", "", ""]
    assert len(passages.write(codes[:0], pa.array([], pa.string()))) == 0


def test_texts_do_not_depend_on_pythons_hashes() -> None:
    code = (
        "import hashlib; from cladist.sources.synthetic import simulate_hub;"
        "from cladist.sources.synthetic.rows import row_blocks;"
        "b = row_blocks(simulate_hub(300, 2), card_text=True);"
        "t = str([block['card'].to_pylist() for block in b]);"
        "print(hashlib.sha256(t.encode()).hexdigest())"
    )
    digests = set()
    for number in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": number}
        done = subprocess.run([sys.executable, "-c", code], env=environment, check=True,
                              capture_output=True, text=True)  # fmt: skip
        digests.add(done.stdout.strip())
    here = str([b["card"].to_pylist() for b in row_blocks(simulate_hub(300, 2), card_text=True)])
    assert digests == {hashlib.sha256(here.encode()).hexdigest()}
