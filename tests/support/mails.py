"""Mails in a store, on whatever step of their way a test wants them."""

from dataclasses import replace
from datetime import UTC, datetime

from repondeur.mail.message import Address, Attachment, Message, MessageRef
from repondeur.store.gaps import Gaps
from repondeur.store.records import ActionState, Mail, NewMail, Stage, State, StoredAction
from repondeur.store.store import Store
from repondeur.texts import Reason

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
CLAIRE = Address("Claire", "claire@client.example")
CANARY = "canari-7f3a"  # in all that is said


def a_mail(number: int = 1, author: Address = CLAIRE) -> NewMail:
    said = CANARY
    message = Message(
        f"m{number}@client.example",
        (author,),
        f"Commande {said}",
        f"Où est ma commande {said} ?",
        f"hash-{number}",
        500,
        attachments=(Attachment("a.txt", "text/plain", 10, text=f"joint {said}"),),
    )
    ref = MessageRef("INBOX", f"7/{number}")
    return NewMail("support", f"identity-{number}", f"thread-{number}", message, ref, NOW)


async def taken(store: Store, new: NewMail) -> Mail:
    waiting = (await store.arrive([new])).waiting
    mail = await store.claim(waiting[0].id, None)
    assert mail is not None
    return mail


async def planned(store: Store, new: NewMail, state: ActionState = ActionState.DONE) -> Mail:
    """Understood, and an answer stored."""
    said = CANARY
    mail = await taken(store, replace(new, contents={0: f"octets {said}".encode()}))
    mail = await store.found(mail, "understand", {"analysis": {"engine": "m1", "summary": said}}, Stage.DECIDE, NOW)
    reply = StoredAction(
        mail.id, "reply", state, f"re{mail.id}@us.example", mail.author, f"Demain {said}", f"raw {said}".encode(), NOW
    )
    mail = await store.plan(mail, [("decide", {"said": said})], [reply], Stage.ACT, NOW, told={"span": said})
    await Gaps(store.database).put(mail.id, [f"Où {said} ?"], "fr", NOW)
    return mail


async def ended(
    store: Store, new: NewMail, state: State = State.ANSWERED, action: ActionState = ActionState.DONE
) -> Mail:
    mail = await planned(store, new, action)
    return await store.end(mail, state, Reason("screen.blocked", {"author": mail.author}), Stage.DONE, NOW)


async def loaded(store: Store, mail_id: int) -> Mail:
    mail = await store.get(mail_id)
    assert mail is not None
    return mail


def without_body(mail: Mail) -> bool:
    """Nothing of what it said, found or answered is left."""
    said = [mail.message, *(found for name, found in mail.steps.items() if name != "end")]
    return not any(said) and not any(action.text or action.raw for action in mail.actions)
