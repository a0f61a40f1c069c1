"""Plain text that its reader's program is meant to lay out: format=flowed (RFC 3676) and text/enriched (RFC 1896)."""

import re

_LINE_ENDS = re.compile(r"\n+")
_PARAMETER = re.compile(r"<param>[^<>]{0,500}</param>", re.IGNORECASE)
_COMMAND = re.compile(r"<<|</?[a-z0-9-]{1,60}>", re.IGNORECASE)
_QUOTE_DEPTH = re.compile(r">*")


def unflow(text: str, *, delete_space: bool = False) -> str:
    """format=flowed to plain lines (RFC 3676, 4): a line that ends in a space goes on in the next one of the same
    quote depth; "-- " stands alone; one leading space is stuffing."""
    lines: list[str] = []
    open_depth = -1  # quote depth of the line that goes on, -1 when none does
    for raw in text.split("\n"):
        depth = _depth(raw)
        content = raw[depth:].removeprefix(" ")
        flows = content.endswith(" ") and content != "-- "
        kept = content[:-1] if flows and delete_space else content
        if open_depth == depth and content != "-- ":
            lines[-1] += kept
        else:
            lines.append(("> " if depth == 1 else ">" * depth + " ") + kept if depth else kept)
        open_depth = depth if flows else -1
    return "\n".join(lines)


def _depth(line: str) -> int:
    found = _QUOTE_DEPTH.match(line)
    return found.end() if found else 0


def without_commands(text: str) -> str:
    """text/enriched as it reads without colours and the like: one line end is a space, of several one goes."""
    wrapped = _LINE_ENDS.sub(lambda found: found.group()[1:] or " ", _PARAMETER.sub("", text))
    return _COMMAND.sub(lambda found: "<" if found.group() == "<<" else "", wrapped)
