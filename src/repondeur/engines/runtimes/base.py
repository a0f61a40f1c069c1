"""What runs a model in this process: the one thing that local engines differ in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from repondeur.engines.prompt import ChatMessage
from repondeur.policy.analysis import Usage


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question to the model.

    pattern: a regular expression that the whole answer matches, in the form that grammar.py writes; "" for free text.
    It is the same for all mails of a mailbox, so a runtime compiles it once and keeps it. max_tokens: of the answer.
    temperature: 0 takes the likeliest token each time. seconds: of the runtime's own time; where n questions are worked
    together, each takes its nth part of it, and waiting for a turn costs nothing. seed: the same question with the same
    seed may have the same answer. begun: what the answer begins with already: the model goes on behind it, and the
    pattern is that of the rest. An answer that has used up its tokens is ended that way.
    """

    messages: Sequence[ChatMessage]
    pattern: str
    max_tokens: int
    temperature: float
    seconds: float
    seed: int
    begun: str = ""


@dataclass(frozen=True, slots=True)
class Completed:
    """text: what the model wrote, without what was begun. finished: False when it ended at max_tokens. usage: one call,
    its tokens counted, cached_tokens those of a prefix that was there already, where the runtime tells."""

    text: str
    usage: Usage
    finished: bool


class Runtime(Protocol):
    """A loaded model. Thinking is off in its chat template (`enable_thinking` is false)."""

    @property
    def name(self) -> str:
        """ "openvino" or "transformers"."""
        ...

    @property
    def context(self) -> int:
        """Tokens of question and answer together that one question may take."""
        ...

    @property
    def at_once(self) -> int:
        """How many questions are worked together with profit; more wait for their turn, in order."""
        ...

    def count(self, text: str) -> int:
        """Tokens of a text, the chat template's own not counted. Any thread may call it; it may take milliseconds."""
        ...

    async def prepare(self, pattern: str) -> None:
        """Compiles a pattern before the first question needs it. Raises EngineUnavailable when it cannot."""
        ...

    async def complete(self, prompt: Prompt) -> Completed:
        """One answer. A caller that is cancelled frees the question's place at once. The question must fit into
        `context` (fitting.py): nobody cuts it here.

        Raises EngineUnavailable: engine.local_timeout (its seconds are over), engine.local_failed (the runtime failed;
        what waited with it fails too), engine.local_template (its chat template refuses the question),
        engine.local_closed.
        """
        ...

    async def close(self) -> None:
        """Ends what is in hand, and gives the memory back. Does nothing the second time."""
        ...
