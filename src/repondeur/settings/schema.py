"""Every setting, its type and its default. Names are those of the environment, in lower case.

The same names work in repondeur.toml: at the top for all mailboxes, or in a [[mailbox]] table for one.
What each is for stands in the text catalogue, area "setting", in English and French.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from repondeur.mail.message import Address
from repondeur.settings.values import (
    AddressText,
    DatabaseUrl,
    HostName,
    ModelName,
    Networks,
    OneLine,
    Secret,
    WebUrl,
    Words,
    lower,
    password_of,
    upper,
)

Security = Annotated[Literal["tls", "starttls", "none"], BeforeValidator(lower)]
ReplyMode = Literal["off", "draft", "strict", "free"]
SentCopy = Literal["auto", "self", "server", "append"]
Port = Annotated[int, Field(ge=1, le=65535)]
FiniteFloat = Annotated[float, Field(allow_inf_nan=False)]


class MailboxSettings(BaseModel):
    """One mailbox that is worked by IMAP and SMTP.

    authserv_id: whose Authentication-Results are believed (RFC 8601, 2.5); "" believes none.
    languages: what we answer in, preferred first. poll_interval: seconds, under IDLE too.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: OneLine = ""
    imap_server: HostName
    imap_port: Port = 993
    imap_security: Security = "tls"
    imap_user: OneLine
    imap_pass: Secret | None = None
    imap_mailbox: OneLine = "INBOX"
    imap_connections: Annotated[int, Field(ge=1, le=10)] = 2
    smtp_server: HostName = ""
    smtp_port: Port = 587
    smtp_security: Security = "starttls"
    smtp_user: OneLine = ""
    smtp_pass: Secret | None = None
    oauth_token_command: OneLine = ""
    oauth_token_file: Path | None = None
    from_email: AddressText = ""
    from_name: OneLine = ""
    aliases: Annotated[tuple[AddressText, ...], Words] = ()
    authserv_id: OneLine = ""
    mail_ca_file: Path | None = None
    poll_interval: Annotated[FiniteFloat, Field(ge=1)] = 60
    sent_copy: Annotated[SentCopy, BeforeValidator(lower)] = "auto"
    reply: Annotated[ReplyMode, BeforeValidator(lower)] = "draft"
    processed_folder: OneLine = ""
    signature: str = ""
    languages: Annotated[tuple[OneLine, ...], Words, Field(min_length=1)] = ("en", "fr")

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, given: object) -> object:
        """Values that follow from others, so that nobody has to say a thing twice."""
        if not isinstance(given, dict):
            return given
        filled = dict(given)
        for name, source in FOLLOWS.items():
            if not filled.get(name) and filled.get(source):
                filled[name] = filled[source]
        return filled

    @property
    def own_addresses(self) -> frozenset[str]:
        """Every address of this mailbox, in lower case."""
        return frozenset(address.lower() for address in (self.from_email, *self.aliases))

    @property
    def address(self) -> Address:
        return Address(self.from_name, self.from_email)


# In this order: the address follows from the sign-in name, the name from the address.
FOLLOWS: dict[str, str] = {
    "smtp_server": "imap_server",
    "smtp_user": "imap_user",
    "smtp_pass": "imap_pass",
    "from_email": "smtp_user",
    "name": "from_email",
}


class Settings(BaseModel):
    """What the whole program runs by. sent_evidence_wait, model_timeout, worker_lease: seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mailboxes: tuple[MailboxSettings, ...] = ()
    language: Annotated[Literal["en", "fr"], BeforeValidator(lower)] = "en"
    model: ModelName = "auto"
    openai_api_key: Secret | None = None
    openai_base_url: WebUrl = ""
    openai_model: OneLine = "gpt-4o-mini"
    max_new_tokens: Annotated[int, Field(ge=1, le=32768)] = 500
    temperature: Annotated[FiniteFloat, Field(ge=0, le=2)] = 0.7
    model_timeout: Annotated[FiniteFloat, Field(gt=0, le=3600)] = 60
    database_url: DatabaseUrl = ""
    data_dir: Path = Path("data")
    concurrency: Annotated[int, Field(ge=1, le=64)] = 4
    max_tries: Annotated[int, Field(ge=1, le=50)] = 20
    worker_lease: Annotated[FiniteFloat, Field(ge=2, le=3600)] = 30
    sent_evidence_wait: Annotated[FiniteFloat, Field(ge=0, le=86400)] = 60
    metrics_allow: Networks = ()
    web_hosts: Annotated[tuple[HostName, ...], Words] = ()
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(upper)] = "INFO"
    log_format: Annotated[Literal["auto", "json", "console"], BeforeValidator(lower)] = "auto"

    @property
    def database(self) -> str:
        """The database URL in effect."""
        return self.database_url or f"sqlite:///{self.data_dir / 'repondeur.db'}"

    def secrets(self) -> frozenset[str]:
        """Every secret value in effect, in clear: only for masking them in what is written out."""
        models: tuple[BaseModel, ...] = (self, *self.mailboxes)
        values = (getattr(model, name) for model in models for name in type(model).model_fields)
        secrets = {value.get_secret_value() for value in values if isinstance(value, SecretStr)}
        return frozenset(secrets | {password_of(self.database_url), password_of(self.openai_base_url)} - {""})
