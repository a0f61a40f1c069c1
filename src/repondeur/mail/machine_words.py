"""The words by which programs show themselves in subjects and texts, for mail.automatic."""

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files

_LONGEST = 5000  # characters that are looked at
_BRACKETS = "[(【［（「《*"
_END = r"(?=\s*(?:$|[:!.,;\[\](«»\"'–—-]|(?:re|aw|tr|fwd?|wg|rv|sv|vs|odp|antw)\s*:))"
_MAILING_PROGRAMS = re.compile(
    r"vacation|auto-?respon|auto-?repl|mailchimp|sendinblue|brevo|mailjet|sarbacane|campaign|phplist|acymailing"
    r"|exacttarget|sendblaster|groupmail|icontact|emarsys|selligent|mailman|listserv|sympa\b|majordomo|ezmlm"
)
_READ = re.compile(
    r"your message\b.{0,400}\b(?:was (?:read|displayed|deleted without being read)|has been (?:read|displayed))"
    r"|votre message\b.{0,400}\ba ete (?:lu|affiche|supprime sans (?:etre|avoir ete) lu)"
    r"|this is a return receipt for|ceci est un accuse de (?:lecture|reception) pour"
    r"|would like to recall the message|(?:souhaite|voudrait|aimerait) rappeler le message"
    r"|ihre nachricht\b.{0,400}\b(?:wurde\b.{0,80}(?:gelesen|angezeigt|geloscht))"
    r"|(?:su|el) mensaje\b.{0,400}\b(?:fue leido|se leyo|ha sido leido)"
    r"|(?:il )?messaggio\b.{0,400}\b(?:e stato letto|e stata letta)|uw bericht\b.{0,400}\bis gelezen"
)
_ANSWERED = re.compile(
    r".{0,120}\b(?:has (?:tentatively )?(?:accepted|declined|replied)|a (?:accepte|decline|refuse|repondu)"
    r"|hat\b.{0,80}(?:angenommen|abgelehnt|zugesagt|beantwortet)"
    r"|ha (?:aceptado|rechazado|accettato|rifiutato|respondido)"
    r"|heeft\b.{0,80}(?:geaccepteerd|geweigerd|afgewezen))\b.{0,200}"
)

_SERVER_SPEAKS = re.compile(
    r"(?:final-recipient|diagnostic-code|reporting-mta|remote-mta)\s*:|\b[45]\d\d[ -]#?[45]\.\d{1,3}\.\d{1,3}\b"
    r"|#[45]\d\d [45]\.\d{1,3}\.\d{1,3}|\(#[45]\.\d{1,3}\.\d{1,3}\)"
    r"|this is the (?:qmail|postfix|exim|mail system|mail delivery)|transcript of session|permanent fatal errors"
    r"|remote (?:host|server) (?:said|returned)|message headers follow|below this line is a copy of the message"
    r"|delivery is delayed to these recipients"
    r"|recipient\(?s?\)? (?:address )?(?:failed|rejected|could not be reached)|did not reach the following recipient"
    r"|(?:could not|cannot|unable to|was not|not be|failed to be) deliver(?:ed)?\b.{0,80}(?:recipient|address|<|@)"
    r"|\b(?:user|recipient|mailbox) (?:is )?(?:unknown|not found|unavailable|disabled)|no such user|unknown user"
    r"|(?:pas pu etre|n.a pas ete) (?:remis|distribue|delivre|livre)e?\b.{0,80}(?:destinataire|adresse|<|@)"
    r"|(?:nicht|konnte nicht) zugestellt\b.{0,80}(?:empfanger|adresse|<|@)"
    r"|(?:empfanger|adresse)\b.{0,80}nicht zugestellt"
    r"|no (?:se )?(?:pudo|ha podido|fue) (?:ser )?entrega(?:r|do)\b.{0,80}(?:destinatario|direccion|<|@)"
    r"|宛先.{0,40}(?:配信|送信)できません|(?:无法|無法)(?:送达|投递|送達|投遞|发送)"
)
_SYSTEM_SPEAKS = re.compile(
    r"this is (?:the|an automatic\w*) |(?:created|generated) automatically|automatically generated"
)
_PERSON_SPEAKS = re.compile(
    r"\b(?:i|i'm|i.ve|my|me|je|j.ai|j.essaie|mon(?!,)|ma|mes|ich|mein\w*|mir|mi|yo|mis|io|mio|mia|ik|mijn|eu|meu|minha)\b"
    r"|^(?:hello|hi|dear|bonjour|madame|monsieur|hallo|guten tag|sehr geehrte|hola|buongiorno|salve|beste|ola)\b"
)


_MENTIONS = ("automat", "répon", "repon", "reply", "respon", "antwort", "beantwo", "rispon", "reager", "monitor")
_I = re.compile(r"\b(?:i|i'm|i.ve|je|j.ai|j.aimerais|j.attends|ich|yo|io|ik|eu)\b")
_EDGE = 1500  # characters at the beginning and the end of a text, where programs say so


def says_so(text: str) -> bool:
    """Does a text say of itself that a program sent it, or that nobody reads answers? Not when its author says "I"."""
    edges = text if len(text) <= 2 * _EDGE else f"{text[:_EDGE]}\n{text[-_EDGE:]}"
    lower = edges.casefold()
    if not any(mention in lower for mention in _MENTIONS):
        return False
    plain = _without_marks(lower)
    return bool(_sentences().search(plain)) and not _I.search(plain)


def server_speaks(folded: str) -> bool:
    """A mail server's words, and not those of a person who tells of them."""
    return not person_tells(folded) and bool(_SERVER_SPEAKS.search(folded))


def is_status_report(folded: str) -> bool:
    """The fields of a delivery report (RFC 3464) as plain text, and nobody who tells of them."""
    return "reporting-mta:" in folded and "final-recipient:" in folded and not person_tells(folded)


def person_tells(folded: str) -> bool:
    """Somebody speaks of themselves or greets, and no program says that it speaks."""
    return bool(_PERSON_SPEAKS.search(folded)) and not _SYSTEM_SPEAKS.search(folded)


def was_read(folded: str) -> bool:
    """The words of a read receipt."""
    return bool(_READ.search(folded))


def answers_invitation(folded: str) -> bool:
    """The sentence that a calendar writes for its user."""
    return bool(_ANSWERED.match(folded))


def mailing_program(mailer: str) -> bool:
    """Does this value of X-Mailer name a program for answering machines, lists or campaigns?"""
    return bool(_MAILING_PROGRAMS.search(mailer.lower()))


def subject_says(what: str, folded: str) -> bool:
    """what: a table of subjects.toml. folded: the subject."""
    says = _subjects()[what]
    return bool(says.match(folded) or (folded[:1] in _BRACKETS and says.match(folded.lstrip(_BRACKETS))))


@cache
def _subjects() -> dict[str, re.Pattern[str]]:
    tables = tomllib.loads((files("repondeur.mail") / "subjects.toml").read_text("utf-8"))
    return {
        what: re.compile("|".join(_pattern(pattern) for patterns in languages.values() for pattern in patterns))
        for what, languages in tables.items()
    }


def _pattern(written: str) -> str:
    return f"(?:{_without_marks(written).replace('{end}', _END)})"


def fold(text: str) -> str:
    """Lower case, no accents, one space: "Réponse  Automatique" is "reponse automatique"."""
    return " ".join(_without_marks(text[:_LONGEST].casefold()).split())


def _without_marks(text: str) -> str:
    """Without what is combined with letters, in any script; what is no mark comes together again, as in Hangul."""
    if text.isascii():
        return text
    parts = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFC", "".join(part for part in parts if not unicodedata.combining(part)))


@cache
def _sentences() -> re.Pattern[str]:
    tables = tomllib.loads((files("repondeur.mail") / "says_so.toml").read_text("utf-8"))
    words = tables.pop("mail")
    written = "|".join(f"(?:{pattern})" for patterns in tables.values() for pattern in patterns)
    # At the beginning of a sentence, so that what somebody quotes is none; lines may be wrapped anywhere.
    starts = rf"(?:^|[.!?*] )[\W_]{{0,6}}(?:{written.replace('{mail}', words)})"
    return re.compile(starts.replace(" ", r"\s+"), re.MULTILINE)
