"""What a subscription is due for, and when."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from repondeur.errors import FolderMissing, LoginRefused, MailboxUnavailable, RepondeurError
from repondeur.mailboxes.graph.failures import Refused
from repondeur.mailboxes.graph.lifetime import (
    PLAIN_LIVES,
    RICH_LIVES,
    Wanted,
    due,
    is_of,
    needs_a_person,
    none_yet,
    problem_of,
    seconds_to_next,
    told_expiry,
    wait_after,
)
from repondeur.store.ledger import Subscription

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
WANTED = Wanted(
    "support@boutique.example",
    "inbox",
    "https://agent.example/graph/notifications",
    "state",
    rich=False,
    account="tenant/us",
)
KEPT = Subscription(
    mailbox="support", folder="inbox", id="5522bd62", secret_digest=WANTED.secret_digest, notification_url=WANTED.url,
    rich=False, expires=NOW + timedelta(days=6), made=NOW, renewed=NOW, last_check=NOW, account=WANTED.account,
)  # fmt: skip


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


@pytest.mark.parametrize(
    ("kept", "after", "expected"),
    [
        (None, minutes(0), "create"),
        (none_yet("support", "inbox", WANTED, NOW), minutes(0), "create"),
        (KEPT, minutes(0), "nothing"),
        (KEPT, minutes(4.9), "nothing"),
        (KEPT, minutes(5), "check"),
        (replace(KEPT, last_check=None), minutes(0), "check"),
        (KEPT, minutes(-1), "check"),
        (KEPT, timedelta(days=4) - minutes(1), "check"),
        (KEPT, timedelta(days=4), "renew"),
        (KEPT, timedelta(days=6), "create"),
        (replace(KEPT, notification_url="https://old.example/"), minutes(0), "recreate"),
        (replace(KEPT, secret_digest="another"), minutes(0), "recreate"),
        (replace(KEPT, rich=True), minutes(0), "recreate"),
        (replace(KEPT, account="tenant/another"), minutes(0), "recreate"),
        (replace(KEPT, event="subscriptionRemoved"), minutes(0), "create"),
        (replace(KEPT, event="missed"), minutes(0), "resync"),
        (replace(KEPT, event="reauthorizationRequired"), minutes(9), "renew"),
        (replace(KEPT, event="reauthorizationRequired"), minutes(11), "reauthorize"),
        (replace(KEPT, event="reauthorizationRequired"), timedelta(days=2), "renew"),
        (replace(KEPT, event="reauthorizationRequired"), timedelta(days=7), "create"),
    ],
)
def test_what_is_due(kept: Subscription | None, after: timedelta, expected: str) -> None:
    assert due(kept, WANTED, NOW + after) == expected


def test_no_renewal_soon_after_a_reauthorization_unless_the_end_is_near() -> None:
    at = NOW + timedelta(days=4)
    asked = replace(KEPT, event="reauthorizationRequired")
    assert due(KEPT, WANTED, at, reauthorized=at - minutes(9)) == "check"
    assert due(KEPT, WANTED, at, reauthorized=at - minutes(10)) == "renew"
    assert due(asked, WANTED, at, reauthorized=at - minutes(9)) == "reauthorize"
    nearly_over = KEPT.expires - minutes(19)
    assert due(KEPT, WANTED, nearly_over, reauthorized=nearly_over - minutes(9)) == "renew"


def test_a_reauthorization_of_before_the_clock_was_set_back_rules_nothing_out() -> None:
    at = NOW + timedelta(days=4)
    assert due(KEPT, WANTED, at, reauthorized=at + minutes(1)) == "renew"
    asked = replace(KEPT, event="reauthorizationRequired", renewed=NOW)
    assert due(asked, WANTED, at, reauthorized=at + minutes(1)) == "renew"


def test_the_store_has_no_secret() -> None:
    assert WANTED.secret_digest == hashlib.sha256(b"state").hexdigest()


def test_the_next_look_is_at_the_check_or_the_renewal() -> None:
    assert seconds_to_next(KEPT, NOW) == 300
    assert seconds_to_next(KEPT, NOW + minutes(4)) == 60
    before_renewal = NOW + timedelta(days=4) - timedelta(seconds=30)
    assert seconds_to_next(replace(KEPT, last_check=before_renewal), before_renewal) == 30
    assert seconds_to_next(KEPT, NOW + minutes(5)) == 5  # never at once


def test_failures_are_tried_again_from_half_a_minute_to_ten() -> None:
    assert [wait_after(count) for count in (1, 2, 3, 4, 5, 6, 1000)] == [30, 60, 120, 240, 480, 600, 600]


def test_no_life_that_graph_refuses_is_asked_for_first() -> None:
    assert (PLAIN_LIVES[0], RICH_LIVES[0]) == (10_065, 1_435)
    assert told_expiry(NOW, 10_065) == "2026-11-27T09:45:00Z"


def test_the_resource_of_a_folder() -> None:
    assert WANTED.resource == "/users/support@boutique.example/mailFolders('inbox')/messages"
    assert replace(WANTED, user="a#EXT#@b.example").resource.startswith("/users/a%23EXT%23@b.example/")
    rich = replace(WANTED, rich=True).resource
    assert rich.partition("?")[2].startswith("$select=id,conversationId,internetMessageId,")


@pytest.mark.parametrize(
    ("told", "ours"),
    [
        ("users/support@boutique.example/mailFolders('inbox')/messages", True),
        ("/Users/Support@Boutique.example/mailfolders('Inbox')/messages?$select=id", True),
        ("/users/support%40boutique.example/mailFolders('inbox')/messages", True),
        ("/users/support@boutique.example/mailFolders('archive')/messages", False),
        ("/users/other@boutique.example/mailFolders('inbox')/messages", False),
        (None, False),
        (7, False),
    ],
)
def test_whose_resource_it_is(told: object, ours: bool) -> None:
    assert WANTED.watches(told) is ours


def test_whose_mailbox_it_is() -> None:
    assert is_of("support@boutique.example", "Users/Support@boutique.example/mailFolders('x')/messages")
    assert not is_of("support@boutique.example", "users/support@boutique.example.org/messages")
    assert not is_of("support@boutique.example", None)


@pytest.mark.parametrize(
    ("error", "code", "at_once", "after_an_hour"),
    [
        (Refused(400, "ValidationError"), "graph.hook_unreachable", False, True),
        (Refused(403, "ExtensionError"), "graph.subscription_forbidden", True, True),
        (Refused(409, "Conflict"), "graph.subscription_conflict", False, True),
        (Refused(404, "ExtensionError"), "graph.subscription_refused", False, True),
        (MailboxUnavailable("graph.throttled", seconds=3), "graph.throttled", False, False),
        (LoginRefused("graph.no_consent"), "graph.no_consent", True, True),
        (FolderMissing("graph.folder_missing"), "graph.folder_missing", True, True),
    ],
)
def test_problems_and_who_is_to_solve_them(
    error: RepondeurError, code: str, at_once: bool, after_an_hour: bool
) -> None:
    assert problem_of(error, WANTED).code == code
    assert needs_a_person(error, timedelta()) is at_once
    assert needs_a_person(error, timedelta(hours=1)) is after_an_hour
