"""Our own words around whole passages: a letter that somebody can read who has not seen the knowledge. Pure."""

from collections.abc import Iterable

from repondeur.mail.clean import clean, clean_line
from repondeur.mail.compose import text_language
from repondeur.policy.passage import Passage
from repondeur.texts import say
from repondeur.words.stems import fold

TITLE_LIMIT = 150  # characters; what is longer is no title


def told(passages: Iterable[Passage]) -> str:
    """Their texts, whole, in this order. A question stands above its answer, which may begin with "Yes"; where there
    are several, so do other titles."""
    known = [(passage, text) for passage in passages if (text := clean(passage.text))]
    parts: list[str] = []
    above = ""
    for passage, text in known:
        title = clean_line(passage.title)
        shown = title != above and _opens(title, text, alone=len(known) == 1)
        parts.append(f"{title}\n{text}" if shown else text)
        above = title
    return "\n\n".join(parts)


def letter_around(passages: str, language: str, name: str = "") -> str:
    """A greeting, the passages and a closing. name: of ours, below it; "" for none."""
    ours = text_language(language)
    closing = say("compose.closing", ours)
    signed = f"{closing},\n{clean_line(name)}" if clean_line(name) else closing
    return clean("\n\n".join([say("compose.greeting", ours), passages, signed]))


def _opens(title: str, text: str, *, alone: bool) -> bool:
    """Whether a title is to stand above: one that a person has written, and that the text does not say itself. The name
    of a file begins with a small letter."""
    if not title or len(title) > TITLE_LIMIT or fold(text).startswith(fold(title)):
        return False
    return title.endswith("?") or (not alone and title[0].isupper())
