"""Broken JSON that can be mended without guessing: trailing commas, and an object that was cut before its end. Pure."""

MAX_DEPTH = 20
_CLOSING = {"{": "}", "[": "]"}


def repaired(text: str) -> str:
    """The first object of `text` as JSON, or "" when it cannot be mended safely.

    Trailing commas go. Of a cut object only the members that were complete stay: half a reply is no reply. A bracket
    that does not match is no case for guessing. One pass, linear time.

    >>> repaired('{"intent": "order", "summary": "Asks for a la')
    '{"intent": "order"}'
    """
    start = text.find("{")
    return _Mender(text[start:]).mend() if start >= 0 else ""


class _Mender:
    def __init__(self, text: str) -> None:
        self.text = text
        self.out: list[str] = []
        self.stack: list[str] = []
        self.whole = 0  # how much of `out` is complete members of the outer object

    def mend(self) -> str:
        position = 0
        while position < len(self.text):
            char = self.text[position]
            if char == '"':
                end = _string_end(self.text, position)
                if end < 0:
                    break
                self.out.append(self.text[position:end])
                position = end
                continue
            if not self._step(char):
                return ""
            if not self.stack:
                return "".join(self.out)
            position += 1
        return "".join(self.out[: self.whole]).rstrip().rstrip(",") + "}" if self.whole else ""

    def _step(self, char: str) -> bool:
        if char in _CLOSING:
            self.stack.append(_CLOSING[char])
        elif char in "}]":
            if not self.stack or self.stack.pop() != char:
                return False
            self._drop_trailing_comma()
        elif char == "," and len(self.stack) == 1:
            self.whole = len(self.out)
        self.out.append(char)
        return len(self.stack) <= MAX_DEPTH

    def _drop_trailing_comma(self) -> None:
        position = len(self.out) - 1
        while position >= 0 and self.out[position].isspace():
            position -= 1
        if position >= 0 and self.out[position] == ",":
            del self.out[position:]


def _string_end(text: str, start: int) -> int:
    """Just past the closing quote of the string that opens at `start`; -1 when it does not close."""
    position = start + 1
    while position < len(text):
        if text[position] == "\\":
            position += 2
        elif text[position] == '"':
            return position + 1
        else:
            position += 1
    return -1
