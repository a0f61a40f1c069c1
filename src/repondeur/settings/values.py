"""The kinds of values that settings have, each with the check that refuses an impossible one.

A check raises PydanticCustomError whose type is the code of the sentence for people (text catalogue, area "settings").
"""

import ipaddress
import re
from typing import Annotated, Self, SupportsIndex
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_core import PydanticCustomError

from repondeur.mail.sender_pattern import is_sender_pattern
from repondeur.settings.providers import PROVIDERS
from repondeur.texts import templating

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# RFC 5321 4.1.2 without quoted local parts, with the Unicode of RFC 6531.
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"]+@[\w](?:[\w.-]*[\w])?")
# RFC 1123 2.1; underscores because container networks use them.
_HOST = re.compile(r"(?!.*\.\.)[\w](?:[\w.-]{0,251}[\w])?\.?")
_TABLE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
_MODEL = re.compile(rf"(?:{'|'.join((*PROVIDERS, 'local'))}):\S(?:.*\S)?|{_TABLE_NAME.pattern}")
_INTENT = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
# In capitals, as everybody writes them: a key that was put here by mistake is not taken for one, and not shown.
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
_HTTPS = re.compile(r"https://[^/\s?#@\x00-\x1f\x7f]+(?:/[^\s?#\x00-\x1f\x7f]*)?", re.IGNORECASE)
_LOOPBACK = re.compile(r"http://(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?(?:/[^\s?#]*)?$", re.IGNORECASE)
_ENTRA_ID = re.compile(r"[^\s/\\:@\x00-\x1f\x7f]+")
_USER_ID = re.compile(r"[^\s/\\?\x00-\x1f\x7f-\x9f]+")
_MANY_TENANTS = frozenset({"common", "organizations", "consumers"})
_DATABASES = ("sqlite", "postgresql")


def lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def upper(value: object) -> object:
    return value.strip().upper() if isinstance(value, str) else value


def words(value: object) -> object:
    """A list, or one string with commas, as the environment has it."""
    if not isinstance(value, str):
        return value
    return [word.strip() for word in value.split(",") if word.strip()]


def unless_none(value: object) -> object:
    """An environment cannot say that something is to be empty, so it says "none"."""
    return "" if isinstance(value, str) and value.strip().lower() == "none" else value


def nothing_if_none(value: object) -> object:
    """The same for what is no text."""
    return None if unless_none(value) == "" else value


def each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    if not values or not all(values):
        raise PydanticCustomError("settings.empty_list", "empty")
    if len({value.lower() for value in values}) < len(values):
        raise PydanticCustomError("settings.twice", "twice")
    return values


def one_line(value: str) -> str:
    if _CONTROL.search(value):
        raise PydanticCustomError("settings.line_break", "control characters")
    return value


def host_name(value: str) -> str:
    if not value or _is_ip(value) or _HOST.fullmatch(value):
        return value
    raise PydanticCustomError("settings.not_a_host", "not a host name")


def is_address(value: str) -> bool:
    return bool(_ADDRESS.fullmatch(value))


def address(value: str) -> str:
    if not value or is_address(value):
        return value
    raise PydanticCustomError("settings.not_an_address", "not an address")


def server_id(value: str) -> str:
    """An authserv-id (RFC 8601, 2.5), without what stands around it in the field."""
    if re.fullmatch(r"[^\s;=()\"]*", one_line(value)):
        return value
    raise PydanticCustomError("settings.not_a_server_id", "not an id")


def sender_pattern(value: str) -> str:
    if is_sender_pattern(value):
        return value
    raise PydanticCustomError("settings.not_a_sender", "not a sender")


def model_name(value: str) -> str:
    if _MODEL.fullmatch(value):
        return value
    raise PydanticCustomError("settings.not_a_model", "not a model")


def table_name(value: str) -> str:
    """A name that MODEL can tell from what it means otherwise."""
    if not _TABLE_NAME.fullmatch(value) or value.lower() in {"auto", "builtin", "none"}:
        raise PydanticCustomError("settings.not_a_name", "not a name")
    return value


def template(value: str) -> str:
    """A text with placeholders that Jinja2 understands, and none that nobody fills."""
    if found := templating.fault(value):
        raise PydanticCustomError("settings.not_a_template", "{detail}", {"detail": found})
    if unknown := sorted(templating.placeholders(value) - templating.PLACEHOLDERS):
        known = ", ".join(sorted(templating.PLACEHOLDERS))
        raise PydanticCustomError("settings.no_such_placeholder", "x", {"placeholder": unknown[0], "known": known})
    return value


def intent_id(value: str) -> str:
    if not _INTENT.fullmatch(value):
        raise PydanticCustomError("settings.not_an_intent_id", "not an id")
    return value


def template_id(value: str) -> str:
    if not _INTENT.fullmatch(value):
        raise PydanticCustomError("settings.not_a_template_id", "not an id")
    return value


def language_code(value: str) -> str:
    """ISO 639, as mails are labelled."""
    if not _LANGUAGE.fullmatch(value.lower()):
        raise PydanticCustomError("settings.not_a_language", "not a language")
    return value.lower()


def variable_name(value: str) -> str:
    if value and not is_variable(value):
        raise PydanticCustomError("settings.not_a_variable", "not a variable")
    return value


def is_variable(value: str) -> bool:
    return bool(_VARIABLE.fullmatch(value))


def time_zone(value: str) -> str:
    """A name of the IANA time zone database."""
    if not value:
        return value
    try:
        return ZoneInfo(value).key
    except (KeyError, ValueError, OSError):  # unknown; not a path inside the database; a folder of it
        raise PydanticCustomError("settings.not_a_zone", "not a zone") from None


def web_url(value: str) -> str:
    if not value:
        return value
    if _CONTROL.search(value) or not re.match(r"https?://[^/\s]", value, re.IGNORECASE):
        raise PydanticCustomError("settings.not_a_url", "not a URL")
    return value


def https_url(value: str) -> str:
    """Without a slash at its end, so that paths can be joined to it."""
    if not _HTTPS.fullmatch(value):
        raise PydanticCustomError("settings.not_https", "not https")
    return value.rstrip("/")


def authority(value: str) -> str:
    """Where to sign in, without the tenant, which has a setting of its own."""
    value = https_url(value)
    if "/" in value.removeprefix(value[: len("https://")]):
        raise PydanticCustomError("settings.not_an_authority", "with a path")
    return value


def graph_url(value: str) -> str:
    """https; http only where no wire is in between, for a stand-in on this machine."""
    return value.rstrip("/") if _LOOPBACK.match(value) else https_url(value)


def hook_url(value: str) -> str:
    """https, as Graph sends notices to nothing else; http only where no wire is in between."""
    if not value or _LOOPBACK.match(value):
        return value
    return https_url(value)


def entra_id(value: str) -> str:
    """The id of an application: mostly a GUID, but nothing is refused that could be one."""
    if not _ENTRA_ID.fullmatch(value):
        raise PydanticCustomError("settings.not_an_id", "not an id")
    return value


def tenant_id(value: str) -> str:
    """A GUID or a domain; an application signs in to one tenant (OAuth 2.0 client credentials flow)."""
    if value.lower() in _MANY_TENANTS:
        raise PydanticCustomError("settings.not_one_tenant", "not one tenant")
    return entra_id(value)


def user_id(value: str) -> str:
    if not is_user(value):
        raise PydanticCustomError("settings.not_a_user", "not a user")
    return value


def is_user(value: str) -> bool:
    """Whether this may be a user principal name, an address or an object id."""
    return bool(_USER_ID.fullmatch(value))


def database_url(value: str) -> str:
    if not value:
        return value
    scheme = value.partition(":")[0].partition("+")[0]
    if scheme not in _DATABASES or not _is_database_url(value):
        raise PydanticCustomError("settings.not_a_database", "not a database")
    return value


def _is_database_url(value: str) -> bool:
    """As SQLAlchemy will read it: the general rules of URLs differ from its own where a password has a "#"."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        return False
    if url.get_backend_name() == "sqlite":  # sqlite://a/b is a slip for sqlite:///a/b
        return not url.host and url.drivername in {"sqlite", "sqlite+pysqlite"}
    return url.port is None or 0 < url.port < 65536


def network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value, strict=False))
    except ValueError:
        raise PydanticCustomError("settings.not_a_network", "not a network") from None


class Hidden(SecretStr):
    """A secret: shown as stars, and in clear only by get_secret_value(). Beyond SecretStr it is written into no other
    form: pickle refuses it, and vars() of it is empty.

    >>> f"{Hidden('hunter2')} {Hidden('hunter2')!r}"
    "********** Hidden('**********')"
    """

    # Not in a __dict__, which would show it.
    __slots__ = ("_secret_value",)

    def __reduce_ex__(self, protocol: SupportsIndex) -> str:
        raise TypeError("a secret is not written out")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self


def secret(value: Hidden) -> Hidden:
    if re.search(r"[\r\n\x00]", value.get_secret_value()):
        raise PydanticCustomError("settings.line_break", "line break")
    return value


def encryption_keys(value: Hidden) -> Hidden:
    """One or several, with white space or commas between them. Of the form that `cryptography` gives them (Fernet):
    32 octets in URL-safe base64."""
    keys = keys_in(value)
    if not keys or not all(map(_is_key, keys)):
        raise PydanticCustomError("settings.not_an_encryption_key", "not a key")
    return value


def keys_in(value: Hidden) -> tuple[str, ...]:
    return tuple(re.split(r"[\s,]+", value.get_secret_value().strip(" \t\r\n,")))


def _is_key(text: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9_-]{43}=", text) is not None


def pem(value: Hidden) -> Hidden:
    text = value.get_secret_value()
    if "\x00" in text:
        raise PydanticCustomError("settings.line_break", "NUL")
    return Hidden(with_lines(text)) if is_pem(text) else secret(value)


def is_pem(text: str) -> bool:
    """Whether this is PEM itself (RFC 7468), and not the path of a file."""
    return "-----BEGIN " in text


def with_lines(pem: str) -> str:
    """PEM has lines. An environment that knows none has them as \\n, which no PEM contains otherwise."""
    return pem.replace("\\n", "\n")


def without_password(url: str) -> str:
    """The URL with the password of its user part, and any password in its query, replaced by stars."""
    if "@" not in url and "?" not in url:
        return url
    head, at, rest = url.rpartition("@")
    if at and "://" in head:
        scheme, _, user = head.partition("://")
        url = f"{scheme}://{user.partition(':')[0]}:********@{rest}" if ":" in user else url
    return re.sub(r"(?i)([?&][^=&]*(?:password|key|token|secret)[^=&]*=)[^&]*", r"\1********", url)


def password_of(url: str) -> str:
    """The password in the user part of a URL, decoded; "" when there is none."""
    # By hand: urlsplit ends the host at a "#", "/" or "?" that databases take as part of the password.
    user, at, _ = url.partition("://")[2].rpartition("@")
    return unquote(user.partition(":")[2]) if at else ""


def _is_ip(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


FiniteFloat = Annotated[float, Field(allow_inf_nan=False)]
OneLine = Annotated[str, AfterValidator(one_line)]
TableName = Annotated[str, AfterValidator(table_name)]
IntentId = Annotated[str, AfterValidator(intent_id)]
TemplateId = Annotated[str, AfterValidator(template_id)]
TemplateText = Annotated[str, AfterValidator(template)]
LanguageCode = Annotated[str, AfterValidator(language_code)]
VariableName = Annotated[str, AfterValidator(variable_name)]
TimeZone = Annotated[str, AfterValidator(time_zone)]
HostName = Annotated[str, AfterValidator(host_name)]
AddressText = Annotated[str, AfterValidator(address)]
ServerId = Annotated[str, AfterValidator(server_id)]
SenderPattern = Annotated[str, AfterValidator(sender_pattern)]
ModelName = Annotated[str, AfterValidator(model_name)]
WebUrl = Annotated[str, AfterValidator(web_url)]
HttpsUrl = Annotated[str, AfterValidator(https_url)]
GraphUrl = Annotated[str, AfterValidator(graph_url)]
Authority = Annotated[str, AfterValidator(authority)]
HookUrl = Annotated[str, AfterValidator(hook_url)]
EntraId = Annotated[str, AfterValidator(entra_id)]
TenantId = Annotated[str, AfterValidator(tenant_id)]
UserId = Annotated[str, AfterValidator(user_id)]
DatabaseUrl = Annotated[str, AfterValidator(database_url)]
Secret = Annotated[Hidden, AfterValidator(secret)]
EncryptionKeys = Annotated[Hidden, AfterValidator(encryption_keys)]
Days = Annotated[Annotated[int, Field(ge=1, le=36500)] | None, BeforeValidator(nothing_if_none)]
PemSecret = Annotated[Hidden, AfterValidator(pem)]
Words = BeforeValidator(words)
Networks = Annotated[tuple[Annotated[str, AfterValidator(network)], ...], Words]
