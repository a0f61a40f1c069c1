"""How messages are grouped for fetching."""

from repondeur.mailboxes.base import Arrival, MessageRef
from repondeur.mailboxes.imap.arrivals import batches


def arrival(uid: int, size: int, uidvalidity: int = 7, folder: str = "INBOX") -> Arrival:
    return Arrival(MessageRef(folder, f"{uidvalidity}/{uid}"), size)


def uids(arrivals: list[Arrival], limit: int = 25_000_000) -> list[list[str]]:
    return [[item.ref.id for item in batch] for batch in batches(arrivals, limit)]


def test_small_mail_goes_together_and_large_mail_alone_in_order():
    given = [arrival(1, 10), arrival(2, 20), arrival(3, 5_000_000), arrival(4, 10)]
    assert uids(given) == [["7/1", "7/2"], ["7/3"], ["7/4"]]


def test_what_is_over_the_limit_goes_alone():
    assert uids([arrival(1, 10), arrival(2, 200), arrival(3, 10)], limit=100) == [["7/1"], ["7/2"], ["7/3"]]


def test_a_batch_is_bounded_in_messages_and_octets():
    assert [len(batch) for batch in uids([arrival(n, 10) for n in range(1, 121)])] == [50, 50, 20]
    assert [len(batch) for batch in uids([arrival(n, 300_000) for n in range(1, 8)])] == [3, 3, 1]


def test_mail_of_unknown_size_goes_alone():
    assert uids([arrival(1, 10), arrival(2, 0), arrival(3, 10)]) == [["7/1"], ["7/2"], ["7/3"]]


def test_folders_and_uid_generations_are_not_mixed():
    given = [arrival(1, 10), arrival(2, 10, uidvalidity=8), arrival(3, 10, uidvalidity=8, folder="Other")]
    assert uids(given) == [["7/1"], ["8/2"], ["8/3"]]


def test_nothing_asked_nothing_fetched():
    assert uids([]) == []
