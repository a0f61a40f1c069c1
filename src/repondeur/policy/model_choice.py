"""Which of the configured models may be asked about a mail, and in which order."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from repondeur.policy.analysis import PassedOver
from repondeur.policy.sensitivity import Kind
from repondeur.texts import Reason

BUILTIN = "builtin"


@dataclass(frozen=True, slots=True)
class Choice:
    """Models for mails that fulfil every condition. longer_than, shorter_than: characters of new text. None and empty
    are no condition. The conditions are called as in the settings."""

    models: tuple[str, ...]
    language: tuple[str, ...] = ()
    longer_than: int | None = None
    shorter_than: int | None = None
    attachments: bool | None = None
    intent: tuple[str, ...] = ()
    sensitive: bool | None = None
    mailbox: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MailFacts:
    """What choices may look at. language: "" when unknown. length: characters of new text. mailbox: name of the one it
    came to. intent: as the built-in engine sees it. intent and sensitive are "" too where nobody asked for them."""

    language: str
    length: int
    attachments: bool
    mailbox: str
    intent: str = ""
    sensitive: Kind = ""


@dataclass(frozen=True, slots=True)
class Candidates:
    """models: to be asked in this order, at least one, each once. passed_over: those that must not see this mail."""

    models: tuple[str, ...]
    why: Reason
    passed_over: tuple[PassedOver, ...] = ()


def candidates(
    facts: MailFacts, choices: Sequence[Choice], default: tuple[str, ...], *, local: Collection[str] | None = None
) -> Candidates:
    """The models of the first choice that fits; the default ones when none does.

    local: the names of models that stay in the house, where a sensitive mail may go to no other; None where it may go
    anywhere. When no model of the choice is left, the default ones that are local take their place, and at last the
    built-in engine, which needs no setting up.
    """
    number, fitting = next(((n, one) for n, one in enumerate(choices, 1) if _fits(one, facts)), (0, None))
    models = fitting.models if fitting else default
    why = _why(number, fitting) if fitting else Reason("model.default")
    if local is None or not facts.sensitive:
        return Candidates(models, why)
    kept = tuple(name for name in models if name in local)
    over = tuple(
        PassedOver(name, Reason("model.not_local", {"kind": facts.sensitive})) for name in models if name not in local
    )
    if kept:
        return Candidates(kept, why, over)
    others = dict.fromkeys([*(name for name in default if name in local), BUILTIN])
    return Candidates(tuple(others), Reason("model.sensitive", {"kind": facts.sensitive}), over)


def wants_intent(choices: Sequence[Choice]) -> bool:
    """Whether any choice asks what the built-in engine makes of a mail."""
    return any(choice.intent for choice in choices)


def wants_sensitivity(choices: Sequence[Choice]) -> bool:
    return any(choice.sensitive is not None for choice in choices)


def _fits(choice: Choice, facts: MailFacts) -> bool:
    return (
        (not choice.language or facts.language in choice.language)
        and (choice.longer_than is None or facts.length > choice.longer_than)
        and (choice.shorter_than is None or facts.length < choice.shorter_than)
        and choice.attachments in {None, facts.attachments}
        and (not choice.intent or facts.intent in choice.intent)
        and choice.sensitive in {None, bool(facts.sensitive)}
        and (not choice.mailbox or facts.mailbox in choice.mailbox)
    )


def _why(number: int, choice: Choice) -> Reason:
    """The conditions as the settings have them: "language = fr, longer_than = 2000"."""
    if told := ", ".join(_conditions(choice)):
        return Reason("model.choice", {"number": number, "conditions": told})
    return Reason("model.choice_for_all", {"number": number})


def _conditions(choice: Choice) -> Iterator[str]:
    for name in ("language", "longer_than", "shorter_than", "attachments", "intent", "sensitive", "mailbox"):
        value = getattr(choice, name)
        if isinstance(value, bool):
            yield f"{name} = {str(value).lower()}"
        elif isinstance(value, int):
            yield f"{name} = {value}"
        elif value:
            yield f"{name} = {' | '.join(value)}"
