"""Again, and when? A function of the failure and how often it was tried; someone else carries it out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from repondeur.texts import Reason

FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=15)
UNEXPECTED_TRIES = 5  # an error nobody has a name for is more likely a defect than a server that is away


@dataclass(frozen=True, slots=True)
class Again:
    """Do the step again, not before `at`. counts: this was a failure, and their number is limited."""

    at: datetime
    reason: Reason | None = None
    counts: bool = True


@dataclass(frozen=True, slots=True)
class GiveUp:
    reason: Reason


def after_failure(
    reason: Reason, *, temporary: bool, expected: bool, tries: int, most: int, now: datetime, jitter: float
) -> Again | GiveUp:
    """What to do after a step has failed.

    reason: what people are told. temporary: the same step may succeed later. expected: the error is one of ours.
    tries: failures before this one. most: tries in all. now: with zone. jitter: 0 to 1, drawn by the caller, so that
    many mails that failed together do not come back together.

    The pause is between half and all of 1 s · 2^tries, and 15 minutes at most; 20 tries last about three hours.
    """
    limit = most if expected else min(most, UNEXPECTED_TRIES)
    if not temporary or tries + 1 >= limit:
        return GiveUp(reason)
    return Again(now + pause(tries, jitter), reason)


def pause(tries: int, jitter: float) -> timedelta:
    """How long to wait before try number `tries` + 2; jitter 0 to 1."""
    doublings: int = 2 ** min(tries, 20)
    return min(FIRST_PAUSE * doublings, LONGEST_PAUSE) * (0.5 + jitter / 2)
