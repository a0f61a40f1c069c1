"""From the settings to an engine."""

from dataclasses import replace
from decimal import Decimal
from typing import Final

from repondeur.engines.base import Engine
from repondeur.engines.builtin import BuiltinEngine
from repondeur.engines.chain import Model, Models, Plan, Spending
from repondeur.engines.cost import Prices, cost
from repondeur.engines.hiding import HidingEngine
from repondeur.engines.present import present, tell
from repondeur.engines.providers import PROVIDERS, Provider, provider_at
from repondeur.engines.runtimes.files import ModelFile, inspect, locate
from repondeur.engines.runtimes.which import runtime_for
from repondeur.engines.spending import SpendingOfThisRun
from repondeur.errors import SettingsError
from repondeur.policy.analysis import Usage
from repondeur.policy.model_choice import Choice
from repondeur.settings.named import BUILTIN, default_models, meant, model_named, models_in_use
from repondeur.settings.providers import LOCAL
from repondeur.settings.schema import Settings
from repondeur.settings.tables import ModelChoice, ModelSettings

PROMPT_TOKENS: Final = 5_000  # what the question about a mail takes, rather too many: see prompt.Budget


def choose(settings: Settings, spending: Spending | None = None) -> Engine:
    """The one engine there is, or Models for several. spending: where what they cost is kept; None: a cap, if there is
    one, holds for this run alone.

    The forms of the settings were checked when they were read. Raises SettingsError when a model needs a key that is
    not there, or one that no server could have given, when a cap meets a model without a known price, and when a model
    on this machine is missing, broken, or nothing is installed that runs it.
    """
    found = present(settings)
    tell(found)
    every = {name: _hiding(settings, model) for name, model in models(settings, found.name).items()}
    plan = Plan(
        default=default_models(settings, found.name),
        choices=tuple(_choice(settings, choice, found.name) for choice in settings.model_choice),
        cap=settings.model_daily_spend,
        sensitive_stays=settings.sensitive_mail == "local",
    )
    first, *others = every.values()
    if not others and _needs_no_care(first, plan, spending):
        return first.engine
    every.setdefault(BUILTIN, _builtin())
    return Models(every, plan, spending or SpendingOfThisRun())


def hides(settings: Settings, *, local: bool) -> bool:
    """Whether a model is asked with pseudonyms. local: mail that it is given stays in the house."""
    return settings.pseudonyms == "always" or (settings.pseudonyms == "remote" and not local)


def _hiding(settings: Settings, model: Model) -> Model:
    if isinstance(model.engine, BuiltinEngine) or not hides(settings, local=model.local):
        return model
    return replace(model, engine=HidingEngine(model.engine))


def _needs_no_care(only: Model, plan: Plan, spending: Spending | None) -> bool:
    """Whether there is nothing to choose, to count or to keep in the house."""
    counted = not only.free and (spending is not None or plan.cap is not None)
    return not counted and (only.local or not plan.sensitive_stays)


def models(settings: Settings, auto: str = BUILTIN) -> dict[str, Model]:
    """Every model that a mail may be given to, by its name in the settings. auto: what MODEL=auto means without a key
    (present.py). Raises as `choose` does."""
    return {name: _model(settings, name) for name in models_in_use(settings, auto)}


def _model(settings: Settings, name: str) -> Model:
    if name == BUILTIN:
        return _builtin()
    found = model_named(settings, name)
    if found is None:
        raise SettingsError("settings.no_such_model", name="MODEL", value=name)
    if found.provider == LOCAL:
        return Model(_local(settings, found), local=found.local is not False, free=True)
    key = _key(found)
    # An address says more than the name "openai", which every compatible server goes by.
    by_address = found.provider == "openai"
    provider = provider_at(found.base_url) if by_address else PROVIDERS[found.provider]
    if provider.key_variable and not key and not found.base_url:
        if by_address:
            raise SettingsError("engine.key_missing", model=name)
        raise SettingsError("engine.key_missing_for", model=name, variable=provider.key_variable)
    prices = _prices(found)
    million = Usage(calls=1, input_tokens=1_000_000, output_tokens=1_000_000)
    price = cost(million, model=found.model, provider=provider, base_url=found.base_url, prices=prices)
    local = provider.stays_here(found.base_url, found.model) if found.local is None else found.local
    # A cap that somebody has set must hold; the one that holds without their doing cannot where no price is known.
    capped = settings.model_daily_spend is not None and "model_daily_spend" in settings.model_fields_set
    if capped and price is None and not local:
        raise SettingsError("engine.price_unknown", model=name)
    engine = _engine(found, None if by_address else provider, key, prices)
    completion = replace(million, input_tokens=PROMPT_TOKENS, output_tokens=found.max_new_tokens or 0)
    estimate = cost(completion, model=found.model, provider=provider, base_url=found.base_url, prices=prices)
    # Of a model whose price nobody knows, the tokens are still counted.
    return Model(engine, local, free=price == 0 or (price is None and local), estimate=estimate or Decimal(0))


def local_file(settings: Settings, model: ModelSettings) -> ModelFile:
    """What lies where the settings say. Raises SettingsError when that is no model, or broken."""
    return inspect(locate(model.model, settings.models_folder))


def _local(settings: Settings, model: ModelSettings) -> Engine:
    """What lies there is looked at now; it is loaded when the first mail comes."""
    file = local_file(settings, model)
    runtime = runtime_for(file, settings.local_runtime)
    from repondeur.engines.local import LocalEngine

    assert model.max_new_tokens is not None, "model_named has put in what the program gives"
    assert model.temperature is not None
    assert model.timeout is not None
    return LocalEngine(
        file.path,
        file.name,
        runtime=runtime,
        max_tokens=model.max_new_tokens,
        temperature=model.temperature,
        timeout=model.timeout,
        at_once=settings.local_at_once,
    )


def _engine(model: ModelSettings, provider: Provider | None, key: str, prices: Prices | None) -> Engine:
    from repondeur.engines.compatible import CompatibleEngine

    assert model.max_new_tokens is not None, "model_named has put in what the program gives"
    assert model.temperature is not None
    assert model.timeout is not None
    return CompatibleEngine(
        base_url=model.base_url,
        api_key=key,
        model=model.model,
        max_tokens=model.max_new_tokens,
        temperature=model.temperature,
        timeout=model.timeout,
        provider=provider,
        prices=prices,
    )


def _prices(model: ModelSettings) -> Prices | None:
    if model.price_input is None or model.price_output is None:
        return None
    return Prices(model.price_input, model.price_output)


def _key(model: ModelSettings) -> str:
    """It goes into a header field, where nothing else can stand (RFC 9110, 5.5)."""
    key = model.api_key.get_secret_value().strip() if model.api_key else ""
    if not (key.isascii() and key.isprintable()):
        raise SettingsError("engine.key_impossible", model=model.name)
    return key


def _builtin() -> Model:
    return Model(BuiltinEngine(), local=True, free=True)


def _choice(settings: Settings, choice: ModelChoice, auto: str) -> Choice:
    conditions = choice.model_dump(exclude={"use"})
    return Choice(models=tuple(dict.fromkeys(meant(settings, name, auto) for name in choice.use)), **conditions)
