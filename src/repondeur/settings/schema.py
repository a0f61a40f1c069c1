"""Every setting, its type and its default. Names are those of the environment, in lower case.

The same names work in repondeur.toml: at the top for all mailboxes, or in a [[mailbox]] table for one.
What each is for stands in the text catalogue, area "setting", in English and French.
"""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from repondeur.mail.message import Address
from repondeur.settings.tables import IntentSettings, ModelChoice, ModelSettings, Price, TemplateSettings
from repondeur.settings.targets import CallSettings, NetworksOrHosts, NotifySettings
from repondeur.settings.values import (
    AddressText,
    Authority,
    DatabaseUrl,
    Days,
    EncryptionKeys,
    EntraId,
    FiniteFloat,
    GraphUrl,
    HookUrl,
    HostName,
    HttpsUrl,
    ModelName,
    Networks,
    OneLine,
    PemSecret,
    Secret,
    SenderPattern,
    ServerId,
    TenantId,
    TimeZone,
    UserId,
    WebUrl,
    Words,
    each_once,
    is_pem,
    keys_in,
    lower,
    nothing_if_none,
    password_of,
    unless_none,
    upper,
)

Security = Annotated[Literal["tls", "starttls", "none"], BeforeValidator(lower)]
ReplyMode = Literal["off", "draft", "strict", "free"]
SentCopy = Literal["auto", "self", "server", "append"]
Port = Annotated[int, Field(ge=1, le=65535)]
Limit = Annotated[Annotated[int, Field(ge=0)] | None, BeforeValidator(nothing_if_none)]


class MailboxSettings(BaseModel):
    """What every mailbox has, whichever way it is worked.

    authserv_id: whose Authentication-Results are believed (RFC 8601, 2.5); "" believes none, "microsoft365" the topmost
    ones where no server is named. allow_senders, block_senders, internal_senders: see mail.sender_pattern.
    languages: what we answer in, preferred first. ai_disclosure, offer_person: lines below automatic replies, which say
    that they are, and how to have a person answer. poll_interval: seconds, under IDLE and push too. hours: when we are
    there, in words, for the model. timezone: IANA name, "" for that of each mail. limit_…, breaker_same: see
    policy.limits; None for no limit.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    # What follows from what, so that nobody has to say a thing twice; in an order in which each finds its source.
    FOLLOWS: ClassVar[Mapping[str, str]] = MappingProxyType({"name": "from_email"})

    name: OneLine = ""
    from_email: AddressText = ""
    from_name: OneLine = ""
    aliases: Annotated[tuple[AddressText, ...], Words] = ()
    authserv_id: ServerId = ""
    allow_senders: Annotated[tuple[SenderPattern, ...], Words] = ()
    only_allowed: bool = False
    block_senders: Annotated[tuple[SenderPattern, ...], Words] = ()
    internal_senders: Annotated[tuple[SenderPattern, ...], Words] = ()
    own_dkim_check: bool = False
    smime_ca_file: Path | None = None
    mail_ca_file: Path | None = None
    poll_interval: Annotated[FiniteFloat, Field(ge=1)] = 60
    reply: Annotated[ReplyMode, BeforeValidator(lower)] = "draft"
    processed_folder: OneLine = ""
    limit_author: Limit = 3
    limit_thread: Limit = 2
    limit_mailbox: Limit = 60
    limit_day: Limit = 500
    breaker_same: Annotated[Annotated[int, Field(ge=2)] | None, BeforeValidator(nothing_if_none)] = 10
    signature: str = ""
    ai_disclosure: bool = True
    offer_person: bool = True
    hours: str = ""
    timezone: TimeZone = ""
    languages: Annotated[tuple[OneLine, ...], Words, Field(min_length=1)] = ("en", "fr")

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        filled = dict(given)
        for name, source in cls.FOLLOWS.items():
            if not filled.get(name) and cls._may_follow(source, filled.get(source)):
                filled[name] = filled[source]
        return filled

    @classmethod
    def _may_follow(cls, source: str, value: object) -> bool:
        return bool(value)

    @property
    def own_addresses(self) -> frozenset[str]:
        """Every address of this mailbox, in lower case."""
        return frozenset(address.lower() for address in (self.from_email, *self.aliases))

    @property
    def address(self) -> Address:
        return Address(self.from_name, self.from_email)


class ImapSettings(MailboxSettings):
    """One mailbox that is worked by IMAP and SMTP."""

    # The address follows from the sign-in name, the name from the address.
    FOLLOWS: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "smtp_server": "imap_server",
            "smtp_user": "imap_user",
            "smtp_pass": "imap_pass",
            "from_email": "smtp_user",
            "name": "from_email",
        }
    )

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
    sent_copy: Annotated[SentCopy, BeforeValidator(lower)] = "auto"


class GraphSettings(MailboxSettings):
    """One mailbox of Microsoft 365 that is worked by Microsoft Graph.

    mailbox_user_id: user principal name, address or object id. azure_client_certificate: a private key and its
    certificate as PEM, or the path of a file that holds them. graph_first_unread: hours. graph_folders: well-known
    names, paths or ids. graph_category: "" sets none. graph_connections: requests at once; Graph takes no more than
    four for an application and a mailbox (Microsoft Graph service-specific throttling limits, Outlook).
    """

    # A user principal name mostly is an address; an object id is none.
    FOLLOWS: ClassVar[Mapping[str, str]] = MappingProxyType({"from_email": "mailbox_user_id", "name": "from_email"})

    mailbox_user_id: UserId
    azure_client_id: EntraId
    azure_tenant_id: TenantId
    azure_client_secret: Secret | None = None
    azure_client_certificate: PemSecret | None = None
    azure_federated_token_file: Path | None = None
    azure_authority: Authority = "https://login.microsoftonline.com"
    azure_instance_discovery: bool = True
    graph_base_url: GraphUrl = "https://graph.microsoft.com/v1.0"
    graph_rich: bool = False
    graph_first_unread: Annotated[FiniteFloat, Field(ge=0)] = 24
    graph_folders: Annotated[tuple[OneLine, ...], Words, AfterValidator(each_once)] = ("inbox",)
    graph_category: Annotated[OneLine, BeforeValidator(unless_none)] = "Répondeur"
    graph_flag: bool = True
    graph_create_folders: bool = True
    graph_connections: Annotated[int, Field(ge=1, le=4)] = 4

    @property
    def account(self) -> str:
        """Whose mailbox it is: a name may be given to another one."""
        return f"{self.azure_tenant_id}/{self.mailbox_user_id}".lower()

    @property
    def certificate_is_pem(self) -> bool:
        """Whether azure_client_certificate is PEM itself, and not the path of a file."""
        return self.azure_client_certificate is not None and is_pem(self.azure_client_certificate.get_secret_value())

    @classmethod
    def _may_follow(cls, source: str, value: object) -> bool:
        return bool(value) and (source != "mailbox_user_id" or "@" in str(value))


AnyMailbox = ImapSettings | GraphSettings


class VaultAccess(BaseModel):
    """What Azure Key Vault is asked by; the names are those of a mailbox and of the program."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    azure_key_vault_url: HttpsUrl
    azure_client_id: EntraId = ""
    azure_tenant_id: TenantId = ""
    azure_client_secret: Secret | None = None
    azure_client_certificate: PemSecret | None = None
    azure_authority: Authority | None = None
    azure_instance_discovery: bool = True
    mail_ca_file: Path | None = None


class Settings(BaseModel):
    """What the whole program runs by. sent_evidence_wait, model_timeout, worker_lease: seconds.
    attachment_…: sizes and memory in MB, seconds of CPU for a file, by the clock for a mail. model_fallback: names
    of models as `model` takes them. model_daily_spend: US dollars a day (UTC), None for no cap. intents: ids in use,
    () for all there are. model_dir: None for DATA_DIR/models. local_at_once: mails worked together, 0 as the runtime
    advises."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mailboxes: tuple[AnyMailbox, ...] = ()
    language: Annotated[Literal["en", "fr"], BeforeValidator(lower)] = "en"
    model: ModelName = "auto"
    model_fallback: Annotated[tuple[OneLine, ...], Words] = ()
    model_daily_spend: Annotated[Price | None, BeforeValidator(nothing_if_none)] = Decimal(10)
    sensitive_mail: Annotated[Literal["any", "local"], BeforeValidator(lower)] = "any"
    pseudonyms: Annotated[Literal["remote", "always", "off"], BeforeValidator(lower)] = "remote"
    models: tuple[ModelSettings, ...] = ()
    model_choice: tuple[ModelChoice, ...] = ()
    openai_api_key: Secret | None = None
    openai_base_url: WebUrl = ""
    openai_model: OneLine = "gpt-4o-mini"
    azure_openai_api_key: Secret | None = None
    mistral_api_key: Secret | None = None
    anthropic_api_key: Secret | None = None
    gemini_api_key: Secret | None = None
    max_new_tokens: Annotated[int, Field(ge=1, le=32768)] = 500
    temperature: Annotated[FiniteFloat, Field(ge=0, le=2)] = 0.7
    model_timeout: Annotated[FiniteFloat, Field(gt=0, le=3600)] = 60
    intents: Annotated[tuple[OneLine, ...], Words] = ()
    intent: tuple[IntentSettings, ...] = ()
    template: tuple[TemplateSettings, ...] = ()
    notify: tuple[NotifySettings, ...] = ()
    call: tuple[CallSettings, ...] = ()
    outgoing_allow: NetworksOrHosts = ()
    public_url: HookUrl = ""
    database_url: DatabaseUrl = ""
    encryption_key: EncryptionKeys | None = None
    store_bodies: bool = True
    retention_bodies: Days = 90
    retention_records: Days = 365
    retention_gaps: Days = 90
    retention_held: Days = 365
    knowledge_public: Annotated[tuple[Path, ...], Words] = ()
    knowledge_internal: Annotated[tuple[Path, ...], Words] = ()
    glossary_file: Path | None = None
    embeddings: OneLine = ""
    embeddings_base_url: WebUrl = ""
    embeddings_api_key: Secret | None = None
    data_dir: Path = Path("data")
    model_dir: Path | None = None
    local_runtime: Annotated[Literal["auto", "openvino", "transformers"], BeforeValidator(lower)] = "auto"
    local_at_once: Annotated[int, Field(ge=0, le=256)] = 0
    attachment_files: Annotated[int, Field(ge=0, le=100)] = 10
    attachment_size: Annotated[FiniteFloat, Field(gt=0, le=25)] = 20
    attachment_pages: Annotated[int, Field(ge=1, le=2000)] = 30
    attachment_seconds: Annotated[FiniteFloat, Field(ge=1, le=600)] = 20
    attachment_memory: Annotated[int, Field(ge=500, le=16000)] = 1000
    attachment_mail_size: Annotated[FiniteFloat, Field(gt=0, le=200)] = 40
    attachment_mail_seconds: Annotated[FiniteFloat, Field(ge=1, le=3600)] = 60
    attachment_ocr: Annotated[tuple[OneLine, ...], Words] = ("fra", "eng")
    concurrency: Annotated[int, Field(ge=1, le=64)] = 4
    max_tries: Annotated[int, Field(ge=1, le=50)] = 20
    worker_lease: Annotated[FiniteFloat, Field(ge=2, le=3600)] = 30
    sent_evidence_wait: Annotated[FiniteFloat, Field(ge=0, le=86400)] = 60
    metrics_allow: Networks = ()
    trusted_proxies: Networks = ()
    web_hosts: Annotated[tuple[HostName, ...], Words] = ()
    azure_key_vault_url: HttpsUrl | None = None
    webhook_host: HostName = ""
    webhook_url: HookUrl = ""
    webhook_secret: Secret | None = None
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(upper)] = "INFO"
    log_format: Annotated[Literal["auto", "json", "console"], BeforeValidator(lower)] = "auto"

    @property
    def database(self) -> str:
        """The database URL in effect."""
        return self.database_url or f"sqlite:///{self.data_dir / 'repondeur.db'}"

    @property
    def encryption_keys(self) -> tuple[str, ...]:
        """The first one seals, all of them open; () when nothing is sealed."""
        return () if self.encryption_key is None else keys_in(self.encryption_key)

    @property
    def models_folder(self) -> Path:
        """Where models lie on disk."""
        return self.model_dir or self.data_dir / "models"

    @property
    def hook_url(self) -> str:
        """Where Microsoft Graph sends its notices to; "" when there is no hook."""
        return self.webhook_url or (f"https://{self.webhook_host}/graph/notifications" if self.webhook_host else "")

    def secrets(self) -> frozenset[str]:
        """Every secret value in effect, in clear: only for masking them in what is written out."""
        models: tuple[BaseModel, ...] = (self, *self.mailboxes, *self.models, *self.notify)
        values = (getattr(model, name) for model in models for name in type(model).model_fields)
        secrets = {value.get_secret_value() for value in values if isinstance(value, SecretStr)}
        secrets |= {value.get_secret_value() for call in self.call for value in call.headers.values()}
        # Of where notices go the path is the secret, also behind another host; one that is a mere word hides nothing.
        paths_of = (one.url.get_secret_value().partition("://")[2].partition("/")[2] for one in self.notify if one.url)
        secrets |= {path for path in paths_of if len(path) >= 12}
        paths = {
            one.azure_client_certificate.get_secret_value()
            for one in self.mailboxes
            if isinstance(one, GraphSettings) and one.azure_client_certificate and not one.certificate_is_pem
        }
        urls = (
            self.database_url,
            self.openai_base_url,
            self.embeddings_base_url,
            *(one.base_url for one in self.models),
        )
        return frozenset(secrets - paths | set(self.encryption_keys) | {password_of(url) for url in urls} - {""})
