"""The engine for OpenAI-compatible servers against a strict one, over real sockets."""

import asyncio
import gzip
import json
import socket
import threading
from decimal import Decimal

import pytest
from tests.support.analysing import context, mail, passage
from tests.support.eventually import eventually
from tests.support.model_server import (
    ModelServer,
    Step,
    answers,
    calls_tool,
    fails,
    hangs_up,
    message,
    says,
    slowly,
)

from repondeur import process_email
from repondeur.engines.compatible import PASSING, CompatibleEngine
from repondeur.engines.cost import Prices
from repondeur.engines.dialect import THINKING_ROOM
from repondeur.errors import EngineAnswerInvalid, EngineUnavailable
from repondeur.policy.analysis import Entity

KEY = "sk-canary-7c1f"


async def ask(server, whole=None, *, given=None, times=1, **settings):
    """The analysis of a mail, by an engine of its own."""
    engine = CompatibleEngine(
        **{"base_url": server.base_url, "model": "test-model", "timeout": 20, "retry_pause": 0, **settings}
    )
    try:
        for _ in range(times):
            found = await process_email(whole or mail(), given or context(), engine)
    finally:
        await engine.close()
    return found


async def failure(server, **settings):
    with pytest.raises((EngineAnswerInvalid, EngineUnavailable)) as caught:
        await ask(server, **settings)
    error = caught.value
    for text in (str(error), error.hint("en"), error.hint("fr"), repr(error)):
        assert KEY not in text
        assert "Traceback" not in text
    return error


async def test_one_mail_is_one_completion():
    step = answers(intent="order", entities=[{"type": "order_number", "value": "77120"}], confidence=0.8)
    with ModelServer([step], key=KEY) as server:
        found = await ask(server, mail("Where is order 77120?"), api_key=KEY)
    assert (found.intent, found.confidence, found.engine) == ("order", 0.8, "openai:test-model")
    assert found.entities == (Entity("order_number", "77120"),)
    assert (found.usage.calls, found.usage.input_tokens, found.usage.output_tokens) == (1, 1000, 100)
    assert found.usage.cost is None, "a server of one's own has no price"
    (request,) = server.requests
    assert request.body["response_format"]["type"] == "json_schema"
    assert (request.body["max_tokens"], request.body["temperature"]) == (500, 0.7)
    assert "tools" not in request.body


async def test_a_server_without_a_key_is_sent_none(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody-else")
    with ModelServer() as server:
        await ask(server)
    assert "authorization" not in server.requests[0].headers


async def test_proxies_of_the_environment_do_not_count_on_this_machine(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with ModelServer() as server:
        assert (await ask(server)).intent == "question"


async def test_the_prefix_of_two_mails_is_the_same_on_the_wire():
    with ModelServer() as server:
        await ask(server, mail("one"))
        await ask(server, mail("two", language="fr"), given=context(passage("a", "A", "text")))
    first, second = (request.body for request in server.requests)
    assert first["messages"][0] == second["messages"][0]
    assert first["response_format"] == second["response_format"]


async def test_internal_passages_are_in_no_request():
    secret = passage("margins", "Margins", "CANARY-41-PERCENT", visibility="internal")
    with ModelServer([says("nonsense")]) as server:
        await failure(server, given=context(secret))
    assert len(server.requests) == 2
    assert "CANARY" not in json.dumps([request.body for request in server.requests])


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        pytest.param(calls_tool(), "tool", id="a tool call"),
        pytest.param(says("I think it is an order."), "JSON", id="prose"),
        pytest.param(
            message("{}", function_call={"name": "send", "arguments": "{}"}), "tool", id="an old function call"
        ),
        pytest.param(says('{"category": "faq"}'), "intent", id="another object"),
        pytest.param(says(""), "empty", id="nothing"),
        pytest.param(says('{"intent": "order", "summary": "cut', finish_reason="length"), "cut", id="cut"),
    ],
)
async def test_an_unusable_answer_is_shown_to_the_model_once(bad, told):
    with ModelServer([bad, answers(intent="thanks")]) as server:
        found = await ask(server)
    assert (found.intent, found.usage.calls, found.usage.input_tokens) == ("thanks", 2, 2000)
    first, second = (request.body["messages"] for request in server.requests)
    assert second[: len(first)] == first
    assert told in second[-1]["content"]


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ([calls_tool()], "engine.answer_tool_call"),
        ([says("no"), says("still no")], "engine.answer_not_json"),
        ([says(""), calls_tool()], "engine.answer_tool_call"),
        ([says("no"), fails(503)], "engine.answer_not_json"),
        ([message(None, refusal="I won't")], "engine.content_refused"),
        ([says("", finish_reason="length")], "engine.answer_cut"),
    ],
)
async def test_never_more_than_two_completions(steps, code):
    with ModelServer(steps) as server:
        error = await failure(server)
    assert (error.reason.code, server.completions) == (code, 2)
    assert isinstance(error, EngineAnswerInvalid), "trying again would cost a third"


async def test_of_an_answer_that_is_cut_twice_the_whole_fields_go_to_a_person():
    cut = says('{"intent": "order", "needs_human": false, "confidence": 1.0, "reply": "Dear', finish_reason="length")
    with ModelServer([cut]) as server:
        found = await ask(server)
    assert (found.intent, found.reply, found.needs_human, found.usage.calls) == ("order", "", True, 2)


@pytest.mark.parametrize(
    ("refuses", "sent"),
    [
        pytest.param((), "json_schema", id="takes schemas"),
        pytest.param(("json_schema",), "json_object", id="takes objects"),
        pytest.param(("json_schema", "json_object"), None, id="takes no kind"),
        pytest.param(("response_format",), None, id="does not know the parameter"),
    ],
)
async def test_a_format_that_is_refused_is_not_asked_for_again(refuses, sent):
    with ModelServer(refuses=refuses) as server:
        await ask(server, times=3)
    formats = [(request.body.get("response_format") or {}).get("type") for request in server.requests]
    assert server.completions == 3
    assert formats[-3:] == [sent] * 3
    assert len(formats) <= 5


PYDANTIC = {"detail": [{"loc": ["body", "response_format", "type"], "msg": "unexpected value", "type": "value_error"}]}


@pytest.mark.parametrize(
    ("refusal", "plainest"),
    [
        pytest.param(Step(json.dumps(PYDANTIC).encode(), 422), "json_object", id="pydantic"),
        pytest.param(fails(500, "failed to parse grammar"), "json_object", id="a failure of its own"),
        pytest.param(fails(500, "Unsupported response_format"), None, id="takes no kind"),
    ],
)
async def test_a_format_is_refused_in_many_ways(refusal, plainest):
    def answer(request):
        kind = (request.body.get("response_format") or {}).get("type")
        return answers() if kind in {plainest, None} else refusal

    with ModelServer(answer) as server:
        await ask(server, times=2)
    formats = [(request.body.get("response_format") or {}).get("type") for request in server.requests]
    assert formats == [*["json_schema", "json_object", None][: 2 if plainest else 3], plainest]


async def test_a_model_without_a_system_role_has_it_all_from_the_user():
    bad = [says("no")]

    def answer(request):
        roles = [said["role"] for said in request.body["messages"]]
        if "system" in roles or roles != ["user", "assistant", "user"][: len(roles)]:
            return fails(400, "Conversation roles must alternate user/assistant/user/assistant/...")
        return bad.pop() if bad else answers()

    with ModelServer(answer) as server:
        await ask(server, mail("Where is order 77120?"), times=2)
    refused, first, repair, second = (request.body for request in server.requests)
    system, user = (said["content"] for said in refused["messages"])
    assert first["messages"] == [{"role": "user", "content": f"{system}\n\n{user}"}]
    assert repair["messages"][0] == first["messages"][0] == second["messages"][0]
    assert all(request["response_format"]["type"] == "json_schema" for request in (first, repair, second))


async def ask_together(server, count, *, before=0, **settings):
    """What becomes of so many mails that come at once. before: how many come one by one before them."""
    engine = CompatibleEngine(
        **{"base_url": server.base_url, "model": "test-model", "timeout": 20, "retry_pause": 0, **settings}
    )
    asked = [process_email(mail(f"Mail {number}"), context(), engine) for number in range(before + count)]
    try:
        for one in asked[:before]:
            await one
        return await asyncio.gather(*asked[before:], return_exceptions=True)
    finally:
        await engine.close()


async def test_how_a_server_wants_to_be_asked_is_found_out_by_one_mail():
    refuses = ["response_format", "max_tokens", "temperature"]
    with ModelServer(refuses=refuses) as server:
        found = await ask_together(server, 30)
    assert [one.intent for one in found] == ["question"] * 30
    assert len(server.requests) == 30 + 4


@pytest.mark.parametrize("before", [0, 1])
async def test_when_one_has_been_answered_the_others_go_side_by_side(before):
    with ModelServer(lambda _: answers() if len(server.requests) == 1 else slowly(answers(), 5)) as server:
        asking = asyncio.ensure_future(ask_together(server, 9 - before, before=before, timeout=600))
        await eventually(lambda: len(server.requests) == 9)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking


async def test_a_first_mail_that_fails_holds_nobody_up():
    with ModelServer([fails(401)]) as server:
        async with asyncio.timeout(60):
            found = await ask_together(server, 10, timeout=600)
    assert {one.reason.code for one in found} == {"engine.key_refused"}
    assert len(server.requests) == 10


async def test_a_first_mail_without_an_end_holds_nobody_up_beyond_the_limit():
    def answer(request):
        return slowly(answers(), 5) if "Mail 0" in request.body["messages"][1]["content"] else answers()

    with ModelServer(answer) as server:
        first, *others = await ask_together(server, 5, timeout=0.8)
    assert first.reason.code == "engine.timeout"
    assert [one.intent for one in others] == ["question"] * 4


async def test_o_series_models_are_asked_in_their_way_at_once():
    with ModelServer() as server:
        await ask(server, model="o3-mini")
    (request,) = server.requests
    assert request.body["max_completion_tokens"] == 500 + THINKING_ROOM
    assert not {"max_tokens", "temperature"} & set(request.body)


@pytest.mark.parametrize(("refused", "instead"), [("max_tokens", "max_completion_tokens"), ("temperature", None)])
async def test_a_parameter_that_is_refused_is_replaced_or_left_out(refused, instead):
    with ModelServer(refuses=[refused]) as server:
        await ask(server, times=2)
    assert [refused in request.body for request in server.requests] == [True, False, False]
    assert instead is None or instead in server.requests[-1].body


async def test_thinking_is_switched_off_where_the_server_can():
    with ModelServer(accepts=["chat_template_kwargs"]) as server:
        await ask(server, model="Qwen/Qwen3-8B")
    assert server.requests[0].body["chat_template_kwargs"] == {"enable_thinking": False}
    with ModelServer() as server:
        await ask(server, model="Qwen/Qwen3-8B", times=2)
    assert ["chat_template_kwargs" in request.body for request in server.requests] == [True, False, False]


async def test_a_refusal_without_a_reason_leads_to_the_plainest_request_once():
    def answer(request):
        plain = "response_format" not in request.body
        return answers() if plain else Step(b"Bad Request", 400, {"Content-Type": "text/plain"})

    with ModelServer(answer) as server:
        await ask(server, times=2)
    assert len(server.requests) == 3
    with ModelServer([fails(400, "no")]) as server:
        error = await failure(server)
    assert error.reason.code == "engine.request_refused"
    assert len(server.requests) == 2


async def test_a_prompt_that_is_too_long_for_the_server_is_shortened_once():
    def answer(request):
        if len(request.body["messages"][1]["content"]) > 6000:
            return fails(400, "This model's maximum context length is 4096 tokens.", code="context_length_exceeded")
        return answers(intent="order")

    with ModelServer(answer) as server:
        assert (await ask(server, mail("long " * 5000))).intent == "order"
    with ModelServer([fails(400, "exceeds the available context size")]) as server:
        assert (await failure(server)).reason.code == "engine.prompt_too_long"
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("step", "kind", "code"),
    [
        (fails(401, f"Incorrect API key provided: {KEY}"), EngineUnavailable, "engine.key_refused"),
        (fails(402), EngineUnavailable, "engine.no_quota"),
        (fails(403), EngineUnavailable, "engine.forbidden"),
        (fails(404, code="model_not_found"), EngineUnavailable, "engine.model_missing"),
        (fails(408, retry_after="0"), EngineUnavailable, "engine.server_failed"),
        (fails(429, retry_after="0"), EngineUnavailable, "engine.over_limit"),
        (fails(429, code="insufficient_quota"), EngineUnavailable, "engine.no_quota"),
        (fails(500, retry_after="0"), EngineUnavailable, "engine.server_failed"),
        (fails(503, retry_after="0"), EngineUnavailable, "engine.server_failed"),
        (fails(400, code="content_filter", param="prompt"), EngineAnswerInvalid, "engine.content_refused"),
        (fails(400, f"Invalid {KEY}", param="messages"), EngineAnswerInvalid, "engine.request_refused"),
        (hangs_up(), EngineUnavailable, "engine.unreachable"),
        (hangs_up(after=30), EngineUnavailable, "engine.unreachable"),
        (Step(b"<html>hello</html>"), EngineUnavailable, "engine.bad_response"),
        (Step(b'{"error": {"message": "upstream"}}'), EngineUnavailable, "engine.bad_response"),
        (Step(b'{"choices": []}'), EngineUnavailable, "engine.bad_response"),
        (Step(b'{"choices": [{"message": "hi"}]}'), EngineUnavailable, "engine.bad_response"),
        (Step(b"[" * 100_000), EngineUnavailable, "engine.bad_response"),
        (Step(b" " * 65_536, endless=True), EngineAnswerInvalid, "engine.answer_too_large"),
        (Step(b"x" * 65_536, 500, endless=True), EngineAnswerInvalid, "engine.answer_too_large"),
        (
            Step(gzip.compress(b" " * 50_000_000), headers={"Content-Encoding": "gzip"}),
            EngineAnswerInvalid,
            "engine.answer_too_large",
        ),
    ],
)
async def test_what_goes_wrong_has_a_name_and_only_what_may_pass_is_asked_again(step, kind, code):
    with ModelServer([step]) as server:
        error = await failure(server, api_key=KEY)
    assert (type(error), error.reason.code, len(server.requests)) == (kind, code, 2 if code in PASSING else 1)


@pytest.mark.parametrize(
    ("script", "requests"),
    [
        pytest.param([fails(503), answers(intent="order")], 2, id="down for a moment"),
        pytest.param([fails(503), says("no"), answers()], 2, id="down, then nonsense: no third call"),
        pytest.param([says("no"), fails(503), answers()], 2, id="nonsense, then down: no third call"),
    ],
)
async def test_two_calls_are_the_most(script, requests):
    with ModelServer(script) as server:
        if len(script) == 2:
            assert (await ask(server)).intent == "order"
        else:
            assert isinstance(await failure(server), EngineAnswerInvalid)
    assert len(server.requests) == requests


async def test_redirects_are_not_followed():
    with ModelServer() as elsewhere:
        away = Step(b"", 307, {"Location": f"{elsewhere.base_url}/chat/completions"})
        with ModelServer([away]) as server:
            error = await failure(server, api_key=KEY)
    assert error.reason.code == "engine.redirected"
    assert elsewhere.requests == []


async def test_a_server_that_is_not_there():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        engine = CompatibleEngine(
            base_url=f"http://user:{KEY}@127.0.0.1:{port}/v1", model="m", timeout=20, retry_pause=0
        )
        with pytest.raises(EngineUnavailable) as caught:
            await engine.analyse(mail(), context())
        await engine.close()
    assert caught.value.reason.code == "engine.unreachable"
    assert f"127.0.0.1:{port}" in str(caught.value)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param([slowly(answers(), 0.2)], id="one octet now and then"),
        pytest.param([says("no"), slowly(answers(), 0.2)], id="slow only when asked again"),
        pytest.param([slowly(fails(500), 0.2)], id="a slow error"),
    ],
)
async def test_a_slow_server_does_not_hold_a_mail_beyond_the_limit(script):
    with ModelServer(script) as server:
        # Without the limit this would go on for minutes: the test's own bound is generous.
        error = await asyncio.wait_for(failure(server, timeout=0.3), 60)
    assert error.reason.code in {"engine.timeout", "engine.answer_not_json"}


async def test_being_cancelled_is_not_an_engine_failure():
    asked = threading.Event()

    def answer(_):
        asked.set()
        return slowly(answers(), 0.2)

    with ModelServer(answer) as server:
        asking = asyncio.ensure_future(ask(server))
        assert await asyncio.to_thread(asked.wait, 60)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking


@pytest.mark.parametrize(
    "counted",
    [
        {"prompt_tokens": -5, "completion_tokens": "many", "prompt_tokens_details": {"cached_tokens": 1e9}},
        {"prompt_tokens": 0, "completion_tokens": 0},
        {"prompt_tokens": 10**12, "completion_tokens": None},
        {"other": 1},
    ],
)
async def test_what_a_server_does_not_count_is_estimated(counted):
    with ModelServer([message(answers_text(), usage=counted)]) as server:
        usage = (await ask(server, prices=Prices(Decimal(1), Decimal(1)))).usage
    sent = sum(len(said["content"]) for said in server.requests[0].body["messages"])
    assert sent / 5 < usage.input_tokens < sent / 2
    assert len(answers_text()) / 5 < usage.output_tokens < len(answers_text()) / 2
    assert usage.cached_tokens == 0
    assert usage.cost == Decimal(usage.input_tokens + usage.output_tokens) / 1_000_000


async def test_cached_tokens_are_counted():
    counted = {"prompt_tokens": 900, "completion_tokens": 90, "prompt_tokens_details": {"cached_tokens": 700}}
    with ModelServer([message(answers_text(), usage=counted)]) as server:
        usage = (await ask(server, model="gpt-4o-mini")).usage
    assert (usage.input_tokens, usage.output_tokens, usage.cached_tokens) == (900, 90, 700)


@pytest.mark.parametrize(
    ("settings", "found"),
    [({}, ("json_schema", True)), ({"refuses": ["response_format"]}, ("none", True))],
)
async def test_a_probe_says_how_the_server_can_be_asked(settings, found):
    with ModelServer([says('{"ok": true}')], **settings) as server:
        engine = CompatibleEngine(base_url=server.base_url, model="test-model", timeout=20)
        probe = await engine.probe()
        await engine.close()
    assert (probe.format, probe.clear) == found
    assert probe.server == f"127.0.0.1:{server.port}"


async def test_a_probe_names_what_is_wrong():
    with ModelServer(models=["other"]) as server:
        engine = CompatibleEngine(base_url=server.base_url, model="test-model", timeout=20)
        with pytest.raises(EngineUnavailable) as caught:
            await engine.probe()
        await engine.close()
    assert caught.value.reason.code == "engine.model_missing"


async def test_mails_side_by_side_do_not_mix():
    def echo(request):
        text = request.body["messages"][1]["content"]
        number = next(word for word in text.split() if word.startswith("7700"))
        return answers(entities=[{"type": "order_number", "value": number}])

    with ModelServer(echo) as server:
        engine = CompatibleEngine(base_url=server.base_url, model="test-model", timeout=30)
        mails = [mail(f"order 7700{n} please") for n in range(20)]
        found = await asyncio.gather(*(process_email(one, context(), engine) for one in mails))
        await engine.close()
    assert [one.entities[0].value for one in found] == [f"7700{n}" for n in range(20)]


def answers_text():
    return json.loads(answers().body)["choices"][0]["message"]["content"]


BELGIUM = (
    passage("delivery", "Delivery to Belgium", "Parcels to Belgium take 3 to 5 days. " * 40),
    passage("customs", "Customs for Belgium", "Parcels to Belgium pay no customs. " * 40),
)


async def test_only_passages_that_stood_in_the_question_may_be_cited():
    beside = passage("loyalty", "Loyalty points", "200 points give a voucher.")
    given = context(*BELGIUM, beside)
    whole = mail("How long does delivery to Belgium take?")
    with ModelServer([answers(passages=["kb:delivery", "kb:customs"])]) as server:
        found = await ask(server, whole, given=given)
        assert (found.passages, "passages" in found.dropped) == (("kb:delivery", "kb:customs"), False)
    with ModelServer([answers(passages=["kb:delivery", "kb:loyalty"])]) as server:
        found = await ask(server, whole, given=given)
        assert (found.passages, "passages" in found.dropped) == (("kb:delivery",), True)


async def test_of_a_shortened_question_only_what_was_left_in_it():
    def answer(request):
        if "kb:customs" in request.body["messages"][1]["content"]:
            return fails(400, "This model's maximum context length is 4096 tokens.", code="context_length_exceeded")
        return answers(passages=["kb:delivery", "kb:customs"])

    with ModelServer(answer) as server:
        found = await ask(server, mail("How long does delivery to Belgium take?"), given=context(*BELGIUM))
    assert (found.passages, "passages" in found.dropped) == (("kb:delivery",), True)
