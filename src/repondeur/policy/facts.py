"""All that the rules may know of a mail. What is not here cannot decide anything."""

from dataclasses import dataclass
from typing import Literal

from repondeur.mail.message import Message
from repondeur.policy.analysis import Analysis
from repondeur.policy.passage import Passage
from repondeur.policy.screen import Screening
from repondeur.policy.senders import STRANGER, Sender
from repondeur.policy.templates import Template
from repondeur.texts import Reason

ReplyMode = Literal["off", "draft", "strict", "free"]


@dataclass(frozen=True, slots=True)
class Facts:
    """own_addresses: of this mailbox, lower case. analysis: None when there is none, and then analysis_failure says why
    if an engine was asked. passages: those the engine was given. languages: those we answer in, preferred first, e.g.
    ("en", "fr"). superseded_by: id of a newer mail of the same thread and author that waits too.
    answered_in_thread: somebody has written to the thread in our name since, perhaps not meaning this mail.
    other_mailbox: name of another mailbox of ours that has the same mail, and had it first.
    renamed_mailbox: what this mailbox was called when the same mail was worked in it before.
    same_mail: id of an earlier mail that is this one, changed on its way: a list's footer, a tag in the subject.
    templates: those of the settings; our_name: what we are called in them; signed_by: our name below a letter that our
    own code writes, "" where a signature follows. person_asked: an earlier mail of this thread
    and author waits because it asks for a person. paused: why nothing leaves this mailbox by itself at the moment.
    over_limit: the limit that one more automatic answer would pass. sender: who the author is to us.
    """

    message: Message
    screening: Screening
    own_addresses: frozenset[str]
    reply_mode: ReplyMode = "draft"
    analysis: Analysis | None = None
    analysis_failure: Reason | None = None
    passages: tuple[Passage, ...] = ()
    languages: tuple[str, ...] = ("en", "fr")
    superseded_by: int | None = None
    answered_by_person: bool = False
    answered_in_thread: bool = False
    other_mailbox: str = ""
    renamed_mailbox: str = ""
    templates: tuple[Template, ...] = ()
    our_name: str = ""
    signed_by: str = ""
    person_asked: bool = False
    same_mail: int | None = None
    paused: Reason | None = None
    over_limit: Reason | None = None
    sender: Sender = STRANGER
