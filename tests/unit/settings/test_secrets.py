"""Secrets out of folders and files, and in no form but clear on demand."""

import copy
import json
import logging
import pickle
import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from repondeur.cli.check_secrets import check_secrets
from repondeur.errors import SettingsError
from repondeur.settings import names
from repondeur.settings.describe import as_json, rows
from repondeur.settings.load import Loaded, load
from repondeur.settings.schema import ImapSettings, Settings
from repondeur.settings.values import Hidden

CANARY = "canari-7301"
MAILBOX = {"IMAP_SERVER": "imap.example.org", "IMAP_USER": "support@example.org"}


def password(loaded: Loaded) -> tuple[str, str]:
    mailbox = loaded.settings.mailboxes[0]
    assert isinstance(mailbox, ImapSettings)
    assert mailbox.imap_pass is not None
    return mailbox.imap_pass.get_secret_value(), loaded.sources["mailboxes.0.imap_pass"]


def a_folder(path: Path, **files: str) -> str:
    path.mkdir()
    for name, text in files.items():
        (path / name).write_text(text, "utf-8")
    return str(path)


def test_folders_of_secrets_come_after_name_file_and_before_dotenv(tmp_path: Path) -> None:
    (tmp_path / "repondeur.toml").write_text('imap_pass = "of toml"')
    environ = dict(MAILBOX, REPONDEUR_SECRETS_DIR=a_folder(tmp_path / "none"))
    assert password(load(environ, tmp_path)) == ("of toml", "repondeur.toml")
    (tmp_path / ".env").write_text("IMAP_PASS=of-dotenv")
    assert password(load(environ, tmp_path)) == ("of-dotenv", ".env")
    environ["REPONDEUR_SECRETS_DIR"] = docker = a_folder(tmp_path / "docker", imap_pass="of docker\n", other="x")
    assert password(load(environ, tmp_path)) == ("of docker", f"{docker}/imap_pass")
    environ["CREDENTIALS_DIRECTORY"] = systemd = a_folder(tmp_path / "systemd", IMAP_PASS="of systemd")
    assert password(load(environ, tmp_path)) == ("of systemd", f"{systemd}/IMAP_PASS")
    (tmp_path / "file").write_text("of file")
    environ["IMAP_PASS_FILE"] = str(tmp_path / "file")
    assert password(load(environ, tmp_path))[0] == "of file"
    environ["IMAP_PASS"] = "of environment"
    assert password(load(environ, tmp_path))[0] == "of environment"


def test_a_folder_of_secrets_holds_secrets_only_and_an_empty_file_is_none(tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "s", IMAP_PASS=CANARY, OPENAI_API_KEY="", log_level="DEBUG", database_url="sqlite://")
    loaded = load({**MAILBOX, "REPONDEUR_SECRETS_DIR": folder}, tmp_path)
    assert loaded.settings.openai_api_key is None
    assert (loaded.settings.log_level, loaded.sources["database_url"]) == ("INFO", f"{folder}/database_url")


def test_the_key_that_a_table_names_is_found_there_too(tmp_path: Path) -> None:
    (tmp_path / "repondeur.toml").write_text(
        '[models.small]\nprovider = "mistral"\nmodel = "m"\napi_key_env = "OUR_KEY"', "utf-8"
    )
    folder = a_folder(tmp_path / "s", our_key=CANARY)
    [small] = load({"REPONDEUR_SECRETS_DIR": folder}, tmp_path).settings.models
    assert small.api_key is not None
    assert small.api_key.get_secret_value() == CANARY


def test_a_secret_that_is_no_text_is_told_without_its_octets(tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "s")
    (tmp_path / "s" / "IMAP_PASS").write_bytes(b"\xff\xfe canari")
    with pytest.raises(SettingsError) as caught:
        load({**MAILBOX, "REPONDEUR_SECRETS_DIR": folder}, tmp_path)
    [problem] = [one for one in caught.value.problems if one.code == "settings.file_unreadable"]
    assert "canari" not in str(problem)


@dataclass
class Holder:
    secret: Hidden


def test_a_secret_shows_itself_in_no_form(tmp_path: Path) -> None:
    secret = Hidden(CANARY)
    settings = Settings(openai_api_key=secret)
    loaded = Loaded(settings, dict.fromkeys(names.PROGRAM, "default"))
    shown = [
        f"{secret} {secret!r} {secret!s}",
        str([secret, {"a": secret}, Holder(secret), asdict(Holder(secret)), settings, settings.model_dump()]),
        json.dumps(settings.model_dump(mode="json")) + settings.model_dump_json(),
        json.dumps({"secret": secret}, default=str),
        str(vars(secret)),
        str([list(rows(loaded)), as_json(loaded)]),
        logging.Formatter().format(logging.LogRecord("x", 20, "x", 1, "%s", (secret,), None)),
        repr(copy.deepcopy(settings)),
    ]
    try:
        raise ValueError(secret)
    except ValueError as error:
        shown.append("".join(traceback.TracebackException.from_exception(error, capture_locals=True).format()))
    told = [one.replace(f"CANARY = '{CANARY}'", "") for one in shown]
    assert [one for one in told if CANARY in one] == []
    for one in (secret, settings, Holder(secret)):
        with pytest.raises(TypeError):
            pickle.dumps(one)
    with pytest.raises(TypeError):
        json.dumps(secret)
    assert copy.deepcopy(settings).openai_api_key == secret


def test_every_field_that_holds_a_secret_is_of_this_type() -> None:
    assert {"imap_pass", "openai_api_key", "webhook_secret", "azure_client_certificate", "api_key"} <= names.SECRETS


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder with none above it that is closed to others, as those of tmp_path are."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_check_tells_of_secrets_that_everybody_may_read(home: Path) -> None:
    (home / ".env").write_text(f"IMAP_PASS={CANARY}")
    (home / "key").write_text(CANARY)
    (home / ".env").chmod(0o644)
    (home / "key").chmod(0o600)
    loaded = load({**MAILBOX, "OPENAI_API_KEY_FILE": "key"}, home)
    assert loaded.files == {home / ".env", home / "key"}
    [found] = check_secrets(loaded.files)
    assert (found.status, found.reason.code, found.reason.params) == (
        "warning",
        "check.secret_file_open",
        {"path": str(home / ".env")},
    )
    home.chmod(0o700)
    [found] = check_secrets(loaded.files)
    assert (found.status, found.reason.code) == ("ok", "check.secret_files_closed")
