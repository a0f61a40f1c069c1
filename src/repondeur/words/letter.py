"""The parts of a mail's new text: greeting, what it says, closing with the name. Pure."""

import re
from dataclasses import dataclass

from repondeur.words.sentences import sentences
from repondeur.words.terms import fold

# Applied to single folded lines of bounded length.
_GREETING = re.compile(
    r"(?:(?:re)?bonjour|bonsoir|salut|coucou|hello|hi|hey|dear|good (?:morning|afternoon|evening|day)|greetings"
    r"|madame|monsieur|mesdames|messieurs|chers?|cheres?|to whom it may concern)\b"
    r"[^.?!,;:]{0,50}(?:, *monsieur)?[,.!:;]*"
)
_CLOSING = re.compile(
    r"(?:(?:bien |tres )?cordialement|(?:bien |kind |best |warm |with (?:kind|best) )?regards|best(?: wishes)?"
    r"|(?:yours |very )?sincerely|yours(?: (?:truly|faithfully))?|all the best|cheers"
    r"|(?:many )?thanks(?: (?:a lot|again|in advance|so much))?|thank you(?: (?:in advance|very much|again))?"
    r"|merci(?: (?:beaucoup|d'avance|par avance|encore|a vous))?|merci.{0,20}bonne journee|v(?:ou)?s remerciant.{0,30}"
    r"|bien a vous|(?:sinceres |mes )?salutations.{0,30}|bonne (?:journee|soiree|fin de journee)|a bientot|amities"
    r"|bises|dans l'attente.{0,60}|respectueusement)[ ,.!;:)-]*"
)
_NAME = re.compile(r"(?:[A-ZÀ-ÝŒ][\w'’.-]{0,24})(?: (?:d[eu]|van|von|der|la|le)|(?: [A-ZÀ-ÝŒ][\w'’.-]{0,24})){0,3}")
_LAST_LINES = 8


@dataclass(frozen=True, slots=True)
class Letter:
    """body: what is said, without greeting and closing. signed: the name under it, "" when there is none."""

    body: str
    signed: str

    @property
    def sentences(self) -> list[str]:
        return sentences(self.body)


def letter(text: str) -> Letter:
    """Takes a mail's new text apart. Never raises; what is not recognised stays in the body."""
    lines = [line.strip() for line in text.strip().splitlines()]
    if lines and len(lines[0]) <= 80 and _GREETING.fullmatch(fold(lines[0])):
        lines = lines[1:]
    closings = [n for n in range(max(1, len(lines) - _LAST_LINES), len(lines)) if _is_closing(lines[n])]
    if not closings:
        return Letter("\n".join(lines).strip(), "")
    end = closings[-1]
    while end > 1 and (not lines[end - 1] or _is_closing(lines[end - 1])):
        end -= 1
    return Letter("\n".join(lines[:end]).strip(), _signed(lines[closings[-1] + 1 :]))


def _is_closing(line: str) -> bool:
    return 0 < len(line) <= 80 and _CLOSING.fullmatch(fold(line)) is not None


def _signed(lines: list[str]) -> str:
    first = next((line for line in lines if line.strip(" -_")), "")
    return first if len(first) <= 60 and _NAME.fullmatch(first) else ""
