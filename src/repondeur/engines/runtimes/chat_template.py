"""A conversation as the tokens that the model was trained on: by its own chat template."""

from collections.abc import Iterator, Sequence
from typing import Any

from repondeur.engines.prompt import ChatMessage
from repondeur.errors import EngineUnavailable


def tokens_of(tokenizer: Any, messages: Sequence[ChatMessage], begun: str) -> list[int]:
    """By a tokenizer of transformers. Templates that know no thinking pass over the switch. begun: what the answer
    begins with. Raises EngineUnavailable."""
    from jinja2 import TemplateError

    for said in _conversations(messages):
        try:
            text = tokenizer.apply_chat_template(
                said, tokenize=False, add_generation_prompt=True, enable_thinking=False
            )
        except TemplateError:
            continue
        return list(tokenizer(text + begun, add_special_tokens=False)["input_ids"])
    raise EngineUnavailable("engine.local_template")


def _conversations(messages: Sequence[ChatMessage]) -> Iterator[list[ChatMessage]]:
    """The conversation in the forms that templates take, best first: those that know no system message refuse it, so
    what it says goes before the first question then."""
    yield list(messages)
    system = "\n\n".join(one["content"] for one in messages if one["role"] == "system")
    others = [one for one in messages if one["role"] != "system"]
    if system and others:
        first: ChatMessage = {"role": others[0]["role"], "content": f"{system}\n\n{others[0]['content']}"}
        yield [first, *others[1:]]
