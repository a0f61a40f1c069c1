"""Mailboxes of Microsoft 365: which kind a mailbox is, what it needs, and the hook for Graph's notices."""

from pathlib import Path

import pytest
from tests.support.key_pairs import a_key_pair

from repondeur.errors import SettingsError
from repondeur.settings import describe
from repondeur.settings.certificate import read
from repondeur.settings.load import load
from repondeur.settings.schema import GraphSettings, ImapSettings
from repondeur.texts import LANGUAGES, Reason, hint, render

GRAPH = {
    "MAILBOX_USER_ID": "support@example.org",
    "AZURE_CLIENT_ID": "22222222-2222-2222-2222-222222222222",
    "AZURE_TENANT_ID": "11111111-1111-1111-1111-111111111111",
    "AZURE_CLIENT_SECRET": "s3cret-canary",
}
IMAP = {"IMAP_SERVER": "imap.example.org", "IMAP_USER": "a@example.org", "IMAP_PASS": "pass-canary"}
# What hosts on Azure and workload identity put into every environment.
AMBIENT = {
    "AZURE_CLIENT_ID": "1",
    "AZURE_TENANT_ID": "not a tenant",
    "AZURE_FEDERATED_TOKEN_FILE": "/nowhere/token",
    "AZURE_AUTHORITY_HOST": "https://login.microsoftonline.com/",
}
BOTH_WAYS = "AZURE_CLIENT_CERTIFICATE, AZURE_CLIENT_SECRET"
TOKEN = "AZURE_FEDERATED_TOKEN_FILE"
HOOK = {"WEBHOOK_HOST": "hook.example.org", "WEBHOOK_SECRET": "0123456789abcdef"}


def refused(environ: dict[str, str], cwd: Path) -> tuple[Reason, ...]:
    with pytest.raises(SettingsError) as caught:
        load(environ, cwd)
    for problem in caught.value.problems:
        for language in LANGUAGES:
            assert "canary" not in render(problem, language) + hint(problem, language)
    return caught.value.problems


def codes(environ: dict[str, str], cwd: Path) -> list[tuple[str, object]]:
    return [
        (problem.code.removeprefix("settings."), problem.params.get("name", problem.params.get("names")))
        for problem in refused(environ, cwd)
    ]


def written(cwd: Path, text: str, name: str = "repondeur.toml") -> Path:
    (cwd / name).write_text(text, "utf-8")
    return cwd


def only(environ: dict[str, str], cwd: Path) -> GraphSettings:
    (mailbox,) = load(environ, cwd).settings.mailboxes
    assert isinstance(mailbox, GraphSettings)
    return mailbox


def test_four_variables_make_a_mailbox(tmp_path: Path) -> None:
    loaded = load(GRAPH, tmp_path)
    (mailbox,) = loaded.settings.mailboxes
    assert isinstance(mailbox, GraphSettings)
    assert (mailbox.name, mailbox.from_email) == ("support@example.org", "support@example.org")
    assert mailbox.graph_base_url == "https://graph.microsoft.com/v1.0"
    assert mailbox.azure_authority == "https://login.microsoftonline.com"
    assert (mailbox.graph_folders, mailbox.graph_connections, mailbox.graph_first_unread) == (("inbox",), 4, 24)
    assert loaded.sources["mailboxes.0.name"] == "MAILBOX_USER_ID"
    assert loaded.settings.hook_url == ""


def test_values_as_an_environment_has_them(tmp_path: Path) -> None:
    given = {
        "GRAPH_FOLDERS": "inbox, Inbox/Support",
        "GRAPH_RICH": "true",
        "GRAPH_FLAG": "no",
        "GRAPH_CATEGORY": "none",
    }
    mailbox = only(GRAPH | given | {"GRAPH_BASE_URL": "https://graph.microsoft.us/v1.0/"}, tmp_path)
    assert (mailbox.graph_folders, mailbox.graph_rich) == (("inbox", "Inbox/Support"), True)
    assert (mailbox.graph_flag, mailbox.graph_category) == (False, "")
    assert mailbox.graph_base_url == "https://graph.microsoft.us/v1.0"


@pytest.mark.parametrize("url", ["http://127.0.0.1:8443/v1.0", "http://localhost:8443/v1.0"])
def test_a_stand_in_on_this_machine_needs_no_tls(tmp_path: Path, url: str) -> None:
    assert only(GRAPH | {"GRAPH_BASE_URL": f"{url}/"}, tmp_path).graph_base_url == url


def test_an_object_id_is_no_address(tmp_path: Path) -> None:
    user = "33333333-3333-3333-3333-333333333333"
    environ = GRAPH | {"MAILBOX_USER_ID": user}
    assert refused(environ, tmp_path) == (Reason("settings.no_address", {"name": "FROM_EMAIL", "value": user}),)
    assert only(environ | {"FROM_EMAIL": "support@example.org"}, tmp_path).name == "support@example.org"


@pytest.mark.parametrize("environ", [IMAP | AMBIENT, IMAP | {**GRAPH, "MAILBOX_USER_ID": ""}])
def test_what_azure_puts_into_every_environment_is_not_for_a_mailbox_by_imap(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    (mailbox,) = load(environ, tmp_path).settings.mailboxes
    assert isinstance(mailbox, ImapSettings)


def test_a_secret_of_azure_in_a_file_may_be_another_programs(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret-canary")
    environ = IMAP | {"AZURE_CLIENT_ID": "1", "AZURE_CLIENT_SECRET_FILE": str(tmp_path / "secret")}
    (mailbox,) = load(environ, tmp_path).settings.mailboxes
    assert isinstance(mailbox, ImapSettings)


def test_nor_does_it_make_a_mailbox(tmp_path: Path) -> None:
    assert load(AMBIENT, tmp_path).settings.mailboxes == ()
    assert load(AMBIENT | {"WEBHOOK_URL": "anything"}, tmp_path).settings.hook_url == ""


@pytest.mark.parametrize(
    ("environ", "file", "text", "expected"),
    [
        (IMAP, ".env", "AZURE_CLIENT_ID=1", [("no_user_id", ".env: AZURE_CLIENT_ID")]),
        (IMAP, "repondeur.toml", "azure_client_id = '1'", [("no_user_id", "repondeur.toml: azure_client_id")]),
        (IMAP | {"GRAPH_RICH": "true"}, ".env", "", [("no_user_id", "GRAPH_RICH")]),
        (GRAPH | {"MAILBOX_USER_ID": ""}, ".env", "", [("missing", "MAILBOX_USER_ID")]),
        (AMBIENT, ".env", "AZURE_CLIENT_ID=1", []),
        ({}, ".env", "AZURE_CLIENT_ID=1\nAZURE_TENANT_ID=2\nAZURE_CLIENT_SECRET=3", [("missing", "MAILBOX_USER_ID")]),
        ({}, "repondeur.toml", "azure_client_secret = '1'", [("missing", name) for name in list(GRAPH)[:3]]),
        (GRAPH | IMAP, ".env", "", [("two_kinds", "IMAP_SERVER, MAILBOX_USER_ID")]),
        (GRAPH, ".env", "SMTP_PORT=25\nSENT_COPY=self", [("not_for_graph", ".env: SENT_COPY, .env: SMTP_PORT")]),
    ],
)  # fmt: skip
def test_settings_of_the_other_kind(
    tmp_path: Path, environ: dict[str, str], file: str, text: str, expected: list[tuple[str, str]]
) -> None:
    written(tmp_path, text, file)
    if expected:
        assert codes(environ, tmp_path) == expected
    else:
        assert load(environ, tmp_path).settings.mailboxes == ()


BOTH = """
azure_tenant_id = "example.org"
graph_rich = true
[[mailbox]]
imap_server = "imap.example.org"
imap_user = "a@example.org"
imap_pass = "x"
[[mailbox]]
mailbox_user_id = "b@example.org"
[[mailbox]]
mailbox_user_id = "c@example.org"
azure_client_id = "another"
"""


def test_both_kinds_in_one_file(tmp_path: Path) -> None:
    """What the Graph tables share is given once; the IMAP table does not mind."""
    environ = {"AZURE_CLIENT_ID": "1", "AZURE_CLIENT_SECRET": "2"}
    first, second, third = load(
        environ, written(tmp_path, BOTH.replace('azure_client_id = "another"', ""))
    ).settings.mailboxes
    assert isinstance(first, ImapSettings)
    assert isinstance(second, GraphSettings)
    assert isinstance(third, GraphSettings)
    assert (second.azure_client_id, second.azure_tenant_id, third.graph_rich) == ("1", "example.org", True)
    third = load(
        {"AZURE_CLIENT_SECRET": "2"} | {"AZURE_CLIENT_ID": ""},
        written(tmp_path, BOTH.replace("rich = true", 'rich = true\nazure_client_id = "1"')),
    ).settings.mailboxes[2]
    assert isinstance(third, GraphSettings)
    assert third.azure_client_id == "another"


TABLE = "repondeur.toml [[mailbox]]"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('imap_pass = "x"', 'imap_pass = "x"\nazure_client_id = "1"', [("no_user_id", f"{TABLE} 1: azure_client_id")]),
        ('"another"', '"1"\nimap_port = 993', [("not_for_graph", f"{TABLE} 3: imap_port")]),
        ('"another"', '"1"\nimap_server = "h"', [("two_kinds", f"{TABLE} 3: imap_server, {TABLE} 3: mailbox_user_id")]),
        ('mailbox_user_id = "c@example.org"', 'name = "c"', [("missing", f"{TABLE} 3: mailbox_user_id")]),
        ('"c@example.org"', '"B@EXAMPLE.org"\nname = "c"', [("same_mailbox", None)]),
        ('"c@example.org"', '"b@example.org"', [("same_name", None)]),
    ],
)
def test_what_tables_may_not_say(tmp_path: Path, old: str, new: str, expected: list[tuple[str, str]]) -> None:
    written(tmp_path, BOTH.replace(old, new))
    assert codes({"AZURE_CLIENT_ID": "1", "AZURE_CLIENT_SECRET": "2"}, tmp_path) == expected


def test_what_no_table_is_for(tmp_path: Path) -> None:
    imap, _, graph = BOTH.partition("[[mailbox]]\nmailbox_user_id")
    written(tmp_path, imap)
    shared = "repondeur.toml: azure_tenant_id, repondeur.toml: graph_rich"
    assert codes({"AZURE_CLIENT_ID": "1"}, tmp_path) == [("no_user_id", shared)]
    top = 'imap_server = "h"\nazure_tenant_id = "example.org"\n[[mailbox]]\nmailbox_user_id'
    written(tmp_path, top + graph)
    expected = [("not_for_graph", "repondeur.toml: imap_server")]
    assert codes({"AZURE_CLIENT_ID": "1", "AZURE_CLIENT_SECRET": "2"}, tmp_path) == expected
    assert codes({"MAILBOX_USER_ID": "x", **AMBIENT, "AZURE_CLIENT_SECRET": "2"}, tmp_path)[0] == (
        "two_places", "MAILBOX_USER_ID",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("environ", "code", "params"),
    [
        ({"AZURE_CLIENT_ID": ""}, "missing", {"name": "AZURE_CLIENT_ID"}),
        ({"AZURE_TENANT_ID": ""}, "missing", {"name": "AZURE_TENANT_ID"}),
        ({"AZURE_CLIENT_SECRET": ""}, "no_credential", {"name": "AZURE_CLIENT_SECRET"}),
        ({"AZURE_CLIENT_CERTIFICATE": "x"}, "two_credentials", {"names": BOTH_WAYS}),
        ({"AZURE_CLIENT_SECRET": "", TOKEN: "/no/token"}, "file_missing", {"name": TOKEN}),
        ({"AZURE_CLIENT_SECRET": "two\nlines-canary"}, "line_break", {"name": "AZURE_CLIENT_SECRET"}),
        ({"AZURE_TENANT_ID": "common"}, "not_one_tenant", {"value": "common"}),
        ({"AZURE_TENANT_ID": "Organizations"}, "not_one_tenant", {"name": "AZURE_TENANT_ID"}),
        ({"AZURE_TENANT_ID": "https://login.microsoftonline.com/x"}, "not_an_id", {"name": "AZURE_TENANT_ID"}),
        ({"AZURE_CLIENT_ID": "my application"}, "not_an_id", {"value": "my application"}),
        ({"MAILBOX_USER_ID": "support at example"}, "not_a_user", {"name": "MAILBOX_USER_ID"}),
        ({"MAILBOX_USER_ID": "users/a@b.example"}, "not_a_user", {"name": "MAILBOX_USER_ID"}),
        ({"MAILBOX_USER_ID": "a@b.example\x07"}, "not_a_user", {"name": "MAILBOX_USER_ID"}),
        ({"AZURE_AUTHORITY": "http://login.microsoftonline.com"}, "not_https_near", {"nearest": "https://login.microsoftonline.com"}),
        ({"AZURE_AUTHORITY": "login.microsoftonline.us"}, "not_https_near", {"nearest": "https://login.microsoftonline.us"}),
        ({"AZURE_AUTHORITY": "https://login.microsoftonline.us/x"}, "not_an_authority_near", {"nearest": "https://login.microsoftonline.us"}),
        ({"AZURE_AUTHORITY": "https://[::1]:8443/x"}, "not_an_authority", {"name": "AZURE_AUTHORITY"}),
        ({"AZURE_AUTHORITY": "?"}, "not_https", {"name": "AZURE_AUTHORITY"}),
        ({"GRAPH_BASE_URL": "http://graph.microsoft.com/v1.0"}, "not_https_near", {"nearest": "https://graph.microsoft.com/v1.0"}),
        ({"AZURE_INSTANCE_DISCOVERY": "perhaps"}, "not_a_boolean", {"value": "perhaps"}),
        ({"GRAPH_FOLDERS": ","}, "empty_list", {"name": "GRAPH_FOLDERS"}),
        ({"GRAPH_FOLDERS": "inbox, Inbox"}, "twice", {"value": "inbox, Inbox"}),
        ({"GRAPH_CONNECTIONS": "5"}, "out_of_range", {"bounds": "≤ 4"}),
        ({"GRAPH_FIRST_UNREAD": "-1"}, "out_of_range", {"bounds": "≥ 0"}),
        ({"WEBHOOK_HOST": "hook.example.org"}, "no_hook_secret", {"name": "WEBHOOK_SECRET", "hook": "WEBHOOK_HOST"}),
        (HOOK | {"WEBHOOK_HOST": "https://hook.example.org/"}, "not_a_hook_host_near", {"nearest": "hook.example.org"}),
        (HOOK | {"WEBHOOK_HOST": "hook.example.org:8443"}, "not_a_hook_host_near", {"nearest": "hook.example.org"}),
        (HOOK | {"WEBHOOK_HOST": "a b"}, "not_a_hook_host", {"value": "a b"}),
        (HOOK | {"WEBHOOK_SECRET": "x" * 129}, "hook_secret_long", {"count": 129, "longest": 128}),
        (HOOK | {"WEBHOOK_URL": "https://hook.example.org/x"}, "two_hooks", {"names": "WEBHOOK_HOST, WEBHOOK_URL"}),
        (HOOK | {"WEBHOOK_HOST": "", "WEBHOOK_URL": "http://hook.example.org/x"}, "not_https_near", {"nearest": "https://hook.example.org/x"}),
    ],
)  # fmt: skip
def test_impossible_values_are_refused(
    tmp_path: Path, environ: dict[str, str], code: str, params: dict[str, object]
) -> None:
    (problem,) = refused(GRAPH | environ, tmp_path)
    assert problem.code == f"settings.{code}"
    assert params.items() <= problem.params.items()


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({"WEBHOOK_HOST": "hook.example.org"}, "https://hook.example.org/graph/notifications"),
        ({"WEBHOOK_URL": "https://h.example.org:8443/x"}, "https://h.example.org:8443/x"),
        ({"WEBHOOK_URL": "http://127.0.0.1:8000/x"}, "http://127.0.0.1:8000/x"),
        ({"WEBHOOK_URL": "http://localhost/x"}, "http://localhost/x"),
    ],
)
@pytest.mark.parametrize("length", [1, 128])
def test_the_hook(tmp_path: Path, given: dict[str, str], url: str, length: int) -> None:
    assert load(GRAPH | given | {"WEBHOOK_SECRET": "x" * length}, tmp_path).settings.hook_url == url


def test_a_hook_for_nobody(tmp_path: Path) -> None:
    """In the environment it may be another program's; who wrote it down is told."""
    assert load(IMAP | {"WEBHOOK_URL": "ftp://anything"}, tmp_path).settings.hook_url == ""
    written(tmp_path, "WEBHOOK_HOST=hook.example.org", ".env")
    assert codes(IMAP, tmp_path) == [("hook_without_graph", ".env: WEBHOOK_HOST")]


def test_a_certificate_as_path_and_as_content(tmp_path: Path) -> None:
    pair = a_key_pair()
    without = GRAPH | {"AZURE_CLIENT_SECRET": "", "AZURE_FEDERATED_TOKEN_FILE": "/nowhere"}
    written(tmp_path, f"Bag Attributes\n{pair.certificate.decode()}{pair.key.decode()}", "both.pem")
    by_path = only(without | {"AZURE_CLIENT_CERTIFICATE": "both.pem"}, tmp_path)
    assert by_path.azure_client_certificate is not None
    assert by_path.azure_client_certificate.get_secret_value() == str(tmp_path / "both.pem")
    assert not by_path.certificate_is_pem
    assert describe.shown(by_path, "azure_client_certificate") == str(tmp_path / "both.pem")
    for environ in (
        {"AZURE_CLIENT_CERTIFICATE": pair.both},
        {"AZURE_CLIENT_CERTIFICATE": pair.both.replace("\n", "\\n")},
        {"AZURE_CLIENT_CERTIFICATE_FILE": "both.pem"},
    ):
        loaded = load(without | environ, tmp_path)
        (mailbox,) = loaded.settings.mailboxes
        assert isinstance(mailbox, GraphSettings)
        assert mailbox.azure_client_certificate is not None
        found = read(mailbox.azure_client_certificate.get_secret_value(), "")
        assert found.certificates == (pair.certificate.decode().strip(),)
        assert "PRIVATE" not in f"{found} {loaded}"
        assert describe.shown(mailbox, "azure_client_certificate") == describe.MASK


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (a_key_pair().certificate.decode(), "certificate_without_key"),
        (a_key_pair().key.decode(), "key_without_certificate"),
        ((a_key_pair().encrypted + a_key_pair().certificate).decode(), "key_encrypted"),
        ((a_key_pair().key + a_key_pair(number=1).certificate).decode(), "key_without_certificate"),
        (a_key_pair(kind="ec").both, "certificate_without_key"),
        (a_key_pair(days=-1).both, "certificate_expired"),
        ("-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----", "certificate_without_key"),
        ("MIIKcanary/" + "A" * 5000, "certificate_missing"),
        ("no/such/file.pem", "certificate_missing"),
    ],
)
def test_a_certificate_that_signs_nobody_in(tmp_path: Path, content: str, code: str) -> None:
    environ = GRAPH | {"AZURE_CLIENT_SECRET": "", "AZURE_CLIENT_CERTIFICATE": content}
    assert codes(environ, tmp_path) == [(code, "AZURE_CLIENT_CERTIFICATE")]


def test_workload_identity(tmp_path: Path) -> None:
    written(tmp_path, "token", "token")
    mailbox = only(GRAPH | {"AZURE_CLIENT_SECRET": "", "AZURE_FEDERATED_TOKEN_FILE": "token"}, tmp_path)
    assert mailbox.azure_federated_token_file == tmp_path / "token"
    assert only(GRAPH | {"AZURE_FEDERATED_TOKEN_FILE": "/nowhere"}, tmp_path).azure_client_secret is not None


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("AZURE_TENANT", "AZURE_TENANT_ID"),
        ("TENANT_ID", "AZURE_TENANT_ID"),
        ("CLIENT_ID", "AZURE_CLIENT_ID"),
        ("AZURE_SECRET", "AZURE_CLIENT_SECRET"),
        ("AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE"),
        ("GRAPH_USER", "MAILBOX_USER_ID"),
        ("MAILBOX_USER", "MAILBOX_USER_ID"),
        ("GRAPH_FOLDER", "GRAPH_FOLDERS"),
        ("WEBHOOK_HOSTS", "WEBHOOK_HOST"),
    ],
)
def test_slips(tmp_path: Path, name: str, nearest: str) -> None:
    """In place of the right name beside the others, and as a key of repondeur.toml."""
    environ = {known: value for known, value in GRAPH.items() if known != nearest} | {name: "x"}
    told = Reason("settings.unknown_near", {"name": name, "nearest": nearest})
    if name == "AZURE_CLIENT_CERTIFICATE_PATH":
        environ["AZURE_CLIENT_SECRET"] = ""
    assert told in refused(environ, tmp_path)
    written(tmp_path, f'{name.lower()} = "x"')
    near = {"name": f"repondeur.toml: {name.lower()}", "nearest": nearest.lower()}
    assert Reason("settings.unknown_near", near) in refused(GRAPH, tmp_path)


@pytest.mark.parametrize("name", ["TENANT_ID", "CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "USER_ID", "WEBHOOK"])
def test_names_of_other_programs_beside_a_whole_mailbox(tmp_path: Path, name: str) -> None:
    assert only(GRAPH | {name: "x"}, tmp_path).mailbox_user_id == "support@example.org"


def test_secrets_show_nowhere(tmp_path: Path) -> None:
    loaded = load(GRAPH | HOOK | {"WEBHOOK_SECRET": "canary-canary-canary"}, tmp_path)
    shown = [*describe.rows(loaded), describe.as_json(loaded), loaded, loaded.settings.model_dump_json()]
    assert "canary" not in " ".join(map(str, shown))
    assert loaded.settings.secrets() == {"s3cret-canary", "canary-canary-canary"}
    names = {row.name for row in describe.rows(loaded)}
    assert {"MAILBOX_USER_ID", "GRAPH_FOLDERS", "WEBHOOK_HOST"} <= names
    assert "IMAP_SERVER" not in names
    table = describe.json_schema()["properties"]["mailbox"]["items"]["properties"]
    assert {"imap_server", "mailbox_user_id", "azure_client_secret_file"} <= table.keys()
