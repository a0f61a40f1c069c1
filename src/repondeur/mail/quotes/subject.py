"""What the subject says about the body: "TR: …", "AW: …", and "VS: …", which means either."""

from dataclasses import dataclass

from repondeur.mail.quotes import fold, words


@dataclass(frozen=True, slots=True)
class Subject:
    """What the subject says about the body. forward, answer: the languages in which its prefix means that."""

    text: str
    bare: str
    forward: frozenset[str] = frozenset()
    answer: frozenset[str] = frozenset()

    @property
    def passed_on(self) -> bool:
        return bool(self.forward) and not self.answer

    @property
    def reply(self) -> bool:
        return bool(self.answer)

    @property
    def may_be_reply(self) -> bool:
        return self.reply or not self.text.strip()

    def passes_on(self, languages: frozenset[str]) -> bool:
        """languages: of what stands below. "VS:" above Danish labels; above Finnish ones it is an answer."""
        return self.passed_on or bool(self.forward & languages and not self.answer & languages)


def read_subject(text: str) -> Subject:
    """text: decoded, with its prefixes."""
    text = text.strip()
    found = words().prefix.match(text)
    if not found:
        return Subject(text, text)
    forward, answer = words().prefixes.get(fold(found.group(1)), (frozenset(), frozenset()))
    return Subject(text, text[found.end() :].strip() if forward else text, forward, answer)
