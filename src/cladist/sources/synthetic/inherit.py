"""Traits: drawn by founders, passed on with known mutations, stated or left out.

Every model *has* every trait (its latent value); a separate process decides which traits its
record *states*. Silence is therefore independent of mutation, and the mutation rate among edges
whose two ends state the trait estimates the rate that was put in. Children inherit from their
primary parent; for merges the other parents are only named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cladist.sources.synthetic import published
from cladist.sources.synthetic.birth import FOUNDER, Births
from cladist.sources.synthetic.breeds import BREEDS, GIANTS
from cladist.sources.synthetic.corpora import (
    Further,
    corpora,
    inherit_datasets,
    list_datasets,
)
from cladist.sources.synthetic.draws import (
    Ints,
    Reals,
    allot,
    by_role,
    pick,
    pick_rows,
    stream,
    weights_of,
)
from cladist.sources.synthetic.isolates import fill
from cladist.sources.synthetic.kernels import CODED, Balance, Kernel, Rates, build
from cladist.sources.synthetic.tongues import tongues
from cladist.vocab import RELATION_CODE, RELATIONS

Codes = NDArray[Any]

TRAIT_NAMES: Final = ("license", "pipeline_tag", "library_name", "language", "datasets")
#: Traits that a record states by its card's front matter only.
OF_CARDS: Final = ("license", "language", "datasets")

#: Probability that a model of a lineage states a trait: a founder, then children by relation;
#: models with children at least "parent". Solved from the published numbers of edges whose two
#: ends state it; isolated founders make up the published totals. Data sets: convention.
STATED: Final = {
    "license": {"founder": 0.88, "parent": 0.90, "finetune": 0.78, "adapter": 0.47,
                "quantized": 0.82, "merge": 0.66, "*": 0.6},
    "pipeline_tag": {"founder": 0.95, "parent": 0.95, "finetune": 0.725, "adapter": 0.26,
                     "quantized": 0.47, "merge": 0.43, "*": 0.4},
    "library_name": {"founder": 0.97, "parent": 0.97, "*": 0.95},
    "language": {"founder": 0.72, "parent": 0.72, "finetune": 0.32, "adapter": 0.19,
                 "quantized": 0.56, "merge": 0.058, "*": 0.20},
    "datasets": {"founder": 0.25, "parent": 0.20, "finetune": 0.32, "*": 0.10},
}  # fmt: skip
#: What a silent parent leaves of its children's chance, solved from the languages that children of
#: silent parents state (the published mean over all edges, less the edges whose ends both report).
SILENCE_FOLLOWS: Final = {"language": 0.45}
#: From so many languages on a founder's list is the usual one: convention.
_LONG: Final = 3
#: Of the bulk uploads: by library only.
BULK_STATED: Final = {"license": 0.01, "pipeline_tag": 0.02, "library_name": 0.97,
                       "language": 0.0, "datasets": 0.0}  # fmt: skip


@dataclass(frozen=True)
class Traits:
    """Latent values: codes into the values of the kernels and the pool of lists; and silence.

    ``datasets`` is the first data set of each model; ``further`` has the others that are named.
    """

    license: Codes
    pipeline_tag: Codes
    library_name: Codes
    language: Codes
    datasets: Codes
    stated: Mapping[str, NDArray[np.bool_]]
    further: Further

    def code(self, trait: str) -> Codes:
        """Return the latent codes of one trait."""
        found: Codes = getattr(self, trait)
        return found


def pass_on(
    births: Births,
    mutation: Mapping[str, Mapping[str, Rates]],
    transitions: Mapping[str, Mapping[str, Mapping[str, Rates]]],
    carded: NDArray[np.bool_],
    declared: NDArray[np.bool_],
    seed: int,
    *,
    silence: float | None,
    neutral: bool,
) -> tuple[Traits, dict[str, Kernel]]:
    """Draw the founders' traits, let every child inherit, and decide what is stated.

    Parameters
    ----------
    births
        The true lineage.
    mutation, transitions
        Rates and rows of matrices in place of the defaults; see
        :func:`~cladist.sources.synthetic.kernels.build`.
    carded
        Which models have a card; without one no licence, language or data set is stated.
    declared
        Which models have a record; the published totals are theirs.
    seed
        Seed of all streams.
    silence
        Probability that any trait of any model of a lineage is left out; None: as published.
    neutral
        Whether mutation has no direction.
    """
    names, popularity = corpora()
    codes = _founders(births, popularity, seed)
    rules = build(mutation, transitions, names)
    for trait in (*CODED, "language"):
        if neutral:
            rules[trait] = _inherit_balanced(codes[trait], rules[trait], births, seed=seed,
                                             trait=trait)  # fmt: skip
        elif trait == "language":
            _inherit_languages(codes[trait], rules[trait], births, seed)
        else:
            _inherit_codes(codes[trait], rules[trait], births, seed=seed, trait=trait)
    many = inherit_datasets(codes["datasets"], rules["datasets"], births,
                            popularity=popularity, seed=seed)  # fmt: skip
    stated = _stated(births, carded, tongues().size[codes["language"]], seed, silence)
    alone = births.breed < 0
    fill(codes, stated, alone=alone, declared=declared, carded=carded, seed=seed)
    further = list_datasets(codes["datasets"], many, stated["datasets"], alone=alone,
                            declared=declared, popularity=popularity, seed=seed)  # fmt: skip
    return Traits(**codes, stated=stated, further=further), rules


def _stated(
    births: Births, carded: NDArray[np.bool_], spoken: Ints, seed: int, silence: float | None
) -> dict[str, NDArray[np.bool_]]:
    """Decide which traits every model states; ``spoken`` is how many languages it has."""
    models = len(births.role)
    parents, weight = births.parents, births.fertility
    is_parent = np.zeros(models, dtype=bool)
    is_parent[parents] = True
    breed = births.breed[parents].astype(np.int64) + 1
    found = {}
    for trait, usual in STATED.items():
        chance = by_role(usual, ("founder", *RELATIONS))[births.role + 1]
        chance = np.where(is_parent, np.maximum(chance, usual["parent"]), chance)
        chance = np.where(births.bulk & ~is_parent, BULK_STATED[trait], chance)
        own = np.array([g.stated.get(trait, np.nan) for g in GIANTS] + [np.nan])[births.star]
        chance = np.where(np.isnan(own), chance, own)
        if silence is not None:
            chance = np.full(models, 1.0 - silence)
        chance = np.where(births.giant >= 0, np.where(trait == "datasets", 0.0, 1.0), chance)
        uniform = stream(seed, f"stated {trait}").random(models)
        told = uniform < chance
        table = np.stack([1 - chance[parents], chance[parents]], axis=1)
        heavy = np.hstack([weight, weight * spoken[parents, None] * (trait == "language")])
        told[parents] = allot(table, heavy, 1 - uniform[parents], breed) == 1
        if silence is None and trait in SILENCE_FOLLOWS:
            lone = np.flatnonzero(~is_parent & (births.primary >= 0))
            lone = lone[~told[births.primary[lone]]]
            told[lone] &= uniform[lone] < SILENCE_FOLLOWS[trait] * chance[lone]
        found[trait] = told & carded if trait in OF_CARDS else told
    return found


def _founders(births: Births, popularity: Reals, seed: int) -> dict[str, Codes]:
    """Draw what the founders of lineages are, by breed; giants are as they are listed."""
    models = len(births.role)
    mine = np.flatnonzero((births.role == FOUNDER) & (births.breed >= 0))
    breed = births.breed[mine].astype(np.int64)
    weight = births.children_of(mine)
    codes: dict[str, Codes] = {
        trait: np.zeros(models, dtype=np.int16) for trait in (*CODED, "language")
    }
    for trait, name in (("license", "license"), ("pipeline_tag", "task"),
                        ("library_name", "library")):  # fmt: skip
        values = list(published.counts(trait))
        table = np.array([weights_of(getattr(b, name), values) for b in BREEDS])
        draw = stream(seed, f"founders {trait}").random(len(mine))
        codes[trait][mine] = allot(table[breed], weight, draw, breed)
    codes["language"][mine] = _founder_languages(breed, weight, seed)
    for number, giant in enumerate(GIANTS):
        own = np.flatnonzero((births.giant == number) & (births.role == FOUNDER))
        for trait, value in (("license", giant.license), ("pipeline_tag", giant.task)):
            if value is not None:
                codes[trait][own] = list(published.counts(trait)).index(value)
        if giant.language is not None:
            codes["language"][own] = _list_of(giant.language, np.zeros(len(own)))
    uniform = stream(seed, "founder datasets").random(models)
    datasets = pick(uniform, popularity).astype(np.int32)
    return codes | {"datasets": datasets}


def _list_of(word: str, uniform: Reals) -> Ints:
    """Return the codes that a word of a breed stands for: a tag, or a number of languages.

    A long list that is passed on is that of the commonest languages: others would be counted with
    every descendant, more often than they are.
    """
    if word.isdigit() and int(word) >= _LONG:
        return np.full(len(uniform), tongues().of_size[int(word)][0])
    if word.isdigit():
        return tongues().draw(int(word), uniform)
    return np.full(len(uniform), tongues().tags.index(word))


def _founder_languages(breed: Ints, weight: Reals, seed: int) -> Ints:
    random = stream(seed, "founder languages")
    words = sorted({word for b in BREEDS for word in b.language})
    table = np.array([weights_of(b.language, words) for b in BREEDS])
    choice = allot(table[breed], weight, random.random(len(breed)), breed)
    uniform = random.random(len(breed))
    found = np.zeros(len(breed), dtype=np.int64)
    for number, word in enumerate(words):
        chosen = choice == number
        found[chosen] = _list_of(word, uniform[chosen])
    return found


def _inherit_codes(
    code: Codes,
    rule: Kernel,
    births: Births,
    *,
    seed: int,
    trait: str,
) -> None:
    random = stream(seed, f"mutation {trait}")
    change, where = random.random(len(code)), random.random(len(code))
    size = len(rule.values)
    assert rule.target is not None  # noqa: S101 - coded traits have a matrix
    table = np.ascontiguousarray(rule.target).reshape(-1, size)
    for nodes in births.generations:
        value = code[births.primary[nodes]].astype(np.int64)
        relation = births.role[nodes].astype(np.int64)
        changed = _changed(nodes, rule.rate[relation, value], change[nodes], births, value)
        row = relation[changed] * size + value[changed]
        value[changed] = pick_rows(table, row, where[nodes[changed]])
        code[nodes] = value


def _inherit_balanced(
    code: Codes, rule: Kernel, births: Births, *, seed: int, trait: str
) -> Kernel:
    """Pass values on without direction, edge by edge independently; return the mean kernel.

    Of languages the values that balance are whole lists; what is returned are rates by their size.
    """
    random = stream(seed, f"mutation {trait}")
    change, where = random.random(len(code)), random.random(len(code))
    kind = tongues().kind(np.arange(len(tongues().size))) if trait == "language" else None
    balance = Balance.of(rule.rate if kind is None else rule.rate[:, kind])
    size = balance.rate.shape[1]
    for nodes in births.generations:
        value = code[births.primary[nodes]].astype(np.int64)
        row = births.role[nodes].astype(np.int64) * size + value
        edges = np.bincount(row, minlength=balance.rate.size).reshape(balance.rate.shape)
        rate, target = balance.generation(edges.astype(np.float64))
        changed = change[nodes] < rate.reshape(-1)[row]
        value[changed] = pick_rows(target.reshape(-1, size), row[changed], where[nodes[changed]])
        code[nodes] = value
    if kind is None:
        return Kernel(rule.values, *balance.mean)
    sums = np.eye(len(rule.values))[kind]
    all_edges: Reals = balance.edges @ sums
    given: Reals = balance.flows.sum(axis=2) @ sums
    mean = np.where(all_edges > 0, given / np.maximum(all_edges, 1), rule.rate)
    return Kernel(rule.values, mean, None)


def _changed(
    nodes: Ints,
    rate: Reals,
    uniform: Reals,
    births: Births,
    group: Ints,
) -> NDArray[np.bool_]:
    """Decide which of a generation's models change; the parents among them in balance.

    A giant's heir is by the same hands as the giant and keeps what it is.
    """
    changed = uniform < rate
    mine = np.flatnonzero(np.isin(nodes, births.parents, assume_unique=True))
    if len(mine):
        changed[mine] = allot(np.stack([1 - rate[mine], rate[mine]], axis=1),
                              births.fertility[np.searchsorted(births.parents, nodes[mine])],
                              1 - uniform[mine], group[mine]) == 1  # fmt: skip
        changed[births.giant[nodes] >= 0] = False
    return changed


def _inherit_languages(code: Codes, rule: Kernel, births: Births, seed: int) -> None:
    random = stream(seed, "mutation language")
    change, kind, where = (random.random(len(code)) for _ in range(3))
    pool = tongues()
    for nodes in births.generations:
        value = code[births.primary[nodes]].astype(np.int64)
        group = pool.kind(value)
        changed = _changed(nodes, rule.rate[births.role[nodes], group], change[nodes], births,
                           group)  # fmt: skip
        ours = nodes[changed]
        merges = births.role[ours] == RELATION_CODE["merge"]
        value[changed] = pool.change(value[changed], kind[ours], where[ours], merges)
        code[nodes] = value
