"""Several models as one engine: for each mail those that its facts choose, one after the other until one can say what
it is about.

No mail costs more completions than Context.calls allows, whichever models they come from (I18): while another model
could be asked, one is asked once and not to repair its answer. What answers is told in Analysis.chosen.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol

import structlog

from repondeur.engines.base import Context, Engine
from repondeur.engines.cost import in_dollars
from repondeur.errors import EngineAnswerInvalid, EngineUnavailable, RepondeurError
from repondeur.mail.message import Message
from repondeur.policy.analysis import Analysis, Chosen, PassedOver, Usage
from repondeur.policy.model_choice import (
    BUILTIN,
    Candidates,
    Choice,
    MailFacts,
    candidates,
    wants_intent,
    wants_sensitivity,
)
from repondeur.policy.sensitivity import sensitivity
from repondeur.policy.spending import CapReached, Reserved
from repondeur.telemetry import metrics
from repondeur.texts import Reason

REST_AFTER = 3  # failures in a row
REST = 60.0  # seconds
PATIENCE, LOOK_AGAIN = 60.0, 0.1  # seconds; for the calls of others to end
# A server that is away, or so slow that every mail waits for it.
_AWAY = frozenset({"engine.unreachable", "engine.timeout"})

_log = structlog.get_logger(__name__)


class Spending(Protocol):
    """What models have cost. A day is one of UTC."""

    async def today(self) -> Decimal:
        """US dollars, of all models together."""
        ...

    async def begin(self, model: str, estimate: Decimal, cap: Decimal) -> Reserved:
        """Puts the estimate of a call beside what was spent. Raises CapReached when that is as much as the cap."""
        ...

    async def end(self, reserved: Reserved, usage: Usage) -> None:
        """What the call has cost, in the place of its estimate."""
        ...

    async def add(self, model: str, usage: Usage) -> None:
        """The same where nothing was put aside."""
        ...


@dataclass(frozen=True, slots=True)
class Model:
    """local: mail that it is given stays in the house. free: it costs nothing, so no cap holds it back. estimate: US
    dollars that one completion may cost, rather too much."""

    engine: Engine
    local: bool
    free: bool
    estimate: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Plan:
    """default: names of models for a mail that no choice fits, in order. cap: US dollars a day, None for none.
    sensitive_stays: sensitive mail goes to local models only."""

    default: tuple[str, ...]
    choices: tuple[Choice, ...] = ()
    cap: Decimal | None = None
    sensitive_stays: bool = False


@dataclass(slots=True)
class _Health:
    failures: int = 0
    rests_until: float = 0


@dataclass(slots=True)
class _Attempt:
    """What has become of one mail so far. calls: completions it may still cost."""

    calls: int
    passed_over: list[PassedOver]
    error: EngineUnavailable | EngineAnswerInvalid | None = None


class Models:
    """models: by name; those of the plan, and "builtin". clock: seconds that only grow."""

    def __init__(
        self,
        models: Mapping[str, Model],
        plan: Plan,
        spending: Spending,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._models = models
        self._plan = plan
        self._spending = spending
        self._clock = clock
        self._health = {name: _Health() for name in models}
        named = {*plan.default, *(name for choice in plan.choices for name in choice.models)}
        self._alone = len(named) == 1

    @property
    def name(self) -> str:
        """That of the only model; "models" for several."""
        return self._models[self._plan.default[0]].engine.name if self._alone else "models"

    @property
    def at_once(self) -> int:
        """That of the model that takes the most together: it is not to wait for mails."""
        return max(model.engine.at_once for model in self._models.values())

    @property
    def costs(self) -> bool:
        """Whether any of them does: which one is asked next time is not known before."""
        return any(model.engine.costs for model in self._models.values())

    async def analyse(self, message: Message, context: Context) -> Analysis:
        """As Engine.analyse. When no model could be asked, the error of the last that was tried; engine.spend_cap when
        there is money for none."""
        chosen = self._candidates(message, context)
        order = self._order(chosen.models)
        attempt = _Attempt(max(1, context.calls), list(chosen.passed_over))
        for index, name in enumerate(order):
            analysis = await self._asked(name, order[index + 1 :], message, context, attempt)
            if analysis is None:
                continue
            if self._alone and not attempt.passed_over:
                return analysis
            resting = [one for one in chosen.models[: chosen.models.index(name)] if one in order[index + 1 :]]
            over = (*attempt.passed_over, *(PassedOver(one, Reason("model.resting")) for one in resting))
            for one in over:
                metrics.PASSED_OVER.labels(one.model, one.reason.code).inc()
            return replace(analysis, chosen=Chosen(name, chosen.why, over))
        _log.warning("model.none_left", passed_over=[f"{one.model}: {one.reason.code}" for one in attempt.passed_over])
        raise attempt.error or _unavailable(attempt.passed_over[-1].reason)

    async def close(self) -> None:
        for model in self._models.values():
            await model.engine.close()

    def _candidates(self, message: Message, context: Context) -> Candidates:
        plan = self._plan
        judged = plan.sensitive_stays or wants_sensitivity(plan.choices)
        facts = MailFacts(
            language=message.language,
            length=len(message.text.strip()),
            attachments=any(not one.inline for one in message.attachments),
            mailbox=context.account,
            intent=_builtin_intent(message, context) if wants_intent(plan.choices) else "",
            sensitive=sensitivity(message, (turn.text for turn in context.thread)) if judged else "",
        )
        local = {name for name, model in self._models.items() if model.local} if plan.sensitive_stays else None
        return candidates(facts, plan.choices, plan.default, local=local)

    def _order(self, names: Sequence[str]) -> list[str]:
        """Those that rest come last: they are tried only when nothing else has worked."""
        return sorted(names, key=self._rests)

    def _rests(self, name: str) -> bool:
        return self._health[name].rests_until > self._clock()

    async def _asked(
        self, name: str, after: Sequence[str], message: Message, context: Context, attempt: _Attempt
    ) -> Analysis | None:
        """None when this model could not be asked, or failed; why is in `attempt`."""
        model = self._models[name]
        if name != BUILTIN and attempt.calls <= 0:
            attempt.passed_over.append(PassedOver(name, Reason("model.no_call_left", {"most": context.calls})))
            return None
        try:
            reserved = await self._reserved(name, model, attempt.calls)
        except CapReached as reached:
            attempt.passed_over.append(PassedOver(name, _spent(reached.spent, reached.cap)))
            return None
        others = any(one != BUILTIN and not self._rests(one) for one in after)
        try:
            analysis = await model.engine.analyse(message, replace(context, calls=1 if others else attempt.calls))
        except (EngineUnavailable, EngineAnswerInvalid) as error:
            usage = error.usage or Usage()
            attempt.error = error
            attempt.calls -= max(usage.calls, 1 if error.maybe_done else 0)
            attempt.passed_over.append(PassedOver(name, error.reason, usage))
            _log.warning("model.failed", model=name, reason=error.reason.code, calls=usage.calls)
            metrics.count_usage(model.engine.name, usage.input_tokens, usage.output_tokens, usage.cost)
            self._note(name, error.reason.code)
            await self._spend(name, reserved, _paid_for(usage, model, maybe=error.maybe_done))
            return None
        except asyncio.CancelledError:
            if reserved is not None:  # the server goes on and counts it
                with suppress(RepondeurError):
                    await self._spending.end(reserved, Usage(cost=reserved.estimate))
            raise
        self._note(name, "")
        await self._spend(name, reserved, analysis.usage)
        return analysis

    async def _reserved(self, name: str, model: Model, calls: int) -> Reserved | None:
        """None where no cap holds. While only the calls under way could reach the cap, those are waited for. Raises
        CapReached."""
        if name == BUILTIN or self._plan.cap is None or model.free:
            return None
        until = self._clock() + PATIENCE
        while True:
            try:
                return await self._spending.begin(name, model.estimate * calls, self._plan.cap)
            except CapReached as reached:
                if not reached.for_now or self._clock() >= until:
                    raise
            await asyncio.sleep(LOOK_AGAIN)

    async def _spend(self, name: str, reserved: Reserved | None, usage: Usage) -> None:
        if reserved is not None:
            await self._spending.end(reserved, usage)
        elif usage.calls:
            await self._spending.add(name, usage)

    def _note(self, name: str, problem: str) -> None:
        """problem: the code of what went wrong, "" for nothing."""
        health = self._health[name]
        health.failures = health.failures + 1 if problem in _AWAY else 0
        if health.failures >= REST_AFTER:
            health.rests_until = self._clock() + REST


def _builtin_intent(message: Message, context: Context) -> str:
    from repondeur.engines import builtin

    return builtin.analyse(message, context).intent


def _paid_for(usage: Usage, model: Model, *, maybe: bool) -> Usage:
    """What a failed call has cost. maybe: the server may have counted a completion that we have not seen."""
    return replace(usage, cost=(usage.cost or Decimal(0)) + model.estimate) if maybe else usage


def _spent(spent: Decimal, cap: Decimal) -> Reason:
    return Reason("engine.spend_cap", {"spent": in_dollars(spent), "cap": in_dollars(cap)})


def _unavailable(reason: Reason) -> EngineUnavailable:
    return EngineUnavailable(reason.code, **reason.params)
