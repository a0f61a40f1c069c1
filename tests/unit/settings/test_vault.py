"""Secrets from Azure Key Vault: asked by the real SDK, over HTTPS, of a stand-in on loopback."""

import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from tests.support.certificates import Authority
from tests.support.key_pairs import a_key_pair
from tests.support.vault import CLIENT, SECRET, TENANT, FakeVault, a_vault

from repondeur.errors import SettingsError
from repondeur.settings.load import load
from repondeur.settings.schema import GraphSettings, ImapSettings
from repondeur.texts import LANGUAGES, Reason, hint, render

IMAP = {"IMAP_SERVER": "imap.example.org", "IMAP_USER": "support@example.org"}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def context(authority: Authority) -> ssl.SSLContext:
    return authority.context("vault")


@pytest.fixture
def vault(context: ssl.SSLContext) -> Iterator[FakeVault]:
    with a_vault(context) as one:
        yield one


@pytest.fixture(autouse=True)
def _no_way_in_by_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK reads the environment of the process, whatever is handed to load."""
    for name in [name for name in os.environ if name.startswith("AZURE_") or name == "REQUESTS_CA_BUNDLE"]:
        monkeypatch.delenv(name)


def environ(vault: FakeVault, authority: Authority, **more: str) -> dict[str, str]:
    return vault.settings() | {"MAIL_CA_FILE": str(authority.certificate)} | more


def refused(given: dict[str, str], cwd: Path) -> Reason:
    with pytest.raises(SettingsError) as caught:
        load(given, cwd)
    (problem,) = caught.value.problems
    for language in LANGUAGES:
        assert "canary" not in render(problem, language) + hint(problem, language)
    return problem


def clear(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


def test_a_secret_that_nothing_else_gives(tmp_path: Path, vault: FakeVault, authority: Authority) -> None:
    vault.secrets |= {"IMAP-PASS": "pass-canary\n", "openai-api-key": "key-canary", "Unrelated": "x", "Other": "y"}
    loaded = load(environ(vault, authority, **IMAP), tmp_path)
    (mailbox,) = loaded.settings.mailboxes
    assert isinstance(mailbox, ImapSettings)
    assert (clear(mailbox.imap_pass), clear(mailbox.smtp_pass)) == ("pass-canary", "pass-canary")
    assert clear(loaded.settings.openai_api_key) == "key-canary"
    assert loaded.sources["mailboxes.0.imap_pass"] == "Key Vault 127: IMAP-PASS"
    assert loaded.sources["openai_api_key"] == "Key Vault 127: OPENAI-API-KEY"
    assert vault.asked == ["/secrets", "/secrets", "/secrets/IMAP-PASS/", "/secrets/OPENAI-API-KEY/"]
    assert vault.signed_in == 1
    assert {"pass-canary", "key-canary"} <= loaded.settings.secrets()


def test_every_other_place_goes_before_the_vault(tmp_path: Path, vault: FakeVault, authority: Authority) -> None:
    vault.secrets |= {"IMAP-PASS": "a", "OPENAI-API-KEY": "b", "DATABASE-URL": "postgresql://u:canary@h/x"}
    (tmp_path / "repondeur.toml").write_text("imap_pass = 'mine'")
    loaded = load(environ(vault, authority, **IMAP, OPENAI_API_KEY="mine"), tmp_path)
    assert loaded.sources["mailboxes.0.imap_pass"] == "repondeur.toml"
    assert loaded.sources["openai_api_key"] == "environment"
    assert loaded.settings.database == "postgresql://u:canary@h/x"
    assert [one for one in vault.asked if one != "/secrets"] == ["/secrets/DATABASE-URL/"]


def test_a_way_to_sign_in_makes_the_others_needless(tmp_path: Path, vault: FakeVault, authority: Authority) -> None:
    vault.secrets |= {"IMAP-PASS": "a", "SMTP-PASS": "b", "AZURE-CLIENT-CERTIFICATE": "c"}
    (mailbox,) = load(environ(vault, authority, **IMAP, OAUTH_TOKEN_COMMAND="true"), tmp_path).settings.mailboxes
    assert isinstance(mailbox, ImapSettings)
    assert (mailbox.imap_pass, mailbox.smtp_pass) == (None, None)
    (mailbox,) = load(environ(vault, authority, MAILBOX_USER_ID="bot@example.org"), tmp_path).settings.mailboxes
    assert isinstance(mailbox, GraphSettings)
    assert (clear(mailbox.azure_client_secret), mailbox.azure_client_certificate) == (SECRET, None)


TABLES = """
[[mailbox]]
imap_server = "imap.example.org"
imap_user = "support@example.org"
[[mailbox]]
name = "Ventes à l’étranger"
imap_server = "imap.example.org"
imap_user = "ventes@example.org"
[[mailbox]]
mailbox_user_id = "bot@example.org"
azure_client_secret = "another"
"""


def test_tables_have_secrets_of_their_own(tmp_path: Path, vault: FakeVault, authority: Authority) -> None:
    (tmp_path / "repondeur.toml").write_text(TABLES)
    vault.secrets |= {
        "support-example-org--IMAP-PASS": "one",
        "Ventes-a-l-etranger--IMAP-PASS": "two",
        "IMAP-PASS": "x",
    }
    first, second, _ = load(environ(vault, authority), tmp_path).settings.mailboxes
    assert isinstance(first, ImapSettings)
    assert isinstance(second, ImapSettings)
    assert (clear(first.imap_pass), clear(second.imap_pass)) == ("one", "two")


def test_a_password_without_a_name_is_nobodys_when_there_are_several(
    tmp_path: Path, vault: FakeVault, authority: Authority
) -> None:
    (tmp_path / "repondeur.toml").write_text(TABLES)
    vault.secrets |= {"support-example-org--IMAP-PASS": "one", "IMAP-PASS": "x"}
    assert refused(environ(vault, authority), tmp_path) == Reason(
        "settings.no_password", {"name": "repondeur.toml [[mailbox]] 2: imap_pass"}
    )


def test_the_only_table_may_have_the_plain_name(tmp_path: Path, vault: FakeVault, authority: Authority) -> None:
    (tmp_path / "repondeur.toml").write_text(TABLES.partition("[[mailbox]]\nname")[0])
    vault.secrets["IMAP-PASS"] = "x"
    (mailbox,) = load(environ(vault, authority), tmp_path).settings.mailboxes
    assert isinstance(mailbox, ImapSettings)
    assert clear(mailbox.imap_pass) == "x"


def test_where_secrets_may_be_read_but_not_listed(tmp_path: Path, vault: FakeVault, authority: Authority) -> None:
    vault.may_list = False
    vault.secrets["IMAP-PASS"] = "x"
    (mailbox,) = load(environ(vault, authority, **IMAP), tmp_path).settings.mailboxes
    assert isinstance(mailbox, ImapSettings)
    assert clear(mailbox.imap_pass) == "x"


def test_a_disabled_secret_is_as_good_as_none(tmp_path: Path, vault: FakeVault, authority: Authority) -> None:
    vault.secrets["IMAP-PASS"], vault.disabled = "x", {"imap-pass"}
    assert refused(environ(vault, authority, **IMAP), tmp_path) == Reason("settings.no_password", {"name": "IMAP_PASS"})


def test_the_environment_of_the_process_signs_in(
    tmp_path: Path, vault: FakeVault, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As other programs on Azure do, where our own settings name no application."""
    vault.secrets["IMAP-PASS"] = "x"
    for name, value in vault.settings().items():
        if name in {"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"}:
            monkeypatch.setenv(name, value)
    given = environ(vault, authority, **IMAP, AZURE_TENANT_ID="", AZURE_CLIENT_ID="", AZURE_CLIENT_SECRET="")
    assert load(given, tmp_path).sources["mailboxes.0.imap_pass"] == "Key Vault 127: IMAP-PASS"


def test_a_certificate_signs_in(tmp_path: Path, vault: FakeVault, authority: Authority) -> None:
    vault.secrets["IMAP-PASS"] = "x"
    pair = a_key_pair()
    vault.certificate = pair.certificate
    given = environ(vault, authority, **IMAP, AZURE_CLIENT_SECRET="", AZURE_CLIENT_CERTIFICATE=pair.both)
    assert load(given, tmp_path).sources["mailboxes.0.imap_pass"] == "Key Vault 127: IMAP-PASS"


def test_what_the_vault_refuses(tmp_path: Path, vault: FakeVault, authority: Authority) -> None:
    vault.secrets["IMAP-PASS"], vault.forbidden = "x", {"imap-pass"}
    given = environ(vault, authority, **IMAP)
    forbidden = Reason("settings.vault_forbidden", {"vault": "127", "secret": "IMAP-PASS"})
    assert refused(given, tmp_path) == forbidden
    wrong = refused(given | {"AZURE_CLIENT_SECRET": "wrong-canary"}, tmp_path)
    assert wrong == Reason("settings.vault_sign_in", {"vault": "127", "detail": "AADSTS7000215"})
    vault.broken = True
    assert refused(given, tmp_path) == Reason("settings.vault_failed", {"vault": "127", "detail": "HTTP 501"})


def test_a_certificate_nobody_vouches_for(tmp_path: Path, vault: FakeVault, authority: Authority) -> None:
    given = environ(vault, authority, **IMAP, MAIL_CA_FILE="")
    assert refused(given, tmp_path).code == "settings.vault_certificate"


def test_a_vault_that_is_not_there(tmp_path: Path, vault: FakeVault, authority: Authority) -> None:
    given = environ(vault, authority, **IMAP)
    unknown = refused(given | {"AZURE_KEY_VAULT_URL": "https://no-such-vault.invalid"}, tmp_path)
    assert unknown.code == "settings.vault_unknown_host"
    assert unknown.params["host"] == "no-such-vault.invalid"
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"https://127.0.0.1:{closed.getsockname()[1]}"
        assert refused(given | {"AZURE_KEY_VAULT_URL": url}, tmp_path).code == "settings.vault_unreachable"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"AZURE_KEY_VAULT_URL": "my-vault.vault.azure.net"}, "not_https_near"),
        ({"AZURE_KEY_VAULT_URL": "http://127.0.0.1:1"}, "not_https_near"),
        ({"AZURE_TENANT_ID": "common"}, "not_one_tenant"),
        ({"AZURE_INSTANCE_DISCOVERY": "perhaps"}, "not_a_boolean"),
        ({"MAIL_CA_FILE": "/nowhere.pem"}, "file_missing"),
        ({"AZURE_CLIENT_SECRET": "", "AZURE_CLIENT_CERTIFICATE": "/nowhere.pem"}, "certificate_missing"),
    ],
)
def test_nobody_is_asked_with_an_impossible_value(
    tmp_path: Path, vault: FakeVault, authority: Authority, changes: dict[str, str], code: str
) -> None:
    assert refused(environ(vault, authority, **IMAP) | changes, tmp_path).code == f"settings.{code}"
    assert vault.signed_in == 0


def test_without_the_extra_it_is_said_how_to_install_it(tmp_path: Path) -> None:
    """In a process that cannot import the SDK, as where the extra is not installed."""
    code = (
        "import sys; sys.modules['azure.keyvault.secrets'] = sys.modules['azure.identity'] = None\n"
        "from pathlib import Path; from repondeur.errors import SettingsError\n"
        "from repondeur.settings.load import load\n"
        "try: load({'AZURE_KEY_VAULT_URL': 'https://v.vault.azure.net'}, Path.cwd())\n"
        "except SettingsError as error: print(*error.problems)\n"
    )
    run = [sys.executable, "-c", code]
    said = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "settings.vault_extra" in said
    assert "AZURE_KEY_VAULT_URL" in said


def test_without_a_vault_the_sdk_is_left_alone(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from repondeur.settings.load import load\n"
        f"load({IMAP | {'IMAP_PASS': 'x', 'AZURE_CLIENT_ID': CLIENT, 'AZURE_TENANT_ID': TENANT}!r}, Path.cwd())\n"
        "print([name for name in sys.modules if name.split('.')[0] in {'azure', 'msal', 'cryptography'}])\n"
    )
    run = [sys.executable, "-c", code]
    said = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True).stdout
    assert said.strip() == "[]"
