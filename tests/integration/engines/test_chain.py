"""Several models as one engine, on servers that fail, lie and are away."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from tests.support.analysing import context, mail
from tests.support.model_server import ModelServer, Step, answers, fails, hangs_up, message, says, slowly

from repondeur.engines.base import Context, Turn
from repondeur.engines.builtin import BuiltinEngine
from repondeur.engines.chain import REST, Model, Models, Plan
from repondeur.engines.choose import choose, models
from repondeur.engines.compatible import CompatibleEngine
from repondeur.engines.cost import Prices
from repondeur.engines.spending import SpendingOfThisRun
from repondeur.errors import EngineAnswerInvalid, EngineUnavailable, SettingsError
from repondeur.mail.message import Attachment
from repondeur.policy.analysis import Analysis
from repondeur.policy.model_choice import Choice
from repondeur.settings.schema import Settings
from repondeur.settings.tables import ModelChoice, ModelSettings
from repondeur.telemetry import metrics
from repondeur.texts import Reason

DOLLAR_A_CALL = Prices(Decimal(1000), Decimal(0))  # the server counts 1000 tokens read


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Spending(SpendingOfThisRun):
    """Also remembers what was added."""

    def __init__(self) -> None:
        super().__init__()
        self.added: list[tuple[str, int]] = []

    async def add(self, model: str, usage: Any) -> None:
        self.added.append((model, usage.calls))
        await super().add(model, usage)


def remote(server: ModelServer, *, local: bool = False, timeout: float = 5) -> Model:
    engine = CompatibleEngine(base_url=server.base_url, model="m", timeout=timeout, prices=DOLLAR_A_CALL, retry_pause=0)
    return Model(engine, local=local, free=False)


BUILTIN = Model(BuiltinEngine(), local=True, free=True)


class Chain:
    """Models by name; `analyse` one mail with them."""

    def __init__(self, plan: Plan, **named: Model) -> None:
        self.spending, self.clock = Spending(), Clock()
        self.models = Models({**named, "builtin": BUILTIN}, plan, self.spending, clock=self.clock)

    async def analyse(
        self, text: str = "Hello, where is my parcel?", about: Context | None = None, **more: Any
    ) -> Analysis:
        return await self.models.analyse(mail(text, **more), about or context())


async def test_the_first_that_answers_is_told() -> None:
    with ModelServer([fails(500)]) as down, ModelServer([answers(intent="order")]) as up:
        chain = Chain(Plan(("a", "b")), a=remote(down), b=remote(up))
        found = await chain.analyse()
        assert found.intent == "order"
        assert found.chosen is not None
        assert (found.chosen.model, found.chosen.why) == ("b", Reason("model.default"))
        assert [(one.model, one.reason.code) for one in found.chosen.passed_over] == [("a", "engine.server_failed")]
        assert (down.completions, up.completions) == (1, 1), "while there is another, nobody is asked twice"
        assert chain.spending.added == [("b", 1)]
        labels = {"model": "a", "reason": "engine.server_failed"}
        assert metrics.REGISTRY.get_sample_value("repondeur_models_passed_over_total", labels)
        await chain.models.close()


async def test_no_mail_costs_more_than_two_completions() -> None:
    with ModelServer([says("Bonjour !")]) as one, ModelServer([says("Hello!")]) as two, ModelServer() as three:
        chain = Chain(Plan(("one", "two", "three")), one=remote(one), two=remote(two), three=remote(three))
        with pytest.raises(EngineAnswerInvalid) as caught:
            await chain.analyse()
        assert caught.value.reason.code == "engine.answer_not_json"
        assert (one.completions, two.completions, three.completions) == (1, 1, 0)
        assert chain.spending.added == [("one", 1), ("two", 1)], "what failed has cost as well"


async def test_the_last_one_may_repair_its_answer() -> None:
    with ModelServer([fails(503)]) as down, ModelServer([says("Hello!"), answers(intent="order")]) as up:
        chain = Chain(Plan(("a", "b", "builtin")), a=remote(down), b=remote(up))
        found = await chain.analyse()
        assert (found.intent, up.completions, found.usage.calls) == ("order", 2, 2)


async def test_a_time_out_counts_as_a_completion() -> None:
    with ModelServer([slowly(answers(), 0.2)]) as slow, ModelServer([says("Hello!"), answers()]) as up:
        chain = Chain(Plan(("a", "b")), a=remote(slow, timeout=0.3), b=remote(up))
        with pytest.raises(EngineAnswerInvalid):
            await chain.analyse()
        assert up.completions == 1


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(hangs_up(), id="without a word"),
        pytest.param(hangs_up(after=30), id="in the middle"),
        pytest.param(Step(b"<html>hello</html>"), id="a page"),
        pytest.param(Step(b" " * 65_536, endless=True), id="without an end"),
    ],
)
async def test_what_a_server_may_have_done_counts_as_a_completion(step: Step) -> None:
    with ModelServer([step]) as one, ModelServer([step]) as two, ModelServer() as three:
        chain = Chain(Plan(("one", "two", "three", "builtin")), one=remote(one), two=remote(two), three=remote(three))
        found = await chain.analyse()
        assert (found.engine, [len(server.requests) for server in (one, two, three)]) == ("builtin", [1, 1, 0])


async def test_a_server_that_is_away_costs_no_completion() -> None:
    with ModelServer() as away:
        pass
    with ModelServer([says("Hello!"), answers()]) as up:
        chain = Chain(Plan(("a", "b", "c")), a=remote(away), b=remote(away), c=remote(up))
        found = await chain.analyse()
        assert (found.intent, up.completions) == ("question", 2)


async def test_the_builtin_engine_always_works() -> None:
    with ModelServer([says("no")]) as one, ModelServer([says("no")]) as two:
        chain = Chain(Plan(("one", "two", "builtin")), one=remote(one), two=remote(two))
        found = await chain.analyse()
        assert found.engine == "builtin"
        assert found.chosen is not None
        assert [over.model for over in found.chosen.passed_over] == ["one", "two"]
        assert sum(over.usage.calls for over in found.chosen.passed_over) == 2


async def test_choices_look_at_the_mail() -> None:
    french, order = Choice(("fr",), language=("fr",)), Choice(("orders",), intent=("order",))
    long = Choice(("long",), longer_than=1000, attachments=True)
    at_sales = Choice(("sales",), mailbox=("sales",), sensitive=False)
    with ModelServer() as server:
        named = {name: remote(server) for name in ("fr", "orders", "long", "sales", "usual")}
        chain = Chain(Plan(("usual",), (french, long, order, at_sales)), **named)

        async def chosen(*words: Any, **more: Any) -> str:
            found = await chain.analyse(*words, **more)
            assert found.chosen is not None
            return found.chosen.model

        pdf = Attachment("a.pdf", "application/pdf", 10)
        assert await chosen("Bonjour", language="fr") == "fr"
        assert await chosen("word " * 300, attachments=(pdf,)) == "long"
        assert await chosen("I would like to order ten lamps, my order number is 77120") == "orders"
        at = replace(context(), account="sales")
        assert await chosen("What a day", about=at) == "sales"
        assert await chosen("My IBAN is DE89370400440532013000. What a day", about=at) == "usual"
        assert await chosen("What a day") == "usual"


async def test_sensitive_mail_leaves_only_to_local_models() -> None:
    private = "My IBAN is DE89370400440532013000."
    with ModelServer() as cloud, ModelServer() as house:
        plan = Plan(("cloud", "house"), sensitive_stays=True)
        chain = Chain(plan, cloud=remote(cloud), house=remote(house, local=True))
        found = await chain.analyse(private)
        assert (cloud.requests, house.completions) == ([], 1)
        assert found.chosen is not None
        assert [(one.model, one.reason.code) for one in found.chosen.passed_over] == [("cloud", "model.not_local")]
        alone = Chain(Plan(("cloud",), sensitive_stays=True), cloud=remote(cloud))
        found = await alone.analyse(private)
        assert (found.engine, cloud.requests) == ("builtin", [])
        found = await alone.analyse("What a day")
        assert (found.chosen, cloud.completions) == (None, 1)


async def test_what_stands_in_the_thread_is_looked_at_too() -> None:
    with ModelServer() as cloud:
        chain = Chain(Plan(("cloud",), sensitive_stays=True), cloud=remote(cloud))
        earlier = Turn("ann@client.example", "My IBAN is DE89370400440532013000.")
        found = await chain.analyse("Thanks!", about=context(thread=(earlier,)))
        assert (found.engine, cloud.requests) == ("builtin", [])


async def test_over_the_cap_the_next_one_is_asked_or_a_person() -> None:
    with ModelServer() as dear, ModelServer() as dearer:
        chain = Chain(Plan(("dear", "builtin"), cap=Decimal(2)), dear=remote(dear))
        for _ in range(3):
            found = await chain.analyse()
        assert (dear.completions, found.engine) == (2, "builtin")
        assert found.chosen is not None
        [over] = found.chosen.passed_over
        assert over.reason == Reason("engine.spend_cap", {"spent": "2.00", "cap": "2.00"})
        chain = Chain(Plan(("dear", "dearer"), cap=Decimal(0)), dear=remote(dear), dearer=remote(dearer))
        with pytest.raises(EngineUnavailable) as caught:
            await chain.analyse()
        assert caught.value.reason.code == "engine.spend_cap"
        assert caught.value.hint("fr")
        assert (dear.completions, dearer.completions) == (2, 0)


async def test_mails_side_by_side_stay_below_the_cap_and_wait_for_one_another() -> None:
    with ModelServer(lambda _: slowly(answers(), 0.001)) as dear:
        dear_one = replace(remote(dear), estimate=Decimal(1))
        chain = Chain(Plan(("dear", "builtin"), cap=Decimal(3)), dear=dear_one)
        found = await asyncio.gather(*(chain.analyse(f"Where is parcel {number}?") for number in range(6)))
        assert dear.completions == 3
        assert sorted(one.engine for one in found) == ["builtin"] * 3 + ["openai:m"] * 3


async def test_an_answer_that_never_came_has_cost_what_it_may_have() -> None:
    with ModelServer([slowly(answers(), 0.2)]) as slow:
        chain = Chain(Plan(("slow",), cap=Decimal(100)), slow=replace(remote(slow, timeout=0.1), estimate=Decimal(1)))
        with pytest.raises(EngineUnavailable):
            await chain.analyse()
        assert await chain.spending.today() >= 1


async def test_a_free_model_knows_no_cap() -> None:
    with ModelServer() as own:
        chain = Chain(Plan(("own", "builtin"), cap=Decimal(0)), own=replace(remote(own), free=True))
        assert (await chain.analyse()).engine == "openai:m"


async def test_what_cannot_be_reached_rests_a_minute() -> None:
    with ModelServer([hangs_up()]) as away, ModelServer() as up:
        chain = Chain(Plan(("away", "up")), away=remote(away), up=remote(up))
        for _ in range(3):
            await chain.analyse()
        asked = len(away.requests)
        assert asked == 3
        found = await chain.analyse()
        assert len(away.requests) == asked
        assert found.chosen is not None
        assert [(one.model, one.reason.code) for one in found.chosen.passed_over] == [("away", "model.resting")]
        chain.clock.now += REST + 1
        await chain.analyse()
        assert len(away.requests) == asked + 1
        await chain.analyse()
        assert len(away.requests) == asked + 1, "one failure is enough after a rest"
        chain.clock.now += REST + 1
        away.script = [answers()]
        found = await chain.analyse()
        assert found.chosen is not None
        assert (found.chosen.model, found.chosen.passed_over) == ("away", ())


async def test_only_failures_in_a_row_make_it_rest() -> None:
    script = [hangs_up(), hangs_up(), answers(), hangs_up(), answers()]
    with ModelServer(script) as shaky, ModelServer() as up:
        chain = Chain(Plan(("shaky", "up")), shaky=remote(shaky), up=remote(up))
        models_asked = [(await chain.analyse()).chosen for _ in script]
        assert [one.model for one in models_asked if one] == ["up", "up", "shaky", "up", "shaky"]


async def test_who_rests_is_asked_when_nobody_else_can() -> None:
    with ModelServer([hangs_up()]) as away, ModelServer([fails(500)]) as ill:
        chain = Chain(Plan(("away", "ill")), away=remote(away), ill=remote(ill))
        for _ in range(3):
            with pytest.raises(EngineUnavailable):
                await chain.analyse()
        away.script = [answers()]
        found = await chain.analyse()
        assert found.chosen is not None
        assert found.chosen.model == "away"


async def test_many_mails_at_once() -> None:
    with ModelServer([fails(429, "slow down")]) as busy, ModelServer() as up:
        chain = Chain(Plan(("busy", "up")), busy=remote(busy), up=remote(up))
        found = await asyncio.gather(*(chain.analyse(f"Mail {number}") for number in range(20)))
        assert {one.chosen.model for one in found if one.chosen} == {"up"}
        assert up.completions == 20


# -- from the settings


def settings(*tables: ModelSettings, **more: Any) -> Settings:
    return Settings(**more).model_copy(update={"models": tables})


def table(server: ModelServer, name: str, **more: Any) -> ModelSettings:
    return ModelSettings(name=name, provider="compatible", model="m", base_url=server.base_url, **more)


async def test_tables_become_a_chain() -> None:
    usage = {"prompt_tokens": 1_000_000, "completion_tokens": 1_000_000, "total_tokens": 2_000_000}
    with ModelServer([fails(500)]) as down, ModelServer([message("{", usage=usage), answers()]) as up:
        given = settings(
            table(down, "small"),
            table(up, "large", price_input=2, price_output=3, local=False),
            model="small",
            model_fallback=("large",),
            model_daily_spend=100,
        )
        spending = Spending()
        engine = choose(given, spending)
        assert engine.name == "models"
        found = await engine.analyse(mail(), context())
        assert found.chosen is not None
        assert found.chosen.model == "large"
        assert Decimal(5) < await spending.today() < Decimal("5.01")
        await engine.close()


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"model": "ollama:qwen3:8b"}, "ollama:qwen3:8b"),
        (
            {"model": "mistral:mistral-small-latest", "mistral_api_key": "k", "model_daily_spend": None},
            "mistral:mistral-small-latest",
        ),
        ({"model": "vllm:q", "openai_base_url": "http://127.0.0.1:9/v1"}, "vllm:q"),
        ({"model": "builtin", "model_fallback": ("builtin",)}, "builtin"),
    ],
)
def test_one_model_alone_is_itself(more: dict[str, Any], name: str) -> None:
    engine = choose(Settings(**more))
    assert engine.name == name
    assert not isinstance(engine, Models)


async def test_a_single_model_elsewhere_is_not_given_what_is_to_stay() -> None:
    with ModelServer() as cloud:
        engine = choose(settings(table(cloud, "cloud", local=False), model="cloud", sensitive_mail="local"))
        found = await engine.analyse(mail("My IBAN is DE89370400440532013000."), context())
        assert (found.engine, cloud.requests) == ("builtin", [])
        await engine.close()


def test_a_single_model_that_costs_is_counted() -> None:
    given = Settings(model="mistral:mistral-small-latest", mistral_api_key="k")
    assert isinstance(choose(given, Spending()), Models)
    assert choose(given, Spending()).name == "mistral:mistral-small-latest"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"model": "mistral:m"}, "engine.key_missing_for"),
        ({"model": "builtin", "model_fallback": ("anthropic:claude",)}, "engine.key_missing_for"),
        ({"model": "gemini:g", "gemini_api_key": "clé"}, "engine.key_impossible"),
        ({"model": "builtin", "model_fallback": ("local:qwen",)}, "model.missing"),
        ({"model": "openai:my-own", "openai_api_key": "k", "model_daily_spend": 1}, "engine.price_unknown"),
        ({"model": "nowhere"}, "settings.no_such_model"),
    ],
)  # fmt: skip
def test_models_that_cannot_work(more: dict[str, Any], code: str) -> None:
    with pytest.raises(SettingsError) as caught:
        choose(Settings(**more))
    assert caught.value.reason.code == code
    assert caught.value.hint("fr")
    assert "clé" not in str(caught.value)


def test_which_models_are_local_and_which_cost() -> None:
    found = models(
        settings(
            ModelSettings(name="far", provider="ollama", model="m", base_url="https://gpu.example.com/v1"),
            ModelSettings(name="said", provider="mistral", model="m", local=True, api_key="k"),
            ModelSettings(
                name="proxy", provider="compatible", model="m", base_url="http://127.0.0.1:4000", local=False
            ),
            model="ollama:qwen3",
            model_fallback=("openai:gpt-4o-mini", "builtin"),
            openai_api_key="k",
        ).model_copy(update={"model_choice": (ModelChoice(use=("far", "said", "proxy")),)}),
        auto="builtin",
    )
    assert {name: one.local for name, one in found.items()} == {
        "ollama:qwen3": True,
        "openai:gpt-4o-mini": False,
        "builtin": True,
        "far": False,
        "said": True,
        "proxy": False,
    }
    assert (found["ollama:qwen3"].free, found["openai:gpt-4o-mini"].free) == (True, False)
