"""What is to be done with a mail."""

from dataclasses import dataclass
from typing import Literal

from repondeur.texts import Param, Reason

Verdict = Literal["answer", "draft", "hold", "file", "ignore"]


@dataclass(frozen=True, slots=True)
class Action:
    """One effect to carry out. What it says and to whom is not in it: policy.reply, policy.addressing and policy.calls
    tell. id: of a call, as in the settings."""

    kind: Literal["reply", "draft", "call"]
    id: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    verdict: Verdict
    reason: Reason
    actions: tuple[Action, ...] = ()


def answer(code: str, /, **params: Param) -> Decision:
    return Decision("answer", Reason(f"decide.{code}", params), (Action("reply"),))


def draft(code: str, /, **params: Param) -> Decision:
    return Decision("draft", Reason(f"decide.{code}", params), (Action("draft"),))


def hold(code: str, /, **params: Param) -> Decision:
    return Decision("hold", Reason(f"decide.{code}", params))


def ignore(code: str, /, **params: Param) -> Decision:
    return Decision("ignore", Reason(f"decide.{code}", params))
