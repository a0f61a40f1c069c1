"""What a call of a model may cost, put aside before it begins. Pure values, for whoever keeps the sums."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Reserved:
    """Put aside for one mail and one model. day: of UTC. estimate: US dollars."""

    model: str
    day: date
    estimate: Decimal


class CapReached(Exception):
    """There is no money left for another call. spent, cap: US dollars. for_now: only because of calls that have not
    ended; they may turn out cheaper."""

    def __init__(self, spent: Decimal, cap: Decimal, *, for_now: bool) -> None:
        super().__init__(str(spent))
        self.spent, self.cap, self.for_now = spent, cap, for_now
