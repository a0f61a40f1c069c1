"""A dry run: what would be done with these mails, and why. No effect outside, no database."""

import asyncio
import mailbox as mailbox_files
import os
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

import structlog

from repondeur.attachments.reader import FileReader
from repondeur.authentication.checker import Checker
from repondeur.bounded.pool import Pool
from repondeur.bounded.reading import read
from repondeur.engines.base import Engine
from repondeur.engines.process import process_email
from repondeur.errors import EngineAnswerInvalid, EngineUnavailable, MessageUnreadable, RepondeurError
from repondeur.knowledge.index import Index
from repondeur.mail.codec import explain_message
from repondeur.mail.compose import Composed
from repondeur.mail.message import Address, Message
from repondeur.pipeline.calls import known_calls, with_calls
from repondeur.pipeline.context import context_for, templates
from repondeur.pipeline.enclosures import read_contents, with_contents
from repondeur.pipeline.findings import Planned, Understood
from repondeur.pipeline.meaning import Meaning
from repondeur.pipeline.plan import facts_from, judged
from repondeur.pipeline.receive import SIZE_LIMIT, identity_of
from repondeur.pipeline.senders import checks_wanted, screen_facts, sender_rules
from repondeur.pipeline.understand import found_passages
from repondeur.policy.analysis import Analysis
from repondeur.policy.calls import calls_for
from repondeur.policy.guard import Objection
from repondeur.policy.screen import screen
from repondeur.policy.senders import sender_of
from repondeur.settings.schema import MailboxSettings, Settings
from repondeur.store.records import to_json
from repondeur.texts import Language, Reason, render

HEADER_OCTETS = 256 * 1024  # enough for every header that is read (mail.limits)
LONG_HEADER = frozenset({"mail.field_too_large", "mail.header_too_large"})
IN_FLIGHT = 8  # mails that are worked on at a time, for each core

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Explainer:
    """How mails would be worked. settings: of the mailbox, None when none is set up; then a mail is taken as addressed
    to us. engine: None to end after screening. asking: bounds how many mails it is asked about at a time. meaning: what
    tells passages of the same meaning. checker: of signatures, for those that settings want checked."""

    program: Settings
    settings: MailboxSettings | None
    engine: Engine | None
    index: Index
    language: Language
    now: datetime
    asking: asyncio.Semaphore
    meaning: Meaning | None = None
    checker: Checker | None = None

    async def explain(self, source: "Source", reader: Pool, files: FileReader) -> dict[str, Any]:
        """One object with every key below, whatever becomes of the mail; never raises for a mail. error: what went
        wrong, in a sentence for people. unasked: why no model could be asked, where one was to be; the mail would be
        held for that alone, and with a model that works something else may become of it."""
        found: dict[str, Any] = {"path": source.path, "error": None}
        found |= dict.fromkeys(("message", "screening", "analysis", "decision", "reply", "unasked"))
        try:
            return found | await self._explained(source, reader, files)
        except Exception as error:  # a defect that one mail brings to light must not end the others
            log.error("explain.failed", path=source.path, exc_info=error)
            return found | {"error": self._said(Reason("way.defect", {"error": type(error).__name__}))}

    async def _explained(self, source: "Source", reader: Pool, files: FileReader) -> dict[str, Any]:
        """What is found of the object."""
        try:
            raw = await asyncio.to_thread(source.octets)
        except RepondeurError as error:
            return {"error": self._said(error.reason)}
        except OSError as error:
            return {"error": self._said(Reason("explain.no_file", {"problem": error.strerror or type(error).__name__}))}
        languages = self._settings_for(None).languages
        try:
            message = await read(reader, raw, languages)
        except RepondeurError as error:
            header = await _from_header(reader, raw, languages)
            if header is None or error.reason.code not in LONG_HEADER:
                return {"error": self._said(error.reason), "message": header}
            return self._unreadable(header, error.reason)
        settings = self._settings_for(message)
        if self.checker is not None:
            message = await self.checker.checked(message, raw, checks_wanted(message, settings))
        known = screen_facts(settings)
        message, contents = await with_contents(message, raw, reader, known, self.program)
        if contents:
            message = await read_contents(message, contents, files, self.program, languages)
        return await self._judged(message)

    def _unreadable(self, header: dict[str, Any], reason: Reason) -> dict[str, Any]:
        """A whole message whose header is longer than we read: it is held with the reason."""
        why = self._why(reason)
        decision = {"verdict": "hold", **why, "actions": [], "objections": []}
        return {
            "message": header,
            "screening": {"verdict": "unreadable", **why},
            "decision": None if self.engine is None else decision,
        }

    async def _judged(self, message: Message) -> dict[str, Any]:
        settings = self._settings_for(message)
        screening = screen(message, screen_facts(settings))
        found: dict[str, Any] = {
            "message": explain_message(message, self.language),
            "screening": {
                "verdict": screening.verdict,
                **self._why(screening.reason),
                "sender": to_json(sender_of(message, sender_rules(settings))),
            },
        }
        if self.engine is None:
            return found
        understood, unasked = Understood(screening), None
        if screening.verdict == "answerable":
            try:
                understood = await self._understood(message, understood, settings)
            except EngineUnavailable as error:
                understood, unasked = replace(understood, failure=error.reason), self._why(error.reason)
        facts = facts_from(message, understood, settings, templates(self.program))
        identity = identity_of(message)
        planned, composed = judged(facts, identity, settings, self.now)
        planned = with_calls(planned, calls_for(facts, known_calls(self.program), settings.name, 0, identity))
        return found | {
            "analysis": self._analysis(understood.analysis),
            "decision": self._decision(planned),
            "reply": _reply(composed),
            "unasked": unasked,
        }

    async def _understood(self, message: Message, understood: Understood, settings: MailboxSettings) -> Understood:
        """Raises EngineUnavailable."""
        assert self.engine is not None
        near = await self.meaning.near(message, self.index) if self.meaning else {}
        passages = found_passages(message, self.index, self.now.date(), near)
        context = context_for(self.program, settings, now=self.now, passages=passages)
        if self.settings is None:
            # Addressees differ from mail to mail; the part of the prompt that is the same must stay so.
            context = replace(context, mailbox=Address("", ""))
        try:
            async with self.asking:
                analysis = await process_email(message, context, self.engine)
        except EngineAnswerInvalid as error:
            return replace(understood, failure=error.reason, passages=passages)
        return replace(understood, analysis=analysis, passages=passages)

    def _settings_for(self, message: Message | None) -> MailboxSettings:
        if self.settings is not None:
            return self.settings
        to = next((address.address for address in (message.to if message else ()) if address.address), "")
        return MailboxSettings.model_construct(name="explain", from_email=to)

    def _analysis(self, analysis: Analysis | None) -> dict[str, Any] | None:
        """As it is stored, with its reasons in words, and of an entity only what is known."""
        if analysis is None:
            return None
        found: dict[str, Any] = to_json(analysis)
        found["entities"] = [{name: value for name, value in one.items() if value} for one in found["entities"]]
        if analysis.chosen is not None:
            over = [{"model": one.model, **self._why(one.reason)} for one in analysis.chosen.passed_over]
            found["chosen"] = {"model": analysis.chosen.model, **self._why(analysis.chosen.why), "passed_over": over}
        return found

    def _decision(self, planned: Planned) -> dict[str, Any]:
        actions = [{"kind": one.kind} | ({"id": one.id} if one.id else {}) for one in planned.decision.actions]
        objections = [self._objection(one) for one in planned.guarding.objections] if planned.guarding else []
        why = self._why(planned.reason)
        return {"verdict": planned.decision.verdict, **why, "actions": actions, "objections": objections}

    def _objection(self, one: Objection) -> dict[str, Any]:
        span = {"text": one.span.text, "start": one.span.start, "end": one.span.end} if one.span else None
        return {**self._why(one.reason), "span": span}

    def _why(self, reason: Reason) -> dict[str, str]:
        return {"reason": self._said(reason), "code": reason.code}

    def _said(self, reason: Reason) -> str:
        return render(reason, self.language)


async def _from_header(reader: Pool, raw: bytes, languages: Sequence[str]) -> dict[str, Any] | None:
    """What the header tells of a mail that cannot be read; None where not even that can be."""
    try:
        return explain_message(await read(reader, raw[:HEADER_OCTETS], languages, header_only=True))
    except RepondeurError:
        return None


def _reply(composed: Composed | None) -> dict[str, Any] | None:
    if composed is None:
        return None
    return {
        "to": composed.recipient.address,
        "subject": composed.subject,
        "headers": dict(composed.headers),
        "text": composed.text,
    }


@dataclass(frozen=True, slots=True)
class Source:
    """One mail to explain. path: as given, with "#N" behind it for message N of an mbox, from 1. octets: loads it;
    raises OSError or MessageUnreadable. Of a file over the size limit it loads only as much as shows that it is."""

    path: str
    octets: Callable[[], bytes]


def sources(paths: Iterable[str]) -> Iterator[Source]:
    """Every mail under the paths: a file, a Maildir, an mbox, any folder with all files in it, "-" for standard input.
    A path that does not exist, a folder that cannot be read, or a pipe that is given by its path, is a source too: its
    object then says so."""
    for path in paths:
        if path == "-":
            yield Source(path, lambda: sys.stdin.buffer.read(SIZE_LIMIT + 1))
        elif Path(path).is_dir():
            yield from _in_folder(Path(path))
        elif _is_endless(path):
            yield Source(path, partial(_raise, MessageUnreadable("explain.not_a_file")))
        elif _is_mbox(Path(path)):
            yield from _in_mbox(path)
        else:
            yield Source(path, partial(_start_of, path))


def _in_folder(folder: Path) -> Iterator[Source]:
    refused: list[OSError] = []
    for parent, folders, files in os.walk(folder, onerror=refused.append):
        folders[:] = sorted(name for name in folders if not _is_delivering(Path(parent), name))
        yield from sources(path for name in sorted(files) if not _is_endless(path := str(Path(parent) / name)))
    for error in refused:
        yield Source(str(error.filename), partial(_raise, error))


def _is_endless(path: str) -> bool:
    """A pipe, socket or device is no mail, and reading it may never end. In a folder it is passed over."""
    return Path(path).exists() and not Path(path).is_file()


def _raise(error: OSError | MessageUnreadable) -> bytes:
    raise error


def _is_mbox(path: Path) -> bool:
    """By its name, or by its first line; a single message with an .eml name may begin with such a line as well."""
    if path.suffix == ".mbox" or path.name == "mbox":
        return True
    if path.suffix or not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return file.read(5) == b"From "
    except OSError:
        return False


def _is_delivering(parent: Path, name: str) -> bool:
    """A Maildir's tmp holds what is not delivered yet."""
    return name == "tmp" and (parent / "cur").is_dir()


def _in_mbox(path: str) -> Iterator[Source]:
    try:
        messages = mailbox_files.mbox(path, create=False)
    except (OSError, mailbox_files.Error):
        yield Source(path, partial(_start_of, path))
        return
    one_at_a_time = Lock()  # sources are read in several threads, and these share one file and its position

    def octets(key: str) -> bytes:
        with one_at_a_time:
            return messages.get_bytes(key)

    for number, key in enumerate(messages.keys(), 1):
        yield Source(f"{path}#{number}", partial(octets, key))


def _start_of(path: str) -> bytes:
    with Path(path).open("rb") as file:
        return file.read(SIZE_LIMIT + 1)


async def explain_all(
    explainer: Explainer, found: Iterable[Source], reader: Pool, files: FileReader
) -> AsyncIterator[dict[str, Any]]:
    """One object a mail, in the order of the sources, several at work at a time."""
    most = max(IN_FLIGHT * (os.cpu_count() or 1), explainer.program.concurrency)
    at_work: deque[asyncio.Task[dict[str, Any]]] = deque()
    for source in found:
        at_work.append(asyncio.create_task(explainer.explain(source, reader, files)))
        if len(at_work) >= most:
            yield await at_work.popleft()
    while at_work:
        yield await at_work.popleft()
