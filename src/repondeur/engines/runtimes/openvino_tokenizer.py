"""A model's tokeniser and chat template, as openvino-genai reads them from its file."""

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from repondeur.engines.prompt import ChatMessage
from repondeur.errors import EngineUnavailable

if TYPE_CHECKING:
    import openvino_genai


class Tokenizer:
    """Any thread may call it; each call takes milliseconds."""

    def __init__(self, tokenizer: "openvino_genai.Tokenizer") -> None:
        self._tokenizer = tokenizer
        # Two threads in it at once can wait for each other for ever (openvino-genai 2026.4).
        self._one = threading.Lock()
        self.end: int = tokenizer.get_eos_token_id()

    def question(self, messages: Sequence[ChatMessage], begun: str) -> list[int]:
        """The conversation and what the answer begins with. Where the chat template knows no system message, openvino
        puts what it says before the first question. Raises EngineUnavailable, engine.local_template."""
        try:
            with self._one:
                asked = self._tokenizer.apply_chat_template(
                    list(messages), add_generation_prompt=True, extra_context={"enable_thinking": False}
                )
        except RuntimeError:  # what openvino raises for all that goes wrong in it
            raise EngineUnavailable("engine.local_template") from None
        return self.encoded(asked + begun)

    def encoded(self, text: str) -> list[int]:
        with self._one:
            found: list[int] = self._tokenizer.encode(text, add_special_tokens=False).input_ids.data[0].tolist()
        return found

    def decoded(self, tokens: Sequence[int]) -> str:
        with self._one:
            text: str = self._tokenizer.decode(tokens)
        return text
