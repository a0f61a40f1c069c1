"""Models that are not there: what an honest but imperfect one, and one that cites whatever it is shown, would answer.

They stand behind the strict model server, see the very prompt that a model would, and know of the mail what the set
says: which passages answer it. What they tell about a real model is only how the rest of the program takes its choices.
"""

import random
import re
from collections.abc import Callable, Sequence

from repondeur.engines.compatible import CompatibleEngine
from repondeur.knowledge.index import Index
from repondeur.policy.facts import ReplyMode
from tests.support.knowledge_set import KnowledgeSet, Question
from tests.support.knowledge_table import Outcome, outcomes
from tests.support.model_server import ModelServer, Request, Step, answers

ERRS = 0.1
SEED = 5
_SHOWN = re.compile(r"^\[([^\[\]\n]{1,200})\] ", re.MULTILINE)

Choice = Callable[[Question, Sequence[str]], str]


def careful(question: Question, shown: Sequence[str]) -> str:
    """The passage that answers it if it is shown, else none; in ERRS of the cases the first one that does not."""
    if random.Random(f"{SEED} {question.text}").random() < ERRS:
        return next((one for one in shown if one not in question.answers), "")
    return next((one for one in shown if one in question.answers), "")


def careless(question: Question, shown: Sequence[str]) -> str:
    """The first passage, whatever was asked."""
    return shown[0] if shown else ""


class Simulated:
    """The script of a ModelServer. Mails come one by one, each after `ask` with its question.

    in_sight: how many questions were asked with a passage that answers them in the prompt."""

    def __init__(self, choice: Choice) -> None:
        self.choice = choice
        self.asked: Question | None = None
        self.in_sight = 0

    def ask(self, question: Question) -> None:
        self.asked = question

    def __call__(self, request: Request) -> Step:
        assert self.asked is not None
        prompt = "\n".join(said["content"] for said in request.body["messages"])
        shown = _SHOWN.findall(prompt)
        self.in_sight += any(one in shown for one in self.asked.answers)
        chosen = self.choice(self.asked, shown)
        reply = "Here is what we know about this." if self.asked.language == "en" else "Voici ce que nous en savons."
        return answers(language=self.asked.language, passages=[chosen] if chosen else [], reply=reply if chosen else "")


async def simulated(
    known: KnowledgeSet, index: Index, choice: Choice, *, reply: ReplyMode = "strict"
) -> tuple[list[Outcome], Simulated]:
    """What becomes of the mails with such a model, and the model with its counts."""
    script = Simulated(choice)
    with ModelServer(script) as server:
        engine = CompatibleEngine(base_url=server.base_url, model="simulated")
        try:
            return await outcomes(known, index, engine, reply=reply, before=script.ask), script
        finally:
            await engine.close()
