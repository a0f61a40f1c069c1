"""What the other mails of a thread mean for this one. Pure: it reads what the store knows of them."""

from collections.abc import Collection, Sequence

from repondeur.mail.message import Message
from repondeur.policy.words import words_of
from repondeur.store.records import Mail, Neighbour, State

WAITS_OR_ANSWERED = frozenset({None, State.HELD, State.ANSWERED, State.DRAFTED})
WAITS = frozenset({None, State.HELD, State.DRAFTED, State.FAILED})
SUPERSEDED = "decide.superseded"
PERSON_ASKED = frozenset({"decide.asks_for_person", "decide.person_asked_before"})


def newer_of_author(mail: Mail, neighbours: Sequence[Neighbour]) -> list[int]:
    """Later mails of the same author that wait for an answer themselves, or have had one; the newest first."""
    newer = [
        one.id
        for one in neighbours
        if one.id > mail.id and one.author == mail.author and one.state in WAITS_OR_ANSWERED
    ]
    return newer[::-1]


def left_for_this_one(mail: Mail, neighbours: Sequence[Neighbour]) -> list[int]:
    """Earlier mails of the same author that were not answered because of this one, oldest first: those since the last
    answer in the thread, for what was answered before is settled."""
    earlier = [one for one in neighbours if one.id < mail.id]
    last_answer = max((one.id for one in earlier if one.state is State.ANSWERED), default=0)
    return [
        one.id for one in earlier if one.id > last_answer and one.author == mail.author and one.reason == SUPERSEDED
    ]


def still_waiting(mail: Mail, neighbours: Sequence[Neighbour]) -> int:
    """How many earlier mails of the same author in the thread have had no answer yet."""
    earlier = [one for one in neighbours if one.id < mail.id]
    last_answer = max((one.id for one in earlier if one.state is State.ANSWERED), default=0)
    return sum(
        one.id > last_answer
        and one.author.lower() == mail.author.lower()
        and (one.state in WAITS or one.reason == SUPERSEDED)
        for one in earlier
    )


def same_message_id(mail: Mail, neighbours: Sequence[Neighbour]) -> list[int]:
    """Earlier mails of the same author with the same Message-ID, oldest first."""
    return [
        one.id
        for one in neighbours
        if one.id < mail.id and mail.message_id and one.message_id == mail.message_id and one.author == mail.author
    ]


def is_copy(message: Message | None, earlier: Message | None) -> bool:
    """Do two mails with one Message-ID say the same: one date, and the words of one within those of the other, as when
    a list has added its footer? Some programs give all their mails the same Message-ID."""
    if message is None or earlier is None or message.date is None or message.date != earlier.date:
        return False
    said, said_before = (words_of(one.text or one.body).strip() for one in (message, earlier))
    return bool(said and said_before) and (said in said_before or said_before in said)


def person_asked(mail: Mail, neighbours: Sequence[Neighbour]) -> bool:
    """Does an earlier mail of the same author in the thread wait because they asked for a person?"""
    return any(
        one.id < mail.id and one.author.lower() == mail.author.lower() and one.state is State.HELD
        for one in neighbours
        if one.reason in PERSON_ASKED
    )


def written_anew(waiting_elsewhere: int) -> int:
    """How many of the author's mails in other threads count as asking again: who has no answer often writes a new mail.
    One that waits may as well be about another matter."""
    return max(0, waiting_elsewhere - 1)


def continues(older: Message | None, newer: Message | None) -> bool:
    """Does the newer mail go on where the older one left off: it refers to it, and answers go to the same place? Web
    forms write in one name with one thread for everybody; there it is Reply-To that tells people apart."""
    if older is None or newer is None or older.message_id is None:
        return False
    refers = older.message_id in {*newer.references, *newer.in_reply_to} and newer.message_id != older.message_id
    return refers and {one.key for one in older.reply_to} == {one.key for one in newer.reply_to}


def earlier_of_author(mail: Mail, neighbours: Sequence[Neighbour], most: int) -> list[int]:
    """The mails of the thread that the same author wrote before this one, the latest `most`, oldest first. Those of
    others are not for this author's eyes: anybody can name a thread they have no part in."""
    return [one.id for one in neighbours if one.id < mail.id and one.author.lower() == mail.author.lower()][-most:]


def written_since_by(mail: Mail, neighbours: Sequence[Neighbour], authors: Collection[str]) -> list[str | None]:
    """Message-IDs of later mails of the thread by one of these authors (lower case)."""
    return [one.message_id for one in neighbours if one.id > mail.id and one.author.lower() in authors]
