"""The tables of repondeur.toml that name other systems: [[notify]] and [[call]]."""

import ipaddress
import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, TypeAdapter
from pydantic import StringConstraints as Constraints
from pydantic_core import PydanticCustomError, SchemaError

from repondeur.settings.values import (
    AddressText,
    OneLine,
    Secret,
    TableName,
    VariableName,
    WebUrl,
    Words,
    each_once,
    host_name,
    lower,
)

Event = Literal["alarm", "held", "failed", "urgent", "drafted", "answered"]
Source = Literal[
    "person", "organisation", "date", "order_number", "invoice_number", "phone", "address", "amount", "email",
    "author_address", "author_name", "message_id", "subject", "mailbox", "intent", "language", "priority",
    "mail_number",
]  # fmt: skip

# A token of RFC 9110, 5.6.2; these fields are ours to set.
_FIELD_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,80}")
_OUR_FIELDS: Final = frozenset(
    {"host", "connection", "content-length", "content-type", "transfer-encoding", "accept-encoding", "idempotency-key"}
    | {"te", "trailer", "upgrade", "expect", "keep-alive", "proxy-authorization", "cookie"}
)
_PARAMETER: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


def field_name(value: str) -> str:
    if value.lower() in _OUR_FIELDS:
        raise PydanticCustomError("settings.our_field", "{field}", {"field": value})
    if not _FIELD_NAME.fullmatch(value):  # it may be the secret, written on the wrong side, and is not shown
        raise PydanticCustomError("settings.not_a_field_name", "not a field name")
    return value


def parameter_name(value: str) -> str:
    if not _PARAMETER.fullmatch(value):
        raise PydanticCustomError("settings.not_a_parameter", "not a parameter")
    return value


def pattern(value: str) -> str:
    """A regular expression that any text can be held to in linear time: without look-around and back-references."""
    try:
        TypeAdapter(Annotated[str, Constraints(pattern=value)])
    except SchemaError:
        raise PydanticCustomError("settings.not_a_pattern", "not a pattern") from None
    return value


def network_or_host(value: str) -> str:
    """What is written as a network has to be one; one of all addresses would keep nothing out."""
    try:
        found = ipaddress.ip_network(value, strict=False)
    except ValueError:
        if "/" in value and "://" not in value:
            raise PydanticCustomError("settings.not_a_network", "not a network") from None
        return host_name(value).removesuffix(".").lower()
    if found.prefixlen == 0:
        raise PydanticCustomError("settings.every_address", "every address")
    return str(found)


FieldName = Annotated[str, AfterValidator(field_name)]
ParameterName = Annotated[str, AfterValidator(parameter_name)]
Pattern = Annotated[str, AfterValidator(pattern)]
NetworksOrHosts = Annotated[tuple[Annotated[str, AfterValidator(network_or_host)], ...], Words]


class NotifySettings(BaseModel):
    """Who is told of what: a [[notify]] table.

    url: a secret, as whoever has it may write there. secret: signs what "webhook" gets; the access token for "ntfy".
    to: the address for "mail". on: what it is told of. mailbox: names of those it is told of, () for all.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: TableName
    kind: Annotated[Literal["slack", "teams", "mattermost", "webhook", "ntfy", "mail"], BeforeValidator(lower)]
    url: Secret | None = None
    url_env: VariableName = ""
    secret: Secret | None = None
    secret_env: VariableName = ""
    to: AddressText = ""
    on: Annotated[tuple[Event, ...], Words, AfterValidator(each_once)] = ("alarm",)
    mailbox: Annotated[tuple[OneLine, ...], Words] = ()


class CallParameter(BaseModel):
    """What one value of a call is and where it is taken from. source: a kind of entity that the mail names, or a fact
    about it. pattern: a regular expression for the whole value. required: no call is made without it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Source = Field(alias="from")
    type: Literal["string", "integer", "number"] = "string"
    pattern: Pattern = ""
    max_length: Annotated[int, Field(ge=1, le=2000)] = 200
    enum: tuple[OneLine, ...] = ()
    required: bool = True


class CallSettings(BaseModel):
    """What another system is asked to do for mails of some intents: a [[call]] table.

    url: a parameter in braces stands for one segment of the path. headers: secrets all of them; header_env and
    header_file name variables and files that hold a value. body: an object of JSON; a text "{order}" is replaced by the
    value of that parameter. intents, mailbox: of the mails it is made for; mailbox () for all.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: TableName
    url: WebUrl = Field(min_length=1)
    method: Literal["POST", "PUT", "PATCH"] = "POST"
    headers: dict[FieldName, Secret] = Field(default_factory=dict)
    header_env: dict[FieldName, VariableName] = Field(default_factory=dict)
    header_file: dict[FieldName, OneLine] = Field(default_factory=dict)
    intents: Annotated[tuple[OneLine, ...], Words, AfterValidator(each_once)]
    mailbox: Annotated[tuple[OneLine, ...], Words] = ()
    body: dict[str, JsonValue] = Field(default_factory=dict)
    parameters: dict[ParameterName, CallParameter] = Field(default_factory=dict)
