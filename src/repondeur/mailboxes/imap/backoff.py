"""When to try a server again that did not answer, or did not let us in."""

import random
import threading
import time
from collections.abc import Callable

from repondeur.errors import LoginRefused, RepondeurError

FIRST, CAP = 0.5, 60.0
FIRST_AFTER_LOGIN, CAP_AFTER_LOGIN = 60.0, 900.0


def delay(failures: int, jitter: float, *, login: bool = False) -> float:
    """Seconds to wait after so many failures in a row (1 or more): doubling up to a cap, of which jitter (0 to 1)
    takes away up to a half, so that many clients do not come back together. A refused sign-in starts at a minute:
    servers lock accounts out after a few."""
    first, cap = (FIRST_AFTER_LOGIN, CAP_AFTER_LOGIN) if login else (FIRST, CAP)
    return float(min(cap, first * 2 ** min(failures - 1, 20))) * (1 - jitter / 2)


class Gate:
    """Keeps everybody off a server until the next try is due. Shared by the connections of one account; any thread."""

    def __init__(
        self, jitter: Callable[[], float] = random.random, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._jitter = jitter
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._until = 0.0
        self._error: RepondeurError | None = None

    def remaining(self) -> float:
        """Seconds until the next try, 0 when it may be made now."""
        with self._lock:
            return max(0.0, self._until - self._clock())

    def check(self) -> None:
        """Raises the last failure again while the next try is not due."""
        with self._lock:
            if self._error is not None and self._clock() < self._until:
                raise type(self._error)(self._error.reason.code, **self._error.reason.params)

    def failed(self, error: RepondeurError, at_least: float = 0.0) -> None:
        """at_least: seconds for which the server asked us to stay away."""
        with self._lock:
            self._failures += 1
            wait = delay(self._failures, self._jitter(), login=isinstance(error, LoginRefused))
            self._until = self._clock() + max(wait, at_least)
            self._error = error

    def succeeded(self) -> None:
        with self._lock:
            self._failures, self._until, self._error = 0, 0.0, None
