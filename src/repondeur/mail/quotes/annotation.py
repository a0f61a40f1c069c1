"""Answers written into an old mail and marked with a name: "[Jean] Oui." (Outlook: "mark my comments with")."""

import re

_ANNOTATION = re.compile(r"\[([^\W\d_][\w.'’-]{0,20}(?: [^\W\d_][\w.'’-]{0,20}){0,3})\]\s?:?\s*\S")
_LONGEST_INITIALS = 4


def annotations(old: list[str]) -> list[str]:
    """old: an old mail without its header. Each answer below the line that it answers, quoted.

    Gateways write "[External]" or "[EXTERNAL]" above a mail, so the first line is no answer; nor is what stands in a
    still older mail, but that cannot be told, and a line too many costs little.
    """
    result: list[str] = []
    asked = ""
    for line in old:
        if not line.strip():
            continue
        if asked and _is_annotation(line):
            goes_on = bool(result) and result[-1] == asked
            result += [line.strip()] if goes_on else ["", f"> {asked}", line.strip()]
            asked = line.strip()
        else:
            asked = line.strip()
    return result


def _is_annotation(line: str) -> bool:
    found = _ANNOTATION.match(line.strip()) if "[" in line[:4] else None
    return found is not None and all(
        word[0].isupper() and (len(word) <= _LONGEST_INITIALS or not word.isupper()) for word in found.group(1).split()
    )
