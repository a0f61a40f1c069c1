"""Again, and when?"""

from datetime import UTC, datetime, timedelta

import pytest

from repondeur.policy.retry import Again, GiveUp, after_failure, pause
from repondeur.texts import Reason

NOW = datetime(2026, 11, 20, tzinfo=UTC)
REASON = Reason("smtp.later")


@pytest.mark.parametrize(
    ("tries", "jitter", "seconds"),
    [
        pytest.param(0, 1.0, 1, id="the first pause is a second"),
        pytest.param(0, 0.0, 0.5, id="jitter takes away half at most"),
        pytest.param(3, 1.0, 8, id="it doubles"),
        pytest.param(10, 1.0, 900, id="15 minutes at most"),
        pytest.param(10_000, 1.0, 900, id="however often"),
    ],
)
def test_how_long_to_wait(tries: int, jitter: float, seconds: float) -> None:
    assert pause(tries, jitter) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("temporary", "expected", "tries", "again"),
    [
        pytest.param(True, True, 0, True, id="temporary: again"),
        pytest.param(True, True, 18, True, id="up to the last try"),
        pytest.param(True, True, 19, False, id="and not after it"),
        pytest.param(False, True, 0, False, id="permanent: never"),
        pytest.param(True, False, 3, True, id="an error without a name: again"),
        pytest.param(True, False, 4, False, id="but five times at most"),
    ],
)
def test_whether_to_try_again(temporary: bool, expected: bool, tries: int, again: bool) -> None:
    verdict = after_failure(REASON, temporary=temporary, expected=expected, tries=tries, most=20, now=NOW, jitter=1.0)
    assert verdict == (Again(NOW + pause(tries, 1.0), REASON) if again else GiveUp(REASON))
