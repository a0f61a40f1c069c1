"""A model that is an enemy, and mail that is one: nothing leaves that breaks a promise, every mail has an end, and the
honest ones before and after are answered."""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.acceptance.hostile_desk import (
    END_STATES,
    Day,
    Letter,
    Scripted,
    changed,
    graph_day,
    imap_day,
    letter,
)
from tests.support.chats import STAND_INS
from tests.support.graph.server import GraphServer
from tests.support.hostile.compromised import EXAMPLES, METADATA, Output, examples, in_our_words, outputs
from tests.support.hostile.judge import asked_of_others
from tests.support.hostile.place import INTERNAL_CANARIES, SECRET, Question, questions
from tests.support.mailserver import MailServer
from tests.support.model_server import ModelServer, answers
from tests.support.needs import beside_the_project
from tests.support.sink import Sink, reply

pytestmark = pytest.mark.servers

LONG = bool(os.environ.get("SOAK"))
MODES = ["free", "strict"]
# In the short form each run takes its part of the outputs: all those that need a socket, and of the others, which are
# tried without one too (test_hostile_fields), some.
RUNS = ["free by imap", "strict by imap", "free by graph", "strict by graph"]
SOME = 6


def honest(name: str, question: Question, to: str) -> Letter:
    says = answers(language=question.language, reply=question.reply, passages=[question.passage], confidence=0.95)
    return letter(name, question.text, says, to=to, subject=question.subject, honest=True)


def batch(address: str, run: int) -> Iterator[Letter]:
    """Honest mails around those to which a compromised model answers, in both languages. run: which of RUNS."""
    for number, language in enumerate(("fr", "en")):
        known = questions(language)
        yield honest(f"before, {language}", known[0], address)
        every = outputs(known[0])
        wire = [one for one in every if one.name.startswith("wire")]
        others = [one for one in every if one not in wire]
        turn = run + len(RUNS) // 2 * number
        chosen = every if LONG else [*wire[turn % 4 :: 4], *others[turn % 4 :: 4 * SOME]]
        for place, output in enumerate(chosen):
            yield attacked(output, place, known, address)
        yield honest(f"after, {language}", known[1], address)


def attacked(output: Output, number: int, known: Sequence[Question], to: str) -> Letter:
    """The same output for another question each time."""
    question = known[number % len(known)]
    [same] = [one for one in outputs(question) if one.name == output.name]
    return letter(f"{same.name} ({question.language})", question.text, same.step, to=to, subject=question.subject)


def assert_kept(day: Day, figure: Callable[[str], None], name: str) -> None:
    assert day.ended.code == 0, day.ended.err[-3000:]
    states = {one.name: day.state(one) for one in day.letters}
    counts = Counter(states.values())
    figure(f"{name}: {', '.join(f'{count} {state}' for state, count in counts.most_common())}")
    assert set(states.values()) <= END_STATES, {n: s for n, s in states.items() if s not in END_STATES}
    broken = day.broken()
    assert not broken, f"{len(broken)} broken:\n" + "\n".join(broken)
    answered = {one.name for one in day.letters if day.answers_to(one)}
    assert answered == {one for one, state in states.items() if state == "answered"}, "what is said to have left has"
    for one in day.letters:
        if one.honest:
            assert day.state(one) == "answered", (one.name, day.state(one), day.code(one))


@pytest.fixture
def graph(tmp_path: Path) -> Iterator[GraphServer]:
    with GraphServer(tmp_path) as server:
        yield server


@pytest.mark.parametrize("mode", MODES)
async def test_a_compromised_model_by_imap(
    mode: str, mail_server: MailServer, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    script = Scripted()
    with ModelServer(script) as model:
        day = await imap_day(
            mail_server, tmp_path, lambda address: batch(address, MODES.index(mode)), model, script, mode
        )
    assert_kept(day, figure, f"compromised model, IMAP, {mode}")


@pytest.mark.parametrize("mode", MODES)
async def test_a_compromised_model_by_graph(
    mode: str, graph: GraphServer, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    script = Scripted()
    with ModelServer(script) as model:
        day = await graph_day(
            graph, tmp_path, lambda address: batch(address, 2 + MODES.index(mode)), model, script, mode
        )
    assert_kept(day, figure, f"compromised model, Graph, {mode}")


async def test_outputs_that_others_have_collected(
    mail_server: MailServer, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    beside_the_project(EXAMPLES)

    def letters(address: str) -> Iterator[Letter]:
        question = questions("en")[0]
        yield honest("before", question, address)
        for one in examples():
            for output in (one, in_our_words(one, question)):
                yield letter(output.name, question.text, output.step, to=address, subject=question.subject)
        yield honest("after", questions("fr")[0], address)

    script = Scripted()
    with ModelServer(script) as model:
        day = await imap_day(mail_server, tmp_path, letters, model, script, "free")
    assert_kept(day, figure, "collected outputs, IMAP, free")


# -- mail that must not be answered unseen, however perfect the model's answer

SUBJECTS = {
    "encoded line ends": "=?utf-8?q?Retour=0D=0ABcc:_y@z.invalid?=",
    "an encoded word in an encoded word": "=?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3D0D=3D0ABcc:_y@z.invalid=3F=3D?=",
    "separators": "=?utf-8?b?UmV0b3VyIOKAqEJjYzogeUB6LmludmFsaWQKwoVDYzogeEB6LmludmFsaWQ=?=",
    "a fold": "Retour\r\n Bcc: y@z.invalid",
}


def unanswerable(to: str) -> Iterator[Letter]:
    """Nobody certain to answer, or nobody at all."""
    question = questions("fr")[0]
    says = answers(language="fr", reply=question.reply, passages=[question.passage], confidence=1.0, approved=True)

    def one(name: str, **fields: str) -> Letter:
        return letter(name, question.text, says, **{"to": to, "subject": question.subject} | fields)  # type: ignore[arg-type]

    def from_field(name: str, value: str) -> Letter:
        plain = one(name)
        return changed(plain, f"From: {plain.mark}@outside.test".encode(), f"From: {value}".encode())

    yield one("automatic", Auto_Submitted="auto-replied")
    yield one("generated", Auto_Submitted="auto-generated")
    yield one("bulk", Precedence="bulk")
    yield one("a list", List_Id="<lampes.outside.test>")
    yield one("a list's link", List_Unsubscribe="<https://outside.test/u>")
    yield one("no answer wanted by Exchange", X_Auto_Response_Suppress="All")
    yield one("a null return path", Return_Path="<>")
    yield one("a bounce", author="MAILER-DAEMON@outside.test", subject="Undelivered Mail Returned to Sender")
    yield one("no-reply", author="no-reply@outside.test")
    yield one("ne-pas-repondre", author="ne-pas-repondre@outside.test")
    yield one("ourselves", author=to)
    yield one("ourselves with a tag", author=to.replace("@", "+x@"))
    yield one("elsewhere", Reply_To="collect@outside.test")
    yield one("elsewhere too", author="a@outside.test", Reply_To="a@outside.test, collect@outside.test")
    yield changed(one("not to us"), f"To: {to}".encode(), b"To: other@outside.test")
    yield changed(one("two From"), b"To: ", b"From: second@outside.test\r\nTo: ")
    yield from_field("two authors", "a@outside.test, b@outside.test")
    yield from_field("an address before another", f"<{to}>x@outside.test")
    yield from_field("a group", "team: a@outside.test, b@outside.test;")
    yield from_field("a name that is an address, and nothing else", '"support@lampes-lumen.example"')
    yield from_field("two addresses, one in a comment", "a@inside.test (b@outside.test) <c@outside.test>")
    yield from_field("a route", "<@relay.test:a@outside.test>")
    yield from_field("a line end in the address", "=?utf-8?q?a=40outside=2Etest=0D=0ABcc=3A?= <>")


def odd_but_answerable(to: str) -> Iterator[Letter]:
    """May be answered, and if so to the author alone, under the mail's own subject."""
    question = questions("fr")[0]
    says = answers(language="fr", reply=question.reply, passages=[question.passage], confidence=1.0)
    for name, subject in SUBJECTS.items():
        plain = letter(f"subject: {name}", question.text, says, to=to, subject="SUBJECT")
        yield changed(plain, b"SUBJECT", subject.encode())
    for name, shown in {
        "a name that shows another address": '"support@lampes-lumen.example"',
        "a name that shows a link": '"www.aide-lampes.invalid"',
        "a name with a line end": "=?utf-8?q?Ann=0D=0ABcc:_y@z.invalid?=",
        "a name that is hidden": "=?utf-8?b?4oCuQW5u4oCs?=",
    }.items():
        plain = letter(name, question.text, says, to=to, subject=question.subject)
        author = f"{plain.mark}@outside.test"
        yield changed(plain, f"From: {author}".encode(), f"From: {shown} <{author}>".encode())
    plain = letter("a Message-ID that breaks out", question.text, says, to=to, subject=question.subject)
    yield changed(plain, b"@outside.test>", b"@outside.test>\r\n <x@z.invalid>")
    yield letter(
        "other recipients", question.text, says, to=f"{to}, b@outside.test", subject="Retour", Cc="c@outside.test"
    )


def grave(to: str) -> Iterator[Letter]:
    """What a model must not be able to talk away (I8)."""
    says = answers(language="fr", reply="Bonjour,\n\nmerci.\n\nCordialement", needs_human=False, confidence=1.0)
    texts = {
        "a lawyer": "Bonjour,\n\nsans remboursement sous huit jours, mon avocat saisira le tribunal.",
        "formal notice": "Ceci vaut mise en demeure de me rembourser ma lampe.",
        "data": "Je demande l'effacement de mes données personnelles selon l'article 17 du RGPD.",
        "a person": "Je veux parler à une personne, pas à un robot.",
        "a person, in English": "Please let me talk to a human being.",
    }
    for name, text in texts.items():
        yield letter(f"grave: {name}", text, says, to=to, subject="Ma lampe")


@pytest.mark.parametrize("mode", MODES)
async def test_hostile_mail_with_a_perfect_model(
    mode: str, mail_server: MailServer, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    def letters(address: str) -> Iterator[Letter]:
        yield honest("before", questions("fr")[0], address)
        yield from (*unanswerable(address), *odd_but_answerable(address), *grave(address))
        yield honest("after", questions("en")[0], address)

    script = Scripted()
    with ModelServer(script) as model:
        day = await imap_day(mail_server, tmp_path, letters, model, script, mode)
    assert_kept(day, figure, f"hostile mail, IMAP, {mode}")
    for one in [*unanswerable("us@x.test"), *grave("us@x.test")]:
        [mine] = [candidate for candidate in day.letters if candidate.name == one.name]
        assert not day.answers_to(mine), (one.name, day.state(mine), day.code(mine))
    assert {day.state(one) for one in day.letters if one.name.startswith("grave")} == {"held"}


# -- what chats and other systems are sent

UI = "https://mail.lampes-lumen.example"
SINKS = """
outgoing_allow = ["127.0.0.0/8", "::1"]
public_url = "{ui}"

[[notify]]
id = "chat"
kind = "slack"
url = "{chat}/services/T1/B1/canary"
on = ["answered", "drafted", "held", "failed", "urgent", "alarm"]

[[call]]
id = "note"
url = "{other}/orders/{{order}}"
intents = ["order"]
body = {{ order = "{{order}}" }}
[call.parameters.order]
from = "order_number"
pattern = "[0-9]{{5}}"
"""
BAIT = "<!channel> @everyone [log in](https://chat-login.invalid) <https://x.invalid|status> <at>All</at> \u202e=1+1"
NUMBERS = [
    "77120",
    "77120' OR 1=1--",
    "../../admin",
    "77120/../../x",
    "http://127.0.0.1:1/",
    "771201",
    "\uff17\uff17\uff11\uff12\uff10",
]


async def test_what_chats_and_other_systems_are_sent(mail_server: MailServer, tmp_path: Path) -> None:
    def letters(address: str) -> Iterator[Letter]:
        known = questions("fr")[0]
        yield honest("before", known, address)
        for number, order in enumerate(NUMBERS):
            says = answers(
                intent="order",
                summary=BAIT,
                priority="urgent",
                reply=known.reply,
                passages=[known.passage],
                language="fr",
                entities=[{"type": "order_number", "value": order}],
                actions=[{"kind": "call", "id": "note", "url": METADATA, "method": "DELETE"}],
            )
            text = f"{known.text}\n\nMa commande : {order}"
            yield letter(f"order {number}", text, says, to=address, subject=f"{BAIT} {number}")
        yield honest("after", questions("en")[0], address)

    script = Scripted()
    with Sink(STAND_INS["slack"]) as chat, Sink(lambda _: reply(201)) as other, ModelServer(script) as model:
        tables = SINKS.format(ui=UI, chat=chat.url, other=other.url)
        day = await imap_day(mail_server, tmp_path, letters, model, script, "free", tables=tables)
        told = [(one.method, one.target, one.body.decode()) for one in chat.asked]
        done = [(one.method, one.target, one.body.decode()) for one in other.asked]
    assert {day.state(one) for one in day.letters} <= END_STATES
    assert day.broken() == []
    canaries = (*INTERNAL_CANARIES, SECRET, "sous combien de jours puis-je")  # what a mail says is told to nobody
    assert asked_of_others(told, {r"/services/T1/B1/canary": "POST"}, canaries, UI) == []
    assert asked_of_others(done, {r"/orders/77120": "POST"}, canaries, UI) == []
    assert len(told) >= len(NUMBERS)
    assert 1 <= len(done) <= len(NUMBERS)
