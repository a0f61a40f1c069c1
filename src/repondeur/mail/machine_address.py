"""Addresses behind which nobody reads: mail systems, programs, no-reply in its spellings."""

import re
import unicodedata

_DAEMON = re.compile(
    r"mailerdaemon|maildaemon|mdaemon|postmaster(?!s)|mailsystem|mailrouter|deliverysubsystem|deliverysystem|ndrservice"
    r"|maildelivery|microsoftexchange[0-9a-f]{32}"
)
_DAEMON_NAME = re.compile(
    r"mail delivery (?:sub)?system|mail delivery service|internet mail delivery|mailer.?daemon"
    r"|systeme de (?:distribution|remise) d"
)
_BOUNCE_BOX = re.compile(
    r"(?:.*[-_+.=])?bounces?(?:[^a-z].*)?|prvs=.*|srs[01][=+-].*|smtp-?gateway"
    r"|(?:.*[-_+.=])?(?:(?:smtp|mailer)?daemon|postmaster)\d*(?:[-_+.=].*)?"
)
_NO_REPLY = re.compile(
    r"no(?:t)?re?pl(?:y|ies)|do(?:not|nt)reply|neverreply|noresponse|autoreply|autorespon[ds]e?|auto-?confirm"
    r"|nepasrepondre|noreponse|nerepondezpas|pasdereponse|sansreponse|noresponder|norespond|nocontestar"
    r"|nichtantworten"
    r"|keineantwort|bittenichtantworten|nonrispondere|noreplica|naoresponda|naoresponder|nietbeantwoorden|nietantwoorden"
    r"|svarikke|svarainte|eisvara|svaraej|ingasvar|ikkesvar|eivastausta|geenantwoord|nereponsepas|nieodpowiadac"
    r"|nieodpowiadaj|neodpovidat|nevalaszol|neodgovarja|yanitlamayin|nuraspunde"
)
# The whole local part: names of programs, and of boxes that only send.
_PROGRAM = re.compile(
    r"newsletters?|notifications?|notify|mailings?|mailrobot|mailbot|mailer|autoresponder|cron(?:daemon)?|anacron"
    r"|logwatch|fail2ban|smartd|nagios\d*|icinga\d*|zabbix|jenkins|calendarnotification|calendarserver|dmarcnoreply"
    r"|root|robot|wwwdata|apache|nobody|alerts?|unattended|dmarcreports?|tlsrpt|smtptlsreporting|arfreports?|fbl|vacation"
)
_LIST_OWNER = re.compile(r"owner-.+|.+-owner|listserv|majordomo|mailman|sympa|ezmlm")  # RFC 3834, 2
_LIST_BOX = re.compile(r".+-(?:bounces(?:[+=].*)?|request|(?:un)?subscribe)")
_PROGRAM_NAME = re.compile(r"\(?(?:cron daemon|anacron|logwatch|smartd daemon)\)?$")
_NOT_LETTERS = re.compile(r"[^a-z0-9]")
_LONGEST = 200  # characters that are looked at; RFC 5321 4.5.3.1.1 allows 64 octets


def machine_address(local_part: str) -> bool:
    """Is this the local part of an address that nobody reads: no-reply, a daemon, bounces, a program?"""
    return is_daemon("", local_part) or is_no_reply(local_part) or is_program("", local_part)


def is_daemon(name: str, local_part: str) -> bool:
    """A mail system. name: the display name beside it."""
    local = local_part[:_LONGEST].lower()
    squeezed = _NOT_LETTERS.sub("", local)
    return bool(_DAEMON.match(squeezed) or _BOUNCE_BOX.fullmatch(local) or _DAEMON_NAME.search(_plain(name)))


def is_no_reply(local_part: str) -> bool:
    """In its spellings, anywhere: info-no.reply_2, accountnoreply. Where it is made of several words, it begins with
    the first of them: arno.reply is somebody's name."""
    words = [word for word in _NOT_LETTERS.split(_plain(local_part[:_LONGEST])) if word]
    begins = {sum(map(len, words[:place])) for place in range(len(words))}
    return any(
        found.start() in begins or any(found.group() in word for word in words)
        for found in _NO_REPLY.finditer("".join(words))
    )


def is_no_reply_domain(domain: str) -> bool:
    """users.noreply.example: a label of it says so."""
    return any(_NO_REPLY.fullmatch(_squeezed(label)) for label in domain[:_LONGEST].split("."))


def is_program(name: str, local_part: str) -> bool:
    """A program or a box that only sends, such as newsletter@ or nagios@."""
    local = local_part[:_LONGEST].lower()
    return bool(
        _PROGRAM.fullmatch(_squeezed(local_part)) or _LIST_OWNER.fullmatch(local) or _PROGRAM_NAME.match(_plain(name))
    )


def is_list_sender(local_part: str) -> bool:
    """What list programs write as Sender, some of them without any List field: garden-bounces@, owner-garden@."""
    local = local_part[:_LONGEST].lower()
    return bool(_LIST_OWNER.fullmatch(local) or _LIST_BOX.fullmatch(local) or _DAEMON.match(_squeezed(local)))


def _squeezed(local_part: str) -> str:
    """Lower case, no accents, letters and digits only."""
    return _NOT_LETTERS.sub("", _plain(local_part[:_LONGEST]))


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text[:_LONGEST].casefold())
    return " ".join("".join(character for character in decomposed if not unicodedata.combining(character)).split())
