"""Every setting, its type, its default and what it is for. Names are those of the environment, in lower case.

The same names work in repondeur.toml: at the top for all mailboxes, or in a [[mailbox]] table for one.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from repondeur.mail.message import Address

Security = Literal["tls", "starttls", "none"]
ReplyMode = Literal["off", "draft", "strict", "free"]
SentCopy = Literal["auto", "self", "server", "append"]
Port = Annotated[int, Field(ge=1, le=65535)]


class MailboxSettings(BaseModel):
    """One mailbox that is worked by IMAP and SMTP."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field("", description="What the mailbox is called in records; FROM_EMAIL when not given.")
    imap_server: str = Field(description="Host name of the IMAP server.")
    imap_port: Port = Field(993, description="Port of the IMAP server.")
    imap_security: Security = Field("tls", description="tls, starttls, or none (plain text: only on a trusted wire).")
    imap_user: str = Field(description="Sign-in name.")
    imap_pass: SecretStr | None = Field(None, description="Password.")
    imap_mailbox: str = Field("INBOX", description="The folder that is watched.")
    imap_connections: Annotated[int, Field(ge=1, le=10)] = Field(
        2, description="IMAP connections at most; 1 means poll only."
    )
    smtp_server: str = Field("", description="Host name of the SMTP server; IMAP_SERVER when not given.")
    smtp_port: Port = Field(587, description="Port of the SMTP server.")
    smtp_security: Security = Field(
        "starttls", description="starttls, tls, or none (plain text: only on a trusted wire)."
    )
    smtp_user: str = Field("", description="Sign-in name for sending; IMAP_USER when not given.")
    smtp_pass: SecretStr | None = Field(None, description="Password for sending; IMAP_PASS when not given.")
    oauth_token_command: str = Field("", description="A command that prints an access token: sign-in by XOAUTH2.")
    oauth_token_file: Path | None = Field(None, description="A file that holds an access token: sign-in by XOAUTH2.")
    from_email: str = Field("", description="Our address; SMTP_USER when not given.")
    from_name: str = Field("", description="Our display name.")
    aliases: tuple[str, ...] = Field((), description="Further addresses of this mailbox.")
    mail_ca_file: Path | None = Field(None, description="Certificates (PEM) to trust beside the system's.")
    poll_interval: Annotated[float, Field(ge=1)] = Field(60, description="Seconds between looks, under IDLE too.")
    sent_copy: SentCopy = Field(
        "auto", description="How Sent gets its copy: auto, self (a copy to ourselves), server, append."
    )
    reply: ReplyMode = Field("draft", description="off, draft, strict (our code writes from public passages), free.")
    processed_folder: str = Field("", description="Folder for mail that is done; none: marked read, left in place.")
    signature: str = Field("", description="Text under every answer.")
    languages: tuple[str, ...] = Field(("en", "fr"), description="Languages we answer in, preferred first.")

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, given: object) -> object:
        """Values that follow from others, so that nobody has to say a thing twice."""
        if not isinstance(given, dict):
            return given
        filled = dict(given)
        for name, source in (
            ("smtp_server", "imap_server"),
            ("smtp_user", "imap_user"),
            ("smtp_pass", "imap_pass"),
            ("from_email", "smtp_user"),
            ("name", "from_email"),
        ):
            if not filled.get(name) and filled.get(source):
                filled[name] = filled[source]
        return filled

    @property
    def address(self) -> Address:
        return Address(self.from_name, self.from_email)


class Settings(BaseModel):
    """What the whole program runs by."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mailboxes: tuple[MailboxSettings, ...] = ()
    language: Literal["en", "fr"] = Field("en", description="The language people are spoken to in.")
    model: str = Field("auto", description="auto, openai:NAME, local:NAME_OR_PATH, builtin.")
    openai_api_key: SecretStr | None = Field(None, description="Key of the model server.")
    openai_base_url: str = Field(
        "", description="Base URL of an OpenAI-compatible server; the provider's when not given."
    )
    openai_model: str = Field("gpt-4o-mini", description="Name of the model.")
    max_new_tokens: Annotated[int, Field(ge=1, le=32768)] = Field(
        500, description="Tokens a model may write for a mail."
    )
    temperature: Annotated[float, Field(ge=0, le=2)] = Field(0.7, description="How freely the model writes.")
    model_timeout: Annotated[float, Field(gt=0)] = Field(60, description="Seconds a model may take.")
    database_url: str = Field(
        "", description="sqlite:///PATH or postgresql://…; SQLite in the data directory when not given."
    )
    data_dir: Path = Field(Path("data"), description="Where the program keeps its files (REPONDEUR_DATA_DIR).")
    concurrency: Annotated[int, Field(ge=1, le=64)] = Field(4, description="Mails worked on side by side.")
    max_tries: Annotated[int, Field(ge=1, le=50)] = Field(
        8, description="Tries of a step that fails for the time being."
    )
    sent_evidence_wait: Annotated[float, Field(ge=0)] = Field(
        60, description="Seconds to look for proof of a sending after a crash, before a person is asked."
    )
    metrics_allow: tuple[str, ...] = Field((), description="Networks that may read /metrics; none: closed.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least level that is logged.")
    log_format: Literal["auto", "json", "console"] = Field(
        "auto", description="auto: console on a terminal, json elsewhere."
    )

    @property
    def database(self) -> str:
        """The database URL in effect."""
        return self.database_url or f"sqlite:///{self.data_dir / 'repondeur.db'}"
