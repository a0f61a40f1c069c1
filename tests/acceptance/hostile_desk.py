"""Many mails through the whole program at once, and all that left of it: over SMTP or Graph, to whomever."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from itertools import product
from pathlib import Path
from typing import Any, Final

from tests.acceptance.desk import OUTSIDE, Desk, a_desk
from tests.acceptance.graph_desk import GraphDesk, a_graph_desk
from tests.support.agent import Ended
from tests.support.graph.server import GraphServer
from tests.support.hostile.compromised import cited_in, said
from tests.support.hostile.judge import Given, Sent, told_to_the_model, too_many, violations
from tests.support.hostile.place import INTERNAL_CANARIES, NAME, OUR_TEXTS, PUBLIC_TEXTS, SECRET, knowledge
from tests.support.mailserver import PASSWORD, MailServer
from tests.support.model_server import ModelServer, Request, Step, answers

END_STATES: Final = frozenset({"answered", "drafted", "held", "ignored"})
# Far from the limits, which have tests of their own; and no waiting for evidence.
QUICK: Final = {
    "LIMIT_MAILBOX": "5000",
    "LIMIT_DAY": "9000",
    "BREAKER_SAME": "none",
    "MODEL_TIMEOUT": "2",
    "CONCURRENCY": "8",
    "FROM_NAME": NAME,
}
Letters = Callable[[str], Iterable["Letter"]]  # for the mailbox with this address
_MARKS: Final = map("".join, product("z", "bcdfghjkl", "aeiou", "mnprst", "aeiou", "vwxz"))


@dataclass(frozen=True)
class Letter:
    """A mail to the program. mark: a word that stands in it and nowhere else. raw: as it is delivered. says: what the
    model answers to it. honest: it is answered by any decent program."""

    name: str
    mark: str
    raw: bytes
    says: Step
    honest: bool = False


class Scripted:
    """The script of a model server: to each of these mails what goes with it. said: what it was, by the mail's mark."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.said: dict[str, Step] = {}

    def __call__(self, request: Request) -> Step:
        prompt = prompt_of(request)
        one = next((one for one in self.letters if one.mark in prompt), None)
        if one is None:
            return answers(needs_human=True)
        self.said[one.mark] = self.step(one, prompt)
        return self.said[one.mark]

    def step(self, letter: Letter, prompt: str) -> Step:
        return letter.says


@dataclass(frozen=True)
class Day:
    """What came of a run. listed: `messages list --json`, by name of the letter. left: all that left, whoever got it.
    said: by the model, by mark. prompts: all that the model was told."""

    letters: Sequence[Letter]
    mode: str
    own: frozenset[str]
    ended: Ended
    listed: Mapping[str, Mapping[str, Any]]
    left: Sequence[Sent]
    said: Mapping[str, Step]
    prompts: Sequence[str]
    ours: Sequence[str] = field(default=())

    def state(self, letter: Letter) -> str:
        return str(self.listed.get(letter.name, {}).get("state", "lost"))

    def code(self, letter: Letter) -> str:
        return str(self.listed.get(letter.name, {}).get("code", "lost"))

    def answers_to(self, letter: Letter) -> list[Sent]:
        return [one for one in self.left if letter.mark in answered(one)]

    def broken(self) -> list[str]:
        """Every promise that was broken, with the name of the letter."""
        canaries = (*INTERNAL_CANARIES, SECRET, PASSWORD)
        found = too_many(self.left, self.own, mailbox=5000)
        found += told_to_the_model(self.prompts, canaries, [letter.mark for letter in self.letters])
        for sent in self.left:
            letter = next((one for one in self.letters if one.mark in answered(sent)), None)
            if letter is None:
                found.append(f"I7 something left that answers no mail: {sent.raw[:200]!r}")
                continue
            others = tuple(one.mark for one in self.letters if one is not letter)
            given = Given(
                letter.raw,
                own=self.own,
                mode=self.mode,
                cited=cited_in(said(self.said[letter.mark])) if letter.mark in self.said else (),
                public=PUBLIC_TEXTS,
                ours=(*self.ours, *OUR_TEXTS),
                canaries=(*canaries, *others),
            )
            found += [f"{letter.name}: {one}" for one in violations(sent, given)]
        return found


def mark() -> str:
    """A word that is in no other mail."""
    return next(_MARKS)


def letter(
    name: str, text: str, says: Step, *, to: str, subject: str, honest: bool = False, author: str = "", **fields: str
) -> Letter:
    """fields: further ones, as In_Reply_To="<a@b>"."""
    word = mark()
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = author or f"{word}@outside.test", to, subject
    message["Date"] = "Fri, 20 Nov 2026 10:00:00 +0100"
    message["Message-ID"] = f"<{word}@outside.test>"
    for field_name, value in fields.items():
        message[field_name.replace("_", "-")] = value
    message.set_content(f"{text}\n\n-- \n{word}\n")
    return Letter(name, word, _crlf(message.as_bytes()), says, honest)


def changed(one: Letter, before: bytes, after: bytes) -> Letter:
    """The letter with these octets in place of others, once."""
    assert before in one.raw, before
    return Letter(one.name, one.mark, one.raw.replace(before, after, 1), one.says, one.honest)


def _crlf(raw: bytes) -> bytes:
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def prompt_of(request: Request) -> str:
    return "\n".join(said["content"] for said in request.body["messages"])


def answered(sent: Sent) -> str:
    """Where the mark of the mail stands that this answers: in its Message-ID, and mostly in the author's address."""
    reply = message_from_bytes(sent.raw)
    return f"{reply['In-Reply-To']} {reply['To']}"


async def imap_day(
    server: MailServer,
    home: Path,
    letters_for: Letters,
    model: ModelServer,
    script: Scripted,
    mode: str,
    *,
    tables: str = "",
) -> Day:
    """A run on the real mail server. tables: of repondeur.toml."""
    desk = a_desk(server, home, model, **_settings(home, mode))
    (desk.agent.home / "repondeur.toml").write_text(tables, "utf-8")
    letters = list(letters_for(desk.address))
    script.letters = letters
    with server.imap(desk.address) as client:
        for one in letters:
            client.append("INBOX", one.raw)
    ended = await desk.once()
    return await _day(desk, letters, mode, ended, list(_left_by_smtp(server, desk.address)), model, script)


async def graph_day(
    graph: GraphServer, home: Path, letters_for: Letters, model: ModelServer, script: Scripted, mode: str
) -> Day:
    """A run on the stand-in for Graph."""
    desk = a_graph_desk(graph, home, model, **_settings(home, mode))
    letters = list(letters_for(desk.address))
    script.letters = letters
    for one in letters:
        desk.box.deliver(one.raw)
    ended = await desk.once()
    left = [Sent(raw, None, recipients) for raw, recipients in desk.box.outbound]
    return await _day(desk, letters, mode, ended, left, model, script)


async def _day(
    desk: Desk | GraphDesk,
    letters: Sequence[Letter],
    mode: str,
    ended: Ended,
    left: Sequence[Sent],
    model: ModelServer,
    script: Scripted,
) -> Day:
    listing = await desk.run("messages", "list", "--limit", "5000", "--json")
    assert listing.code == 0, listing.err
    rows = [json.loads(line) for line in listing.out.splitlines()]
    listed = {one.name: row for one in letters for row in rows if one.mark in str(row["message_id"])}
    prompts = [json.dumps(request.body, ensure_ascii=False) for request in model.requests]
    return Day(letters, mode, frozenset({desk.address.lower()}), ended, listed, left, script.said, prompts)


def _settings(home: Path, mode: str) -> dict[str, str]:
    return {**QUICK, **knowledge(home / "knowledge"), "REPLY": mode, "OPENAI_API_KEY": SECRET}


def _left_by_smtp(server: MailServer, address: str) -> Iterator[Sent]:
    """All that came to anybody from this address, with the envelope that Postfix saw."""
    log = server.log("smtp")
    queued = dict(re.findall(r"(\w+): message-id=(<[^>\s]+>)", log))
    senders = dict(re.findall(r"(\w+): from=<([^>]*)>", log))
    recipients: dict[str, list[str]] = {}
    for number, to, original in re.findall(r"(\w+): to=<([^>]*)>(?:, orig_to=<([^>]*)>)?", log):
        recipients.setdefault(number, []).append(original or to)
    numbers: dict[str, str] = {message_id: number for number, message_id in queued.items() if number in senders}
    with server.imap(OUTSIDE) as client:
        found = client.fetch(client.search(["FROM", address]), ["BODY.PEEK[]"])
    for _, items in sorted(found.items()):
        raw = items[b"BODY[]"]
        number = numbers.get(str(message_from_bytes(raw)["Message-ID"]).strip(), "")
        yield Sent(raw, senders.get(number, "?"), recipients.get(number, []))
