"""Each provider against a strict stand-in written from its own pages: nothing is refused, nobody thinks for nothing,
and what goes wrong has the same names everywhere."""

from contextlib import asynccontextmanager
from decimal import Decimal

import pytest
from tests.support.analysing import context, mail
from tests.support.model_server import ModelServer, answers, fails, message, says
from tests.support.providers import THOUGHTS, VENDORS, AzureServer, MistralServer, OpenAIServer, VllmServer
from tests.support.providers.vendor import ANSWER, KEY, sends

from repondeur.engines.base import Statement
from repondeur.engines.compatible import CompatibleEngine
from repondeur.engines.cost import Prices
from repondeur.engines.dialect import THINKING_ROOM
from repondeur.engines.providers import PROVIDERS
from repondeur.errors import EngineAnswerInvalid, EngineUnavailable, SettingsError

USUAL = [(name, model, thinks) for name, vendor in VENDORS.items() for model, thinks in vendor.usual.items()]
FIRST = {name: next(iter(vendor.usual)) for name, vendor in VENDORS.items()}
# Models whose first dialect is checked by name; the plain ones of each house.
PLAIN = FIRST | {"openai": "gpt-4o-mini", "azure": "gpt-4o-mini", "anthropic": "claude-haiku-4-5"}


@asynccontextmanager
async def asking(server, name, model="", **more):
    settings = {"base_url": server.base_url, "api_key": KEY, "timeout": 20, "retry_pause": 0, **more}
    engine = CompatibleEngine(provider=PROVIDERS[name], model=model or PLAIN[name], **settings)
    try:
        yield engine
    finally:
        await engine.close()


async def failure(server, name, model="", *, given=None, **more):
    async with asking(server, name, model, **more) as engine:
        with pytest.raises((EngineAnswerInvalid, EngineUnavailable)) as caught:
            await engine.analyse(mail(), given or context())
    assert KEY not in f"{caught.value} {caught.value.hint()} {caught.value!r}"
    return caught.value


@pytest.mark.parametrize(("name", "model", "thinks"), USUAL)
async def test_the_usual_models_are_asked_rightly_at_once(name, model, thinks):
    with VENDORS[name]() as server:
        async with asking(server, name, model) as engine:
            found = await engine.analyse(mail(), context())
    assert [step.body for step in server.refused] == []
    assert (len(server.requests), server.thoughts) == (1, int(thinks))
    assert (found.intent, found.summary, found.engine) == ("order", f"Answered by {model}.", f"{name}:{model}")
    written = ANSWER + (THOUGHTS if thinks else 0)
    assert (found.usage.calls, found.usage.output_tokens) == (1, written), "what was thought is paid for too"


@pytest.mark.parametrize("name", ["openai", "mistral"])
async def test_sentences_to_be_judged_are_asked_for_in_the_same_call(name):
    judged = (Statement("refund", "The author wants money back."), Statement("vip-2", "Say who it is."))
    with VENDORS[name]() as server:
        async with asking(server, name) as engine:
            await engine.analyse(mail(), context(statements=judged))
    (request,) = server.requests
    properties = request.body["response_format"]["json_schema"]["schema"]["properties"]
    assert list(properties["statements"]["properties"]) == ["refund", "vip-2"]


@pytest.mark.parametrize("name", VENDORS)
async def test_a_probe_needs_one_request(name):
    with VENDORS[name]() as server:
        async with asking(server, name) as engine:
            probe = await engine.probe()
    assert (probe.clear, len(server.requests), server.refused) == (True, 1, [])


@pytest.mark.parametrize("name", [name for name, vendor in VENDORS.items() if vendor.wants_key])
async def test_a_wrong_key(name):
    with VENDORS[name]() as server:
        for key in ("wrong", ""):
            assert (await failure(server, name, api_key=key)).reason.code == "engine.key_refused"
    assert len(server.requests) == 2


@pytest.mark.parametrize("name", [name for name in VENDORS if name != "llamacpp"])
async def test_a_model_that_is_not_there(name):
    with VENDORS[name]() as server:
        error = await failure(server, name, "no-such-model")
    assert (error.reason.code, error.usage, len(server.requests)) == ("engine.model_missing", None, 1)


@pytest.mark.parametrize("name", [name for name in VENDORS if name != "ollama"])
async def test_a_prompt_that_is_too_long_is_shortened_once(name):
    with VENDORS[name](window=1500) as server:
        async with asking(server, name) as engine:
            found = await engine.analyse(mail("A long tale. " * 3000), context())
    assert (found.intent, len(server.refused), server.completions) == ("order", 1, 1)
    with VENDORS[name](window=10) as server:
        assert (await failure(server, name)).reason.code == "engine.prompt_too_long"


@pytest.mark.parametrize("name", VENDORS)
async def test_a_limit_of_requests_is_waited_out(name):
    with VENDORS[name](busy=1) as server:
        async with asking(server, name) as engine:
            assert (await engine.analyse(mail(), context())).intent == "order"
    assert (len(server.requests), server.completions) == (2, 1)


@pytest.mark.parametrize("name", [name for name in VENDORS if name != "llamacpp"])
async def test_a_wait_beyond_the_time_limit_is_not_begun(name):
    with VENDORS[name](busy=9, retry_after="3600") as server:
        error = await failure(server, name)
    assert (error.reason.code, error.retry_after, len(server.requests)) == ("engine.over_limit", 3600, 1)


@pytest.mark.parametrize(
    ("server", "name", "model"),
    [
        pytest.param(AzureServer, "azure", "desk", id="a deployment whose name says nothing"),
        pytest.param(OpenAIServer, "compatible", "gpt-6.2-sol", id="a gateway to OpenAI"),
        pytest.param(MistralServer, "compatible", "mistral-small-latest", id="a gateway to Mistral"),
        pytest.param(VllmServer, "llamacpp", "mistralai/Mistral-Small-3.2-24B-Instruct-2506", id="another server"),
        *(pytest.param(VENDORS[name], "openai", PLAIN[name], id=f"{name} as openai") for name in VENDORS),
    ],
)
async def test_what_is_not_known_beforehand_is_found_out_once(server, name, model):
    with server() as running:
        provider = "azure" if running.prefix == "/openai/v1" else name  # Azure's key goes its own way
        async with asking(running, provider, model) as engine:
            for _ in range(3):
                assert (await engine.analyse(mail(), context())).intent == "order"
    assert len(running.refused) <= 4
    assert len(running.requests) == len(running.refused) + running.completions
    assert running.requests[-2].body == running.requests[-1].body


async def test_azure_s_older_addresses_carry_their_version():
    with AzureServer() as server:
        async with asking(server, "azure", base_url=server.older_url) as engine:
            await engine.analyse(mail(), context())
        async with asking(server, "azure", base_url=f"http://127.0.0.1:{server.port}/") as engine:
            await engine.analyse(mail(), context())
    older, newer = server.requests
    assert (older.path, older.query) == ("/openai/deployments/gpt-4o-mini/chat/completions", "api-version=2024-10-21")
    assert (newer.path, newer.query) == ("/openai/v1/chat/completions", "")
    assert all("authorization" not in request.headers for request in server.requests)


def test_a_provider_without_an_address_needs_one():
    for name in ("azure", "vllm", "compatible"):
        with pytest.raises(SettingsError) as caught:
            CompatibleEngine(provider=PROVIDERS[name], model="m")
        assert caught.value.reason.code == "engine.address_missing"


# -- thinking


def thinking(answer="", *, cut=True, **more):
    """A completion that thinking took over, or not quite."""
    counted = {
        "prompt_tokens": 1000,
        "completion_tokens": 500,
        "total_tokens": 1500,
        "completion_tokens_details": {"reasoning_tokens": 480},
    }
    return message(answer, finish_reason="length" if cut else "stop", usage=counted, **more)


async def test_a_model_found_thinking_gets_room_from_then_on():
    def step(request):
        return answers(intent="order") if request.body["max_tokens"] > 500 else thinking()

    with ModelServer(step) as server:
        async with asking(server, "compatible", "unknown") as engine:
            found = [await engine.analyse(mail(), context()) for _ in range(2)]
    assert [request.body["max_tokens"] for request in server.requests] == [500, *[500 + THINKING_ROOM] * 2]
    assert [one.usage.calls for one in found] == [2, 1]
    first, second, _ = (request.body["messages"] for request in server.requests)
    assert first == second, "there is nothing to mend"


async def test_the_room_is_there_for_the_next_mail_when_this_one_may_cost_no_more():
    def step(request):
        return answers(intent="order") if request.body["max_tokens"] > 500 else thinking()

    with ModelServer(step) as server:
        async with asking(server, "compatible", "unknown") as engine:
            with pytest.raises(EngineAnswerInvalid) as caught:
                await engine.analyse(mail(), context(calls=1))
            assert (await engine.analyse(mail(), context(calls=1))).intent == "order"
    assert (caught.value.reason.code, server.completions) == ("engine.thought_only", 2)


@pytest.mark.parametrize("said", ["", '<think>\nI might say {"intent": "spam", "reply": "Dear'])
async def test_thinking_that_takes_it_all_has_a_name(said):
    with ModelServer([thinking(said)]) as server:
        error = await failure(server, "compatible", "unknown")
    assert (error.reason.code, server.completions) == ("engine.thought_only", 2)
    assert error.reason.params["limit"] == 500 + THINKING_ROOM


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(says("<think>\nI could say {this}.\n</think>\n\n" + '{"intent": "order"}'), id="in the text"),
        pytest.param(says('I could say {this}.\n</think>\n{"intent": "order"}'), id="opened by the template"),
        pytest.param(message('{"intent": "order"}', reasoning_content="Is it {this}?"), id="beside it"),
        pytest.param(message('{"intent": "order"}', reasoning="Is it {this}?"), id="beside it, as vLLM has it"),
        pytest.param(
            message(
                [
                    {"type": "thinking", "thinking": [{"type": "text", "text": '{"intent": "spam"}'}]},
                    {"type": "text", "text": '{"intent": "order"}'},
                ]
            ),
            id="as a part",
        ),
    ],
)
async def test_what_was_thought_is_no_answer(step):
    with ModelServer([step]) as server:
        async with asking(server, "compatible", "unknown") as engine:
            found = await engine.analyse(mail(), context())
    assert (found.intent, server.completions) == ("order", 1)


# -- money and calls


async def test_a_failure_says_what_was_paid():
    ours = Prices(input=Decimal(1), output=Decimal(10))
    with ModelServer([says("no")]) as server:
        error = await failure(server, "compatible", "unknown", prices=ours)
    assert isinstance(error, EngineAnswerInvalid)
    assert error.usage is not None
    assert (error.usage.calls, error.usage.input_tokens, error.usage.cost) == (2, 2000, Decimal("0.004"))
    with ModelServer([says("no"), fails(500)]) as server:
        error = await failure(server, "compatible", "unknown")
    assert error.usage is not None
    assert (error.reason.code, error.usage.calls) == ("engine.answer_not_json", 1)


@pytest.mark.parametrize(
    ("first", "code"), [(says("no"), "engine.answer_not_json"), (fails(503), "engine.server_failed")]
)
async def test_a_mail_s_last_completion_is_its_last(first, code):
    with ModelServer([first, answers()]) as server:
        error = await failure(server, "compatible", "unknown", given=context(calls=1))
    assert (error.reason.code, len(server.requests)) == (code, 1)


@pytest.mark.parametrize("name", VENDORS)
async def test_what_it_cost_is_known_where_the_provider_is(name):
    with VENDORS[name]() as server:
        async with asking(server, name) as engine:
            usage = (await engine.analyse(mail(), context())).usage
    assert usage.cost is not None
    assert (usage.cost == 0) == PROVIDERS[name].local
    assert usage.cached_tokens == {"openai": 128, "azure": 128, "mistral": 64}.get(name, 0)


# -- the filter of a provider


@pytest.mark.parametrize("ended", ["content_filter", "content_filter: RECITATION"])
async def test_a_filtered_answer_is_not_asked_for_again(ended):
    with ModelServer([message(None, finish_reason=ended)]) as server:
        error = await failure(server, "compatible", "unknown")
    assert (error.reason.code, server.completions) == ("engine.content_refused", 1)


async def test_a_filtered_prompt_is_refused_once():
    error = {
        "message": "The response was filtered due to the prompt triggering the content management policy.",
        "param": "prompt",
        "code": "content_filter",
        "status": 400,
        "innererror": {"code": "ResponsibleAIPolicyViolation"},
    }
    with ModelServer([sends(400, {"error": error})]) as server:
        assert (await failure(server, "compatible", "unknown")).reason.code == "engine.content_refused"
    assert len(server.requests) == 1
