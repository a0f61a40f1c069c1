"""Tokens as models count them: the tokenizer of Qwen2 and Qwen3 (151,643 merges), which comes with dashscope."""

import base64
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import tiktoken

# How text is parted before merging, as Qwen2's tokenizer.json says ("pre_tokenizer", Split): each digit is a token.
_PARTS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
# <|im_start|>role\n … <|im_end|>\n around each message, and <|im_start|>assistant\n before the answer.
A_MESSAGE = 5
AN_ANSWER = 3


def count(text: str) -> int:
    """Tokens of a text by itself."""
    return len(_tokenizer().encode(text, disallowed_special=()))


def count_chat(messages: list[dict[str, str]]) -> int:
    """Tokens of a request, those of the chat template included."""
    return sum(A_MESSAGE + count(message["content"]) for message in messages) + AN_ANSWER


@cache
def _tokenizer() -> tiktoken.Encoding:
    spec = find_spec("dashscope")
    assert spec is not None, "dashscope is not installed"
    assert spec.origin is not None
    lines = (Path(spec.origin).parent / "resources" / "qwen.tiktoken").read_bytes().splitlines()
    ranks = {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in lines if line)}
    return tiktoken.Encoding("qwen", pat_str=_PARTS, mergeable_ranks=ranks, special_tokens={})
