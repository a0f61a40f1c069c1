"""What an answer rests on: only passages that exist, are public, and were supplied count (I9)."""

from repondeur.policy.facts import Facts
from repondeur.policy.passage import Passage


def cited(facts: Facts) -> tuple[Passage, ...]:
    """The public supplied passages that the analysis names, in its order, each once."""
    if facts.analysis is None:
        return ()
    internal = {passage.id for passage in facts.passages if passage.visibility != "public"}
    public = {passage.id: passage for passage in facts.passages if passage.id not in internal}
    return tuple(public[name] for name in dict.fromkeys(facts.analysis.passages) if name in public)


def uncovered(facts: Facts) -> int:
    """How many named passages were not supplied or are not public."""
    named = set(facts.analysis.passages) if facts.analysis else set()
    return len(named - {passage.id for passage in cited(facts)})
