"""How sure one can be that a passage answers a question: a logistic regression of what words tell. Pure.

docs/decisions/knowing.md has the figures, and benchmarks/sureness.py fits the weights again.
"""

import math
from dataclasses import dataclass

# From here on a built-in answer leaves.
SURE = 0.7
MOST_DOUBTS = 2
LEAST_LEAD = -0.2


@dataclass(frozen=True, slots=True)
class Signs:
    """What is looked at, each by itself. evidence: how much of what the mail says the passage speaks of, as a
    logarithm. open: the share, 0 to 1, of what is asked that it does not speak of. first: whether the search found it
    first. lead: how far it leads before the others, LEAST_LEAD to 1. beside: the share, 0 to 1, of what is said beside
    the question that it speaks of. refers: whether the question leans on that. doubts: how many are open, up to
    MOST_DOUBTS."""

    evidence: float
    open: float
    first: float
    lead: float
    beside: float
    refers: float
    doubts: float


BIAS = -3.6
WEIGHTS = Signs(evidence=1.1, open=-0.6, first=1.9, lead=1.3, beside=2.8, refers=1.1, doubts=-1.0)


def sureness(signs: Signs) -> float:
    """0 to 1."""
    weighed = (
        BIAS
        + WEIGHTS.evidence * signs.evidence
        + WEIGHTS.open * signs.open
        + WEIGHTS.first * signs.first
        + WEIGHTS.lead * signs.lead
        + WEIGHTS.beside * signs.beside
        + WEIGHTS.refers * signs.refers
        + WEIGHTS.doubts * signs.doubts
    )
    return 1 / (1 + math.exp(-weighed))
