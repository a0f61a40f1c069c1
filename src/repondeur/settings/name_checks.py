"""Names that settings use of one another: of models, intents, mailboxes. Each has to exist."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import chain

from repondeur.settings.named import intents_in_use, is_model_name, known_names, model_named, models_in_use
from repondeur.settings.providers import ANYWHERE, LOCAL, PROVIDERS
from repondeur.settings.schema import Settings
from repondeur.settings.sources import Given, label
from repondeur.settings.tables import DEFAULT_INTENTS, ModelChoice
from repondeur.settings.target_checks import target_problems
from repondeur.settings.toml import Table
from repondeur.texts import Reason


def name_problems(settings: Settings, program: Mapping[str, Given], tables: Sequence[Table]) -> list[Reason]:
    """All names that mean nothing, each with the nearest that does. settings: with its tables."""
    places = [table.place for table in tables if table.kind == "model_choice"]
    return [
        *_models((settings.model,), label("model", program), settings),
        *_models(settings.model_fallback, label("model_fallback", program), settings),
        *_intents(settings.intents, label("intents", program), _all_intents(settings)),
        *chain.from_iterable(_choice(settings, *one) for one in zip(places, settings.model_choice, strict=True)),
        *_templates(settings, tables),
        *_calls(settings, tables),
        *target_problems(settings, tables),
        *_never_reached(places, settings.model_choice),
        *_base_urls(settings),
    ]


def _choice(settings: Settings, place: str, choice: ModelChoice) -> Iterator[Reason]:
    yield from _models(choice.use, f"{place}: use", settings)
    yield from _intents(choice.intent, f"{place}: intent", intents_in_use(settings))
    mailboxes = [mailbox.name for mailbox in settings.mailboxes]
    for name in choice.mailbox if mailboxes else ():
        if name not in mailboxes:
            yield _nowhere("settings.no_such_mailbox", f"{place}: mailbox", name, mailboxes)
    longer, shorter = choice.longer_than, choice.shorter_than
    if shorter is not None and shorter <= (0 if longer is None else longer + 1):
        yield Reason("settings.never_fits", {"name": f"{place}: shorter_than", "value": shorter})


def _templates(settings: Settings, tables: Sequence[Table]) -> Iterator[Reason]:
    places = [table.place for table in tables if table.kind == "template"]
    for place, template in zip(places, settings.template, strict=True):
        yield from _intents(template.intents, f"{place}: intents", intents_in_use(settings))


def _calls(settings: Settings, tables: Sequence[Table]) -> Iterator[Reason]:
    places = [table.place for table in tables if table.kind == "call"]
    for place, call in zip(places, settings.call, strict=True):
        yield from _intents(call.intents, f"{place}: intents", intents_in_use(settings))


def _never_reached(places: Sequence[str], choices: Sequence[ModelChoice]) -> Iterator[Reason]:
    """The first choice that fits is taken: one without conditions hides all behind it."""
    for place, choice in list(zip(places, choices, strict=True))[:-1]:
        if not any(value not in (None, ()) for value in choice.model_dump(exclude={"use"}).values()):
            yield Reason("settings.hides_the_rest", {"name": place})
            return


def _models(used: Collection[str], where: str, settings: Settings) -> Iterator[Reason]:
    for name in used:
        if not is_model_name(settings, name):
            provider, colon, model = name.partition(":")
            if colon:
                near = get_close_matches(provider.strip().lower(), (*PROVIDERS, LOCAL), 1, 0.6)
                known = [f"{one}:{model.strip() or '…'}" for one in near]
            else:
                known = [*known_names(settings), *(f"{one}:…" for one in PROVIDERS)]
            yield _nowhere("settings.no_such_model", where, name, known)


def _intents(used: Collection[str], where: str, known: Collection[str]) -> Iterator[Reason]:
    for name in used:
        if name not in known:
            yield _nowhere("settings.no_such_intent", where, name, known)


def _all_intents(settings: Settings) -> tuple[str, ...]:
    return (*DEFAULT_INTENTS, *(one.id for one in settings.intent))


def _nowhere(code: str, where: str, value: str, known: Collection[str]) -> Reason:
    by_lower = {name.lower(): name for name in known}
    near = get_close_matches(value.lower(), by_lower, 1, 0.6)
    params = {"name": where, "value": value}
    return Reason(f"{code}_near", {**params, "nearest": by_lower[near[0]]}) if near else Reason(code, params)


def _base_urls(settings: Settings) -> Iterator[Reason]:
    for name in models_in_use(settings):
        model = model_named(settings, name)
        if model is not None and model.provider in ANYWHERE and not model.base_url:
            yield Reason("settings.no_base_url", {"name": name, "provider": model.provider})
        if model is not None and model.provider == LOCAL and model.base_url:
            yield Reason("settings.local_elsewhere", {"name": name})
