"""A conversation as the tokens that the model was trained on: by its own chat template."""

from collections.abc import Sequence
from typing import Any

from repondeur.engines.prompt import ChatMessage
from repondeur.errors import EngineUnavailable


def tokens_of(tokenizer: Any, messages: Sequence[ChatMessage], begun: str) -> list[int]:
    """Templates that know no thinking pass over the switch; those that know no system message refuse it, so what it
    says goes before the first question. begun: what the answer begins with. Raises EngineUnavailable."""
    from jinja2 import TemplateError

    try:
        return _templated(tokenizer, messages, begun)
    except TemplateError:
        system = "\n\n".join(one["content"] for one in messages if one["role"] == "system")
        others = [one for one in messages if one["role"] != "system"]
        if not system or not others:
            raise EngineUnavailable("engine.local_failed", problem="chat_template") from None
    first = {**others[0], "content": f"{system}\n\n{others[0]['content']}"}
    try:
        return _templated(tokenizer, [first, *others[1:]], begun)
    except TemplateError:
        raise EngineUnavailable("engine.local_failed", problem="chat_template") from None


def _templated(tokenizer: Any, messages: Sequence[Any], begun: str) -> list[int]:
    text = tokenizer.apply_chat_template(
        list(messages), tokenize=False, add_generation_prompt=True, enable_thinking=False
    )
    return list(tokenizer(text + begun, add_special_tokens=False)["input_ids"])
