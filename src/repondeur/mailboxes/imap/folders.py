"""Which folder is Sent, Drafts, Junk or Trash, and what a configured name is called on this server. Pure.

By special-use attribute (RFC 6154) where the server gives one, else by the names that mail programs use.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Role = Literal["sent", "drafts", "junk", "trash"]

_ATTRIBUTES: dict[Role, str] = {"sent": "\\sent", "drafts": "\\drafts", "junk": "\\junk", "trash": "\\trash"}
NEW_NAMES: dict[Role, str] = {"sent": "Sent", "drafts": "Drafts", "junk": "Junk", "trash": "Trash"}

# Of mail programs and providers, in the order in which they are believed, in lower case.
_NAMES: dict[Role, tuple[str, ...]] = {
    "sent": (
        "sent", "sent items", "sent mail", "sent messages", "sent-mail", "sent objects", "outbox/sent",
        "éléments envoyés", "messages envoyés", "envoyés", "courrier envoyé", "objets envoyés", "boîte d'envoi/envoyés",
        "gesendet", "gesendete objekte", "gesendete elemente", "gesendete nachrichten",
        "enviados", "elementos enviados", "mensajes enviados", "correo enviado", "itens enviados", "mensagens enviadas",
        "inviati", "posta inviata", "elementi inviati", "inviata",
        "verzonden", "verzonden items", "verzonden berichten", "verzonden objecten",
        "skickat", "skickade objekt", "sendt", "sendte elementer", "sendt post", "lähetetyt",
        "wysłane", "elementy wysłane", "odeslané", "odeslaná pošta", "odoslané", "elküldött", "elküldött elemek",
        "отправленные", "надіслані", "gönderilmiş öğeler", "gönderilenler", "trimise", "απεσταλμένα",
        "送信済み", "送信済みアイテム", "已发送", "已发送邮件", "寄件備份", "보낸편지함",
    ),
    "drafts": (
        "drafts", "draft", "brouillons", "brouillon", "entwürfe", "entwurf",
        "borradores", "borrador", "rascunhos", "rascunho", "bozze", "concepten", "concept",
        "utkast", "kladder", "kladde", "luonnokset", "wersje robocze", "szkice", "robocze", "koncepty",
        "piszkozatok", "черновики", "чернетки", "taslaklar", "ciorne", "πρόχειρα",
        "下書き", "草稿", "草稿箱", "임시보관함",
    ),
    "junk": (
        "junk", "spam", "junk e-mail", "junk email", "junk mail", "bulk mail", "bulk",
        "courrier indésirable", "indésirables", "pourriel", "pourriels", "spamverdacht", "junk-e-mail",
        "correo no deseado", "lixo eletrónico", "lixo eletrônico", "posta indesiderata", "ongewenste e-mail",
        "ongewenst", "skräppost", "søppelpost", "uønsket mail", "roskaposti", "wiadomości-śmieci", "nevyžádaná pošta",
        "levélszemét", "спам", "нежелательная почта", "önemsiz e-posta", "迷惑メール", "垃圾邮件", "스팸메일함",
    ),
    "trash": (
        "trash", "deleted items", "deleted messages", "deleted", "bin", "corbeille", "éléments supprimés",
        "messages supprimés", "papierkorb", "gelöschte elemente", "gelöschte objekte", "papelera",
        "elementos eliminados", "lixo", "lixeira", "itens excluídos", "cestino", "posta eliminata", "prullenbak",
        "verwijderde items", "papperskorgen", "papirkurv", "roskakori", "kosz", "koš", "lomtár", "корзина",
        "çöp kutusu", "ゴミ箱", "已删除邮件", "휴지통",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Folder:
    """One line of LIST. name: decoded from modified UTF-7. attributes: in lower case. delimiter: "" when flat."""

    name: str
    attributes: frozenset[str] = frozenset()
    delimiter: str = "/"

    @property
    def selectable(self) -> bool:
        return not self.attributes & {"\\noselect", "\\nonexistent"}


def same_name(one: str, other: str) -> bool:
    """Do two names mean one folder? INBOX has no case (RFC 9051 5.1), other names have."""
    return one == other or (one.upper() == "INBOX" and other.upper() == "INBOX")


def with_role(folders: Sequence[Folder], role: Role, prefix: str = "") -> str | None:
    """The folder that plays a role, None when there is none. prefix: of the personal namespace, e.g. "INBOX."."""
    usable = [folder for folder in folders if folder.selectable]
    for folder in usable:
        if _ATTRIBUTES[role] in folder.attributes:
            return folder.name
    by_name: dict[str, str] = {}
    for folder in usable:
        # The one nearest to the root wins: "Sent" before "Archive/2019/Sent", which is never taken at all.
        by_name.setdefault(_plain(folder, prefix), folder.name)
    for name in _NAMES[role]:
        if name in by_name:
            return by_name[name]
    return None


def resolved(name: str, folders: Sequence[Folder], prefix: str = "", delimiter: str = "/") -> str:
    """What a name from the settings is called on this server, whether it exists already or is to be made.

    People write "Done" or "Work/Done"; the server may want "INBOX.Done" or "Work.Done".
    """
    if name.upper() == "INBOX":
        return "INBOX"
    known = {folder.name for folder in folders}
    if name in known:
        return name
    translated = name.replace("/", delimiter) if delimiter else name
    if prefix and not translated.startswith(prefix):
        prefixed = prefix + translated
        return translated if translated in known and prefixed not in known else prefixed
    return translated


def inferred_prefix(folders: Sequence[Folder]) -> str:
    """The personal namespace of a server that does not tell it (RFC 2342): all folders under INBOX, or none."""
    others = [folder for folder in folders if folder.name.upper() != "INBOX"]
    for delimiter in (".", "/"):
        prefix = f"INBOX{delimiter}"
        if others and all(folder.name.startswith(prefix) for folder in others):
            return prefix
    return ""


def _plain(folder: Folder, prefix: str) -> str:
    name = folder.name
    for lead in (prefix, f"INBOX{folder.delimiter}", f"[Gmail]{folder.delimiter}", f"[Google Mail]{folder.delimiter}"):
        if lead and len(lead) > 1 and name.startswith(lead):
            name = name.removeprefix(lead)
            break
    return (name.replace(folder.delimiter, "/") if folder.delimiter else name).casefold()
