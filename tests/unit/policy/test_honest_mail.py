"""Ordinary mail to the trades of tests/fixtures/honest.toml: are the passages that answer it found, and are they sent
where they are cited?"""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import cache
from pathlib import Path

from tests.support.model_server import ANALYSIS

from repondeur.engines import answer, prompt
from repondeur.engines.builtin import analyse
from repondeur.engines.process import checked
from repondeur.knowledge.index import Index
from repondeur.mail.language import language_of
from repondeur.mail.message import Message
from repondeur.mail.parse import parse
from repondeur.pipeline.context import context_for
from repondeur.pipeline.findings import Understood
from repondeur.pipeline.plan import facts_from, judged
from repondeur.pipeline.understand import found_passages
from repondeur.policy.passage import Passage
from repondeur.policy.screen import ScreenFacts, screen
from repondeur.settings.schema import MailboxSettings, Settings

US = "desk@shop.example"
NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
SETTINGS = MailboxSettings(name="desk", from_email=US, from_name="The desk", reply="strict")
HONEST = tomllib.loads((Path(__file__).parents[2] / "fixtures" / "honest.toml").read_text("utf-8"))


@dataclass(frozen=True)
class Case:
    """answers: the passages that answer it. public: all that its trade knows."""

    message: Message
    answers: tuple[Passage, ...]
    public: tuple[Passage, ...]

    @property
    def found(self) -> tuple[Passage, ...]:
        return found_passages(self.message, Index(self.public), NOW.date())


@cache
def cases() -> tuple[Case, ...]:
    return tuple(case for trade in HONEST.values() for case in of_trade(trade))


def of_trade(trade: dict) -> Iterator[Case]:
    known = {one["id"]: Passage(language=trade["language"], visibility="public", **one) for one in trade["passage"]}
    for number, row in enumerate(trade["mail"]):
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "Ann Blake <ann@client.example>", US, row["subject"]
        mail["Date"], mail["Message-ID"] = "Wed, 18 Nov 2026 09:00:00 +0100", f"<{number}@client.example>"
        mail.set_content(row["text"])
        message = parse(mail.as_bytes())
        message = replace(message, language=language_of(message, ("en", "fr")))
        yield Case(message, tuple(known[one] for one in row["answers"]), tuple(known.values()))


def in_strict(case: Case) -> tuple[str, str]:
    """Verdict and text where a model cites the passages that answer."""
    context = context_for(Settings(), SETTINGS, now=NOW, passages=case.answers)
    fields = {**ANALYSIS, "language": case.message.language, "passages": [one.id for one in case.answers]}
    analysis = checked(answer.read(json.dumps(fields), "test:model"), case.message, context)
    understood = Understood(screen(case.message, ScreenFacts(SETTINGS.own_addresses)), analysis, passages=case.answers)
    planned, composed = judged(facts_from(case.message, understood, SETTINGS), "one", SETTINGS, NOW)
    return (
        f"{planned.decision.verdict} {planned.reason.code} {planned.reason.params}",
        composed.text if composed else "",
    )


def test_what_cites_the_passages_that_answer_leaves():
    stopped = [(one.message.subject, said) for one in cases() if not (said := in_strict(one)[0]).startswith("answer")]
    assert stopped == []


def test_each_letter_has_the_passages_whole_a_greeting_and_our_name():
    for case in cases():
        text = in_strict(case)[1]
        assert text.startswith(("Bonjour,\n\n", "Hello,\n\n"))
        assert text.endswith(",\nThe desk")
        assert all(one.text in text for one in case.answers)
        assert all(f"{one.title}\n{one.text}" in text for one in case.answers if one.title.endswith("?"))


def test_all_of_these_passages_are_shown_to_a_model():
    lost = []
    for case in cases():
        built = prompt.built(case.message, context_for(Settings(), SETTINGS, now=NOW, passages=case.found))
        lost += [(case.message.subject, one.id) for one in case.answers if one.id not in built.passages]
    assert lost == []


def test_without_a_model_a_good_part_is_answered_and_nothing_beside_the_point():
    cited = []
    for case in cases():
        analysis = analyse(case.message, context_for(Settings(), SETTINGS, now=NOW, passages=case.found))
        if analysis.passages:
            cited.append(set(analysis.passages) <= {one.id for one in case.answers})
    assert all(cited)
    assert len(cited) >= 0.4 * len(cases())
