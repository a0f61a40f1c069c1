"""What a model is shown of a mail, of its thread and of the knowledge: what it needs, and little else. Pure.

A model reads every word at a price. The new text is what counts; of a signature, a quote and earlier turns only as much
is shown as tells who writes and what a short answer refers to.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from string import Template

from repondeur.engines.base import Turn
from repondeur.engines.cutting import cut_after_sentence, estimate_tokens, one_line, visible
from repondeur.mail.message import Invitation, Message
from repondeur.policy.asked import asked_in
from repondeur.policy.knowing import asked_of, fit
from repondeur.policy.passage import Passage
from repondeur.policy.reading import read, same_told
from repondeur.words.sentences import questions, sentences

Words = Mapping[str, str]

SIGNATURE = 60
QUOTE = 80
HEADER_LINE = 300  # characters
ATTACHMENTS = 6
# A new text of up to so many tokens may mean nothing without what it answers.
SHORT = 60
PASSAGES = 7
# So many of the search's first ones are shown of a mail that asks something: the answer is not always in the closest.
FIRST_FOUND = 3
ONE_PASSAGE = 160
# A further passage that speaks of less than this share of what the closest one speaks of is beside the point.
NEAR_BEST = 0.6
MAX_ASKED = 4000  # characters
MAX_QUESTIONS = 8  # of a mail, as in the search

_REFERS_BACK = re.compile(
    r"\b(?:ci-dessous|ci-après|plus bas|précédent|comme convenu|en réponse|suite à"
    r"|votre (?:réponse|mail|message|question)"
    r"|below|previous|earlier|as agreed|as discussed|your (?:answer|reply|e?-?mail|message|question))",
    re.IGNORECASE,
)
_CONTACT = re.compile(r"https?://\S{0,300}|www\.\S{0,300}")


def fill(template: str, **values: object) -> str:
    return Template(template).substitute(values)


def mail(message: Message, words: Words, *, now: datetime | None, quote: bool) -> str:
    """Header, new text, and what belongs to it. now: the date that the model is told beside it. quote: False when the
    thread is shown already."""
    text = message.text.strip() or message.body.strip()
    parts = [_header(message, words, now), text]
    forward = message.forward
    # What the author wrote above the forward may be all of the new text already.
    if forward and forward.text.strip() not in text:
        author = one_line(forward.author.name or forward.author.address)
        parts.append(fill(words["forward"], author=author, subject=forward.subject, text=forward.text.strip()))
    signature = cut_after_sentence(_CONTACT.sub("", one_line(message.signature[:1000])), SIGNATURE)
    if signature and signature not in text:
        parts.append(fill(words["signature"], text=signature))
    quoted = message.quoted.strip()[: QUOTE * 8]
    if quote and quoted and message.text.strip() and _leans_on_quote(text):
        parts.append(fill(words["quoted"], text=cut_after_sentence(" ".join(quoted.split()), QUOTE)))
    return visible("\n\n".join(part for part in parts if part))


def turns(thread: Sequence[Turn], words: Words, *, most: int, tokens: int) -> str:
    """The last `most` turns, each in one line of about `tokens` tokens."""
    return "\n".join(
        fill(
            words["turn"],
            author=words["us"] if turn.author == "us" else one_line(turn.author),
            text=cut_after_sentence(" ".join(visible(turn.text[: tokens * 12]).split()), tokens),
        )
        for turn in (thread[-most:] if most else ())
    )


def passages(
    known: Sequence[Passage], message: Message, language: str, words: Words, limit: int
) -> tuple[str, tuple[str, ...]]:
    """Those that may be shown (I4), best first, together about `limit` tokens; at least the best one. Also their ids.

    language: that of the answer. A passage that has far less to do with what the mail asks than another is left out.
    """
    shown: dict[str, str] = {}
    public = [passage for passage in known if passage.visibility == "public"]
    for passage in _near(public, message, language)[:PASSAGES]:
        text = cut_after_sentence(one_line(passage.text), min(ONE_PASSAGE, limit))
        block = fill(words["passage"], id=one_line(passage.id), title=one_line(passage.title), text=text)
        limit -= estimate_tokens(block)
        if limit < 0 and shown:
            break
        shown[passage.id] = block
    return "".join(shown.values()), tuple(shown)


def invitation(found: Invitation) -> str:
    """Its facts in one line."""
    form = "%Y-%m-%d" if found.all_day else "%Y-%m-%d %H:%M"
    facts = (
        found.method.lower(),
        one_line(found.summary),
        f"{found.start:{form}}" if found.start else "",
        one_line(found.location),
        f"by {one_line(found.organizer.name or found.organizer.address)}" if found.organizer.address else "",
        found.answer.lower(),
    )
    return ", ".join(fact for fact in facts if fact)


def _header(message: Message, words: Words, now: datetime | None) -> str:
    author = message.author
    head = [f"From: {author.name} <{author.address}>", f"Subject: {message.subject}"]
    # Most mail is read on the day it is written.
    if message.date and (now is None or message.date.date() != now.date()):
        head.append(f"Date: {message.date:%Y-%m-%d}")
    if message.attachments:
        names = ", ".join(part.name for part in message.attachments[:ATTACHMENTS])
        head.append(fill(words["attachments"], names=names))
    if message.invitation:
        head.append(fill(words["invitation"], facts=invitation(message.invitation)))
    return "\n".join(" ".join(line[: HEADER_LINE * 2].split())[:HEADER_LINE] for line in head)


def _leans_on_quote(text: str) -> bool:
    return estimate_tokens(text) <= SHORT or _REFERS_BACK.search(text[:2000]) is not None


def _near(known: Sequence[Passage], message: Message, language: str) -> list[Passage]:
    """Those that a question may be about, in the order of the search: its first ones, and others that share as many
    words of a question as the one that is closest to it; none that shares no word while others do, and none that says
    in another language than the answer's what one in it says too. Of a mail that asks nothing only close ones, of one
    that asks something at least the first, of one that asks several things all."""
    text = asked_in(message)[:MAX_ASKED]
    questioned = questions(sentences(text), message.language)[:MAX_QUESTIONS]
    shared: dict[str, float] = {}
    for question in questioned or [text]:
        asked = asked_of(f"{message.subject}\n{question}", "", message.language)
        evidence = {one.id: fit(asked, read(one)).evidence for one in known}
        most = max(evidence.values(), default=0.0)
        for name, found in evidence.items():
            shared[name] = max(found / most if most else 0.0, shared.get(name, 0.0))
    if not any(shared.values()):
        return list(known[:1]) if questioned else []
    native = [one for one in known if one.language in {language, ""}]
    sure = (0, FIRST_FOUND, len(known) + 1)[min(len(questioned), 2)]
    return [
        one
        for place, one in enumerate(known)
        if place < sure - 1 or (shared[one.id] and (place < sure or shared[one.id] >= NEAR_BEST))
        if one in native or not any(same_told(one, other) for other in native)
    ]
