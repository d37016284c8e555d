"""Traits: drawn by founders, passed on with known mutations, stated or left out.

Every model *has* every trait (its latent value); a separate process decides which traits its
record *states*. Silence is therefore independent of mutation, and the mutation rate among edges
whose two ends state the trait estimates the rate that was put in. Children inherit from their
primary parent; for merges the other parents are only named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cladist.sources.synthetic import published
from cladist.sources.synthetic.birth import FOUNDER, Births
from cladist.sources.synthetic.draws import Ints, Reals, by_role, pick, stream, zipf_weights
from cladist.vocab import RELATIONS

TRAIT_NAMES = ("license", "pipeline_tag", "library_name", "language", "datasets")
LANGUAGE_TAGS = tuple(tag for tag, _, _ in published.LANGUAGES)
LANGUAGE_NAMES = {tag: name for tag, name, _ in published.LANGUAGES}


def generations(primary: Ints) -> Iterator[Ints]:
    """Yield the models of the first, second, ... generation along primary parents."""
    depth = (primary >= 0).astype(np.int64)
    above = np.where(primary >= 0, primary, np.arange(len(primary)))
    while True:
        further = above[above]
        if np.array_equal(further, above):
            break
        depth, above = depth + depth[above], further
    order = np.argsort(depth, kind="stable")
    bounds = np.searchsorted(depth[order], np.arange(1, depth.max(initial=0) + 2))
    for start, stop in pairwise(bounds.tolist()):
        yield order[start:stop]


def directed_targets(weights: Reals, forward: float) -> Reals:
    """Return where a value goes when it changes, row by row; the diagonal is 0.

    Values are listed upstream first. A change goes downstream with probability ``forward`` (with
    1 from the first value, 0 from the last), and to each value on that side by its weight.
    """
    size = len(weights)
    above = np.triu(np.broadcast_to(weights, (size, size)), 1)
    below = np.tril(np.broadcast_to(weights, (size, size)), -1)
    down = above.sum(axis=1, keepdims=True)
    up = below.sum(axis=1, keepdims=True)
    share = np.where(up == 0, 1.0, np.where(down == 0, 0.0, forward))
    targets: Reals = share * above / np.where(down == 0, 1, down)
    targets += (1 - share) * below / np.where(up == 0, 1, up)
    return targets


@dataclass(frozen=True)
class Kernel:
    """How one trait mutates: what a parameter-recovery test has to find again.

    ``rate[relation, value]`` is the probability that a child differs from a primary parent that
    has the value; ``target[value, :]`` where it then goes. ``target`` is None for datasets, which
    are drawn anew by popularity (excluding the parent's own). For languages the values are those
    of a model's most downstream language; a change is a switch, a gain or a narrowing to one.
    """

    values: tuple[str, ...]
    rate: Reals
    target: Reals | None

    def matrix(self, relation: str) -> Reals:
        """Return the transition matrix of a relation: parent's value -> child's value."""
        rate = self.rate[RELATIONS.index(relation)]
        matrix: Reals = np.diag(1 - rate) + rate[:, None] * self.targets
        return matrix

    @property
    def targets(self) -> Reals:
        """Where values go when they change; only datasets, drawn anew, have no such matrix."""
        if self.target is None:
            raise ValueError("this trait has no transition matrix: its targets are neutral")
        return self.target


@dataclass(frozen=True)
class Traits:
    """Latent values: codes into the values of the kernels, languages as bits; and silence."""

    license: NDArray[np.int16]
    pipeline_tag: NDArray[np.int16]
    library_name: NDArray[np.int16]
    language: NDArray[np.uint64]
    datasets: Ints
    stated: Mapping[str, NDArray[np.bool_]]


def kernels(rates: Mapping[str, Mapping[str, float]], models: int) -> dict[str, Kernel]:
    """Build the mutation kernels from a rate per trait and relation."""
    forward = published.FORWARD
    weights: dict[str, tuple[Sequence[str], Sequence[float]]] = {
        "license": (tuple(published.LICENSES), tuple(published.LICENSES.values())),
        "pipeline_tag": (tuple(published.TASKS), tuple(published.TASKS.values())),
        "library_name": (tuple(published.LIBRARIES), tuple(published.LIBRARIES.values())),
        "language": (LANGUAGE_TAGS, tuple(count for _, _, count in published.LANGUAGES)),
    }
    found = {}
    for trait, (values, counts) in weights.items():
        rate = np.array([[rates[trait].get(r, 0.0)] * len(values) for r in RELATIONS])
        target = directed_targets(np.asarray(counts, dtype=np.float64), forward[trait])
        if trait == "library_name":
            row, peft = values.index("transformers"), values.index("peft")
            adapter = RELATIONS.index("adapter")
            rate[adapter, row] = max(rate[adapter, row], published.ADAPTER_LIBRARY["transformers"])
            target[row] = 0.0
            target[row, peft] = 1.0
        found[trait] = Kernel(tuple(values), rate, target)
    tail = max(20, models // 60)
    names = (*published.DATASETS, *(f"cladist-sim/corpus-{k:05d}" for k in range(tail)))
    rate = np.array([[rates["datasets"].get(r, 0.0)] * len(names) for r in RELATIONS])
    return found | {"datasets": Kernel(names, rate, None)}


def pass_on(births: Births, rules: Mapping[str, Kernel], seed: int) -> Traits:
    """Draw the founders' traits and let every child inherit from its primary parent."""
    models = len(births.role)
    task = pick(stream(seed, "founder tasks").random(models), published.TASKS.values())
    library = _founder_libraries(task, seed)
    licence = _founder_licenses(task, seed)
    codes = {
        "pipeline_tag": task.astype(np.int16),
        "library_name": library.astype(np.int16),
        "license": licence.astype(np.int16),
    }
    levels = list(generations(births.primary))
    for trait, code in codes.items():
        _inherit_codes(code, rules[trait], births, levels, seed=seed, trait=trait)
    language = _founder_languages(models, seed)
    _inherit_languages(language, rules["language"], births, levels, seed)
    popularity = zipf_weights(len(rules["datasets"].values), 0.9)
    datasets = pick(stream(seed, "founder datasets").random(models), popularity)
    _inherit_datasets(datasets, rules["datasets"], births, levels, popularity=popularity, seed=seed)
    return Traits(**codes, language=language, datasets=datasets, stated=_stated(births, seed))


def roles(births: Births) -> NDArray[np.int8]:
    """Return 0 for isolated founders, 1 for parents, 2 + relation for childless children."""
    role = np.where(births.role == FOUNDER, 0, births.role + 2).astype(np.int8)
    role[births.parent] = np.where(births.role[births.parent] == FOUNDER, 1, role[births.parent])
    return role


ROLE_NAMES = ("isolate", "parent", *RELATIONS)


def _stated(births: Births, seed: int) -> dict[str, NDArray[np.bool_]]:
    role = roles(births)
    is_parent = np.zeros(len(role), dtype=bool)
    is_parent[births.parent] = True
    found = {}
    for trait, table in published.STATED.items():
        chance = by_role(table, ROLE_NAMES)[role]
        chance = np.where(is_parent, np.maximum(chance, table["parent"]), chance)
        found[trait] = stream(seed, f"stated {trait}").random(len(role)) < chance
    return found


def _founder_libraries(task: Ints, seed: int) -> Ints:
    uniform = stream(seed, "founder libraries").random(len(task))
    names, tasks = list(published.LIBRARIES), list(published.TASKS)
    table = np.zeros((len(tasks), len(names)))
    for row, name in enumerate(tasks):
        shares = published.TASK_LIBRARIES.get(name, published.TASK_LIBRARIES["*"])
        for library, share in shares.items():
            table[row, names.index(library)] = share
    return _pick_rows(table, task, uniform)


def _founder_licenses(task: Ints, seed: int) -> Ints:
    uniform = stream(seed, "founder licenses").random(len(task))
    counts = np.array(list(published.LICENSES.values()), dtype=np.float64)
    image = np.isin(list(published.LICENSES), published.IMAGE_LICENSES)
    open_rail = image & (np.array(list(published.LICENSES)) != "other")
    others = counts * np.where(open_rail, 0.05, np.where(image, 0.55, 1.0))
    images = counts * np.where(open_rail, 1.0, np.where(image, 0.2, 0.0))
    table = np.stack([others, images])
    return _pick_rows(table, (task == list(published.TASKS).index("text-to-image")), uniform)


def _pick_rows(table: Reals, row: NDArray[np.integer] | NDArray[np.bool_], uniform: Reals) -> Ints:
    """Draw one column per entry, by the weights of the table's row; empty rows give 0."""
    cdf = np.cumsum(table, axis=1)
    cdf /= np.maximum(cdf[:, -1:], 1e-300)
    found = np.zeros(len(uniform), dtype=np.int64)
    which = row.astype(np.int64)
    for value in np.unique(which):
        mine = which == value
        found[mine] = np.searchsorted(cdf[value], uniform[mine], side="right")
    capped: Ints = np.minimum(found, table.shape[1] - 1)
    return capped


def _founder_languages(models: int, seed: int) -> NDArray[np.uint64]:
    random = stream(seed, "founder languages")
    sizes = np.array(list(published.LANGUAGES_EACH))
    size = sizes[pick(random.random(models), published.LANGUAGES_EACH.values())]
    counts = np.array([count for _, _, count in published.LANGUAGES], dtype=np.float64)
    bits = np.uint64(1) << pick(random.random(models), counts).astype(np.uint64)
    many = np.flatnonzero(size > 1)
    # Weighted sampling without replacement: the largest of weight-scaled exponentials.
    keys = random.exponential(size=(len(many), len(counts))) / counts
    rank = np.argsort(np.argsort(keys, axis=1), axis=1)
    chosen = (rank < size[many][:, None]).astype(np.uint64)
    bits[many] = (chosen << np.arange(len(counts), dtype=np.uint64)).sum(axis=1, dtype=np.uint64)
    return bits


def _inherit_codes(
    code: NDArray[np.int16],
    rule: Kernel,
    births: Births,
    levels: Sequence[Ints],
    *,
    seed: int,
    trait: str,
) -> None:
    random = stream(seed, f"mutation {trait}")
    change, where = random.random(len(code)), random.random(len(code))
    for nodes in levels:
        value = code[births.primary[nodes]]
        changed = change[nodes] < rule.rate[births.role[nodes], value]
        value[changed] = _pick_rows(rule.targets, value[changed], where[nodes[changed]])
        code[nodes] = value


def highest_bit(bits: NDArray[np.uint64]) -> Ints:
    """Return the position of the highest bit of each number (30 bits at most)."""
    return np.frexp(bits.astype(np.float64))[1].astype(np.int64) - 1


def _inherit_languages(
    bits: NDArray[np.uint64], rule: Kernel, births: Births, levels: Sequence[Ints], seed: int
) -> None:
    random = stream(seed, "mutation language")
    change, kind, where = (random.random(len(bits)) for _ in range(3))
    one = np.uint64(1)
    for nodes in levels:
        value = bits[births.primary[nodes]]
        main = highest_bit(value)
        target = one << _pick_rows(rule.targets, main, where[nodes]).astype(np.uint64)
        top = one << main.astype(np.uint64)
        switched = (value & ~top) | target
        changed = np.where(kind[nodes] < 0.6, switched, value ^ target)
        changed = np.where(np.bitwise_count(value) > 2, top, changed)
        bits[nodes] = np.where(change[nodes] < rule.rate[births.role[nodes], main], changed, value)


def _inherit_datasets(
    code: Ints,
    rule: Kernel,
    births: Births,
    levels: Sequence[Ints],
    *,
    popularity: Reals,
    seed: int,
) -> None:
    random = stream(seed, "mutation datasets")
    change = random.random(len(code))
    fresh = pick(random.random(len(code)), popularity)
    for nodes in levels:
        value = code[births.primary[nodes]]
        other = np.where(fresh[nodes] == value, (value + 1) % len(rule.values), fresh[nodes])
        code[nodes] = np.where(change[nodes] < rule.rate[births.role[nodes], 0], other, value)
