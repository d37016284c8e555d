"""Attachment as defined: choice by choice, and the robust error parent by parent."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Choice(NamedTuple):
    """The parent that was taken, and the children of each one at risk, by parent."""

    chosen: int
    at_risk: dict[int, int]


def choices(events: list[tuple[int, int, int]], least: int) -> list[Choice]:
    """Return the choices among two parents or more; ``events``: parent, time, stratum."""
    told = []
    for parent, time, stratum in events:
        before: dict[int, int] = {}
        for other, when, where in events:
            if where == stratum and when < time:
                before[other] = before.get(other, 0) + 1
        at_risk = {p: k for p, k in before.items() if k >= least}
        if parent in at_risk and len(at_risk) > 1:
            told.append(Choice(parent, at_risk))
    return told


def loss(told: list[Choice], exponent: float) -> float:
    """Return the negative log-likelihood."""
    return -sum(
        exponent * np.log(c.at_risk[c.chosen])
        - np.log(sum(float(k) ** exponent for k in c.at_risk.values()))
        for c in told
    )


def robust_error(told: list[Choice], exponent: float) -> float:
    """Return the standard error by scores summed over each parent (Lin and Wei 1989)."""
    score: dict[int, float] = {}
    spread = 0.0
    for chosen, at_risk in told:
        weight = {p: float(k) ** exponent for p, k in at_risk.items()}
        total = sum(weight.values())
        mean = sum(w * np.log(at_risk[p]) for p, w in weight.items()) / total
        spread += sum(w * (np.log(at_risk[p]) - mean) ** 2 for p, w in weight.items()) / total
        score[chosen] = score.get(chosen, 0.0) + np.log(at_risk[chosen]) - mean
        for p, w in weight.items():
            score[p] = score.get(p, 0.0) - w / total * (np.log(at_risk[p]) - mean)
    return float(np.sqrt(sum(v**2 for v in score.values())) / spread)
