"""What the steps of a mail's way have found, as people want to read it. Pure."""

from typing import Any

from repondeur.texts import Reason


def first_reason(name: str, found: Any) -> Reason | None:
    """The one thing a step found that a person wants to read first; None where there is none."""
    reason: Any = None
    match name:
        case "understand" if found:
            reason = found["failure"] or found["screening"]["reason"]
        case "decide" if found:
            reason = found["decision"]["reason"]
        case "end" if found:
            reason = found["reason"]
        case "unwanted" | "refused" if found:
            reason = found
        case _ if name.startswith("call:"):
            reason = found
    return Reason(reason["code"], reason["params"]) if reason else None
