"""Whatever a model does wrong: the mail waits for a person with the reason, and the next one is handled."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.desk import Desk, a_desk, asked, logged, with_settings
from tests.support.agent import Ended
from tests.support.mailserver import MailServer
from tests.support.model_server import ModelServer, Request, Step, answers, calls_tool, fails, hangs_up, says, slowly

pytestmark = pytest.mark.servers

GOOD = answers(reply="Votre lampe part demain.", language="fr", confidence=0.95)
KEY = "sk-canary-20391"
BODY = "canari-du-corps-8842"


@dataclass(frozen=True)
class Failure:
    """step: what the model does with the mail it fails on, each time it is asked."""

    step: Step
    code: str


CALLS_A_MAIL = 2  # what is promised
FAILURES = {
    "never ends": Failure(slowly(GOOD, 0.05), "engine.timeout"),
    "hangs up": Failure(hangs_up(), "engine.unreachable"),
    "no JSON, twice": Failure(says("Bonjour ! Avec plaisir."), "engine.answer_not_json"),
    "JSON of another kind": Failure(says('{"answer": "yes"}'), "engine.answer_no_intent"),
    "a tool": Failure(calls_tool(), "engine.answer_tool_call"),
    "500": Failure(fails(500, f"boom {BODY}"), "engine.server_failed"),
    "429": Failure(fails(429, "slow down", code="rate_limit_exceeded", Retry_After="600"), "engine.over_limit"),
    "401": Failure(fails(401, f"Incorrect API key provided: {KEY}", code="invalid_api_key"), "engine.key_refused"),
    "404": Failure(fails(404, "no such model", code="model_not_found"), "engine.model_missing"),
    "a redirect": Failure(Step(b"", 302, {"Location": "http://127.0.0.1:9/"}), "engine.redirected"),
}


@dataclass(frozen=True)
class Day:
    """A mailbox after a run with one mail for each failure, and one that the model understands between any two."""

    desk: Desk
    ended: Ended
    flags: dict[str, frozenset[bytes]]
    listed: dict[str, dict[str, str]]
    asked: list[str]


def ill_humoured(request: Request) -> Step:
    """Fails on a mail in the way its text asks for."""
    return next((failure.step for name, failure in FAILURES.items() if f"#{name}#" in asked(request)), GOOD)


async def a_day(desk: Desk, model: ModelServer) -> Day:
    for number, name in enumerate(FAILURES):
        desk.deliver(
            desk.mail(name, f"Bonjour, ma lampe est en panne. #{name}# {BODY}\n", author=desk.customer(number)),
            desk.mail(f"Après {name}", "Livrez-vous à Namur ?\n", author=desk.customer(100 + number)),
        )
    ended = await desk.run("once")
    questions = [asked(request) for request in model.requests]
    return Day(desk, ended, desk.flags(), {one["subject"]: one for one in await desk.listed()}, questions)


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with ModelServer(ill_humoured) as server:
        yield server


@pytest.fixture(scope="module")
def day(mail_server: MailServer, model: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Day:
    settings = {"OPENAI_API_KEY": KEY, "MODEL_TIMEOUT": "2", "CONCURRENCY": "8"}
    return asyncio.run(a_day(a_desk(mail_server, tmp_path_factory.mktemp("failures"), model, **settings), model))


@pytest.mark.parametrize("name", FAILURES)
def test_the_mail_waits_for_a_person_with_the_reason(day: Day, name: str) -> None:
    failure, entry = FAILURES[name], day.listed[name]
    assert (entry["state"], entry["code"]) == ("held", failure.code)
    assert entry["reason"] in day.ended.out
    assert day.flags[name] == frozenset(), "it stays unread"
    warned = [
        line for line in logged(day.ended) if line["event"] == "mail.engine_failed" and line["mail"] == entry["id"]
    ]
    assert [(line["level"], line["reason"]) for line in warned] == [("warning", failure.code)]
    assert 1 <= sum(f"#{name}#" in question for question in day.asked) <= CALLS_A_MAIL


@pytest.mark.parametrize("name", FAILURES)
def test_the_next_mail_is_handled(day: Day, name: str) -> None:
    assert day.listed[f"Après {name}"]["state"] == "answered"


def test_nothing_secret_is_told(day: Day) -> None:
    assert day.ended.code == 0
    for told in (day.ended.out, day.ended.err, str(day.listed)):
        assert KEY not in told
        assert BODY not in told


@pytest.mark.parametrize("name", ["never ends", "no JSON, twice", "401"])
async def test_retry_answers_once_the_model_is_back(day: Day, model: ModelServer, name: str) -> None:
    number = day.listed[name]["id"]
    model.script = [GOOD]
    retried = await day.desk.run("retry", str(number))
    assert retried.out.startswith(f"Mail {number}: Answered."), retried
    author = day.listed[name]["author"]
    assert len([one for one in day.desk.left() if one["To"] == author]) == 1


async def test_a_model_that_is_down(mail_server: MailServer, tmp_path: Path) -> None:
    """Nothing listens there. Mail of machines is still put away, and people's mail waits for people."""
    with ModelServer() as gone:
        pass
    desk = a_desk(mail_server, tmp_path, gone)
    desk.deliver(
        desk.mail("Un", author=desk.customer(1)),
        desk.mail("Absence", Auto_Submitted="auto-replied"),
        desk.mail("Deux", author=desk.customer(2)),
    )
    ended = await desk.once()
    assert {(one["subject"], one["state"], one["code"]) for one in await desk.listed()} == {
        ("Un", "held", "engine.unreachable"),
        ("Absence", "ignored", "automatic.auto_submitted"),
        ("Deux", "held", "engine.unreachable"),
    }
    assert ended.code == 0
    assert not desk.left()
    check = await desk.run("check")
    assert check.code == 1
    assert "cannot be reached" in check.out
    with ModelServer([GOOD]) as back:
        mended = with_settings(desk, OPENAI_BASE_URL=back.base_url)
        for number in ("1", "3"):
            assert (await mended.run("retry", number)).out.startswith(f"Mail {number}: Answered.")
    assert len(desk.left()) == 2
