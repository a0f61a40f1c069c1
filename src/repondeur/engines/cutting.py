"""What of a text a model is shown: only what a person sees, and no more of it than fits. Pure, linear time."""

import math
import re

from repondeur.mail.clean import clean

# Tokens of one role each in the chat templates of common models: some servers read them inside a mail too.
_CHAT_MARKS = re.compile(
    r"<\||\|>|</?(?:s|think|tool_call|tool_response|start_of_turn|end_of_turn|bos|eos)>|\[/?INST\]|<</?SYS>>",
    re.IGNORECASE,
)
_BRACKETS = str.maketrans("<>[]", "‹›⟦⟧")
_SENTENCE_END = re.compile(r"[.!?…](?=[\s\"»”)])|\n")
_LEFT_OUT = "[… {count} characters left out …]"


def visible(text: str) -> str:
    """Only what a person sees, and no chat-template tokens."""
    return _CHAT_MARKS.sub(lambda found: found[0].translate(_BRACKETS), clean(text))


def one_line(text: str) -> str:
    """`visible`, with all white space as single spaces."""
    return " ".join(visible(text).split())


def estimate_tokens(text: str) -> int:
    """Rough and rather too high: 3.5 ASCII characters a token, one token for any other character."""
    ascii_count = sum(char.isascii() for char in text)
    return math.ceil(ascii_count / 3.5 + (len(text) - ascii_count) * 0.9)


def cut(text: str, limit: int) -> str:
    """At most about `limit` tokens: the start and, half as long, the end; what lies between is named."""
    text = text.strip()
    tokens = estimate_tokens(text)
    if tokens <= limit:
        return text
    keep = int(len(text) * limit / tokens)
    head, tail = keep * 2 // 3, keep // 3
    note = _LEFT_OUT.format(count=len(text) - head - tail)
    return f"{text[:head].rstrip()}\n{note}\n{text[len(text) - tail :].lstrip()}"


def cut_after_sentence(text: str, limit: int) -> str:
    """The first sentences that fit into about `limit` tokens, the first one in any case up to there, then "…"."""
    text = text.strip()
    tokens = estimate_tokens(text)
    if tokens <= limit:
        return text
    start = text[: int(len(text) * limit / tokens)]
    ends = [found.end() for found in _SENTENCE_END.finditer(start)]
    if ends and ends[-1] * 2 > len(start):
        return f"{start[: ends[-1]].rstrip()} …"
    return f"{start.rpartition(' ')[0] or start}…"
