"""When a server is tried again."""

import pytest

from repondeur.errors import LoginRefused, MailboxUnavailable
from repondeur.mailboxes.imap.backoff import Gate, delay
from repondeur.mailboxes.imap.failures import ServerAsksForPause


@pytest.mark.parametrize(
    ("failures", "jitter", "login", "seconds"),
    [(1, 0, False, 0.5), (2, 0, False, 1), (3, 0, False, 2), (3, 1, False, 1), (8, 0, False, 60), (999, 0, False, 60),
     (1, 0, True, 60), (2, 0, True, 120), (9, 0, True, 900)],
)  # fmt: skip
def test_delays_double_up_to_a_cap(failures, jitter, login, seconds):
    assert delay(failures, jitter, login=login) == seconds


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate(clock: Clock) -> Gate:
    return Gate(jitter=lambda: 0.0, clock=clock)


def test_after_a_failure_nobody_passes_until_the_next_try_is_due(gate, clock):
    gate.failed(MailboxUnavailable("imap.connection_lost", server="mail.example"))
    with pytest.raises(MailboxUnavailable) as raised:
        gate.check()
    assert raised.value.reason.params == {"server": "mail.example"}
    clock.now += 0.5
    gate.check()


def test_failures_add_up_and_a_success_forgets_them(gate):
    for expected in (0.5, 1.0, 2.0):
        gate.failed(MailboxUnavailable("imap.connection_lost", server="mail.example"))
        assert gate.remaining() == expected
    gate.succeeded()
    assert gate.remaining() == 0
    gate.check()


def test_a_refused_sign_in_is_not_tried_again_at_once(gate, clock):
    gate.failed(LoginRefused("imap.login_refused", server="mail.example", user="bot"))
    clock.now += 59
    with pytest.raises(LoginRefused):
        gate.check()


def test_the_pause_a_server_asks_for_is_kept(gate, clock):
    error = ServerAsksForPause("imap.throttled", server="mail.example", seconds=299.5)
    gate.failed(error, error.seconds)
    clock.now += 299
    with pytest.raises(ServerAsksForPause):
        gate.check()
    clock.now += 1
    gate.check()
