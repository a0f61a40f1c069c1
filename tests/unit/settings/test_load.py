"""Where settings come from, who wins, and what is refused at start."""

from pathlib import Path

import pytest

from repondeur.errors import SettingsError
from repondeur.settings.load import Loaded, load
from repondeur.texts import LANGUAGES, Reason, hint, render

KEY = "x" * 43 + "="
ONE_MAILBOX = {"IMAP_SERVER": "imap.example.org", "IMAP_USER": "support@example.org", "IMAP_PASS": "s3cret-canary"}


def refused(environ: dict[str, str], cwd: Path, **flags: str) -> tuple[Reason, ...]:
    with pytest.raises(SettingsError) as caught:
        load(environ, cwd, flags)
    return caught.value.problems


def written(cwd: Path, text: str, name: str = "repondeur.toml") -> Path:
    (cwd / name).write_text(text, "utf-8")
    return cwd


def test_three_variables_make_a_mailbox(tmp_path: Path) -> None:
    (mailbox,) = load(ONE_MAILBOX, tmp_path).settings.mailboxes
    assert (mailbox.name, mailbox.imap_port, mailbox.imap_security) == ("support@example.org", 993, "tls")
    assert (mailbox.smtp_server, mailbox.smtp_port, mailbox.smtp_security) == ("imap.example.org", 587, "starttls")
    assert (mailbox.from_email, mailbox.smtp_user) == ("support@example.org", "support@example.org")
    assert mailbox.smtp_pass is not None
    assert mailbox.smtp_pass.get_secret_value() == "s3cret-canary"


def test_nothing_configured_is_fine(tmp_path: Path) -> None:
    settings = load({"PATH": "/usr/bin", "HOME": "/home/someone"}, tmp_path).settings
    assert settings.mailboxes == ()
    assert settings.database == f"sqlite:///{tmp_path / 'data' / 'repondeur.db'}"


def poll_interval(loaded: Loaded) -> tuple[float, str]:
    return loaded.settings.mailboxes[0].poll_interval, loaded.sources["mailboxes.0.poll_interval"]


def test_who_wins(tmp_path: Path) -> None:
    """flag > environment > NAME_FILE > .env > repondeur.toml > default, taken away one after the other."""
    environ = dict(ONE_MAILBOX)
    assert poll_interval(load(environ, tmp_path)) == (60, "default")
    written(tmp_path, "poll_interval = 50")
    assert poll_interval(load(environ, tmp_path)) == (50, "repondeur.toml")
    written(tmp_path, "POLL_INTERVAL=40", ".env")
    assert poll_interval(load(environ, tmp_path)) == (40, ".env")
    environ["POLL_INTERVAL_FILE"] = str(written(tmp_path, "30\n", "interval") / "interval")
    assert poll_interval(load(environ, tmp_path)) == (30, f"POLL_INTERVAL_FILE={tmp_path / 'interval'}")
    environ["POLL_INTERVAL"] = "20"
    assert poll_interval(load(environ, tmp_path)) == (20, "environment")
    assert poll_interval(load(environ, tmp_path, {"poll_interval": "10"})) == (10, "flag")


@pytest.mark.parametrize(
    ("content", "secret"),
    [
        pytest.param("pass word", "pass word", id="as it stands"),
        pytest.param("pass\n", "pass", id="without the newline that editors add"),
        pytest.param("pass\r\n", "pass", id="whatever the line end"),
        pytest.param(" pass ", " pass ", id="blanks belong to the secret"),
        pytest.param("pässwörd$HOME", "pässwörd$HOME", id="nothing is expanded"),
    ],
)
def test_a_secret_in_a_file(tmp_path: Path, content: str, secret: str) -> None:
    (tmp_path / "secret").write_bytes(content.encode())
    environ = {**ONE_MAILBOX, "IMAP_PASS": "", "IMAP_PASS_FILE": "secret"}
    password = load(environ, tmp_path).settings.mailboxes[0].imap_pass
    assert password is not None
    assert password.get_secret_value() == secret


def test_dotenv_values_stand_as_they_are(tmp_path: Path) -> None:
    written(tmp_path, "IMAP_SERVER=imap.example.org\nexport IMAP_USER='a@b.example'\nIMAP_PASS=p${HOME}#1\n", ".env")
    (mailbox,) = load({}, tmp_path).settings.mailboxes
    assert mailbox.imap_pass is not None
    assert mailbox.imap_pass.get_secret_value() == "p${HOME}#1"


SEVERAL = """
imap_server = "imap.example.org"
reply = "strict"
data_dir = "state"
[[mailbox]]
name = "support"
imap_user = "support@example.org"
imap_pass_file = "support.secret"
[[mailbox]]
imap_user = "ventes@example.org"
imap_pass = "b"
reply = "off"
aliases = ["sales@example.org"]
"""


def test_several_mailboxes(tmp_path: Path) -> None:
    """Tables give each mailbox its own values, the top of the file those of all; paths start from the file."""
    folder = tmp_path / "etc"
    folder.mkdir()
    written(folder, SEVERAL)
    written(folder, "a\n", "support.secret")
    loaded = load({"REPONDEUR_CONFIG": "etc/repondeur.toml"}, tmp_path)
    support, ventes = loaded.settings.mailboxes
    assert (support.name, support.reply, support.imap_server) == ("support", "strict", "imap.example.org")
    assert (ventes.name, ventes.reply, ventes.aliases) == ("ventes@example.org", "off", ("sales@example.org",))
    assert loaded.settings.data_dir == folder / "state"
    assert loaded.sources["mailboxes.1.reply"] == "repondeur.toml [[mailbox]] 2"
    assert loaded.sources["mailboxes.0.reply"] == "repondeur.toml"


def test_behaviour_in_the_environment_overrules_all_mailboxes(tmp_path: Path) -> None:
    written(tmp_path, SEVERAL)
    written(tmp_path, "a", "support.secret")
    settings = load({"REPLY": "draft", "LANGUAGES": "fr, en"}, tmp_path).settings
    assert [mailbox.reply for mailbox in settings.mailboxes] == ["draft", "draft"]
    assert [mailbox.languages for mailbox in settings.mailboxes] == [("fr", "en")] * 2


@pytest.mark.parametrize("name", ["IMAP_USER", "IMAP_PASS", "SMTP_PORT", "FROM_EMAIL"])
def test_identity_in_two_places_is_refused(tmp_path: Path, name: str) -> None:
    written(tmp_path, SEVERAL)
    written(tmp_path, "a", "support.secret")
    value = {"SMTP_PORT": "25"}.get(name, "a@b.example")
    assert refused({name: value}, tmp_path) == (Reason("settings.two_places", {"names": name}),)


@pytest.mark.parametrize(
    ("environ", "code", "params"),
    [
        ({"IMAP_PORT": "99999"}, "out_of_range", {"name": "IMAP_PORT", "value": "99999", "bounds": "≤ 65535"}),
        ({"IMAP_PORT": "imaps"}, "not_a_number", {"name": "IMAP_PORT", "value": "imaps"}),
        ({"POLL_INTERVAL": "nan"}, "not_a_number", {"name": "POLL_INTERVAL", "value": "nan"}),
        ({"IMAP_SECURITY": "ssl"}, "not_one_of_near", {"value": "ssl", "nearest": "tls"}),
        ({"REPLY": "strickt"}, "not_one_of_near", {"value": "strickt", "nearest": "strict"}),
        ({"REPLY": "42"}, "not_one_of", {"choices": "off, draft, strict, free"}),
        ({"LOG_LEVEL": "warn"}, "not_one_of_near", {"value": "warn", "nearest": "WARNING"}),
        ({"FROM_EMAIL": "support at example.org"}, "not_an_address", {"value": "support at example.org"}),
        ({"FROM_EMAIL": "a@b.example\nBcc: x@y.example"}, "not_an_address", {"name": "FROM_EMAIL"}),
        ({"IMAP_USER": "bot"}, "not_an_address", {"name": "FROM_EMAIL", "value": "bot"}),
        ({"ALIASES": "sales@example.org, nobody"}, "not_an_address", {"name": "ALIASES", "value": "nobody"}),
        ({"FROM_NAME": "Support\nBcc: x@y.example"}, "line_break", {"name": "FROM_NAME"}),
        ({"IMAP_SERVER": "imaps://imap.example.org:993/"}, "not_a_host_near", {"nearest": "imap.example.org"}),
        ({"SMTP_SERVER": "smtp.example.org:587"}, "not_a_host_near", {"nearest": "smtp.example.org"}),
        ({"IMAP_PASS": ""}, "no_password", {"name": "IMAP_PASS"}),
        ({"IMAP_PASS": "two\nlines-canary"}, "line_break", {"name": "IMAP_PASS", "value": "********"}),
        ({"IMAP_USER": ""}, "missing", {"name": "IMAP_USER"}),
        ({"IMAP_SERVER": ""}, "missing", {"name": "IMAP_SERVER"}),
        ({"MODEL": "opneai:gpt-4o"}, "not_a_model_near", {"nearest": "openai:gpt-4o"}),
        ({"OPENAI_BASE_URL": "localhost:8080"}, "not_a_url", {"name": "OPENAI_BASE_URL"}),
        ({"DATABASE_URL": "postgres://u:canary@h/d"}, "not_a_database_near", {"nearest": "postgresql"}),
        ({"DATABASE_URL": "mysql://u:canary@h/d"}, "not_a_database", {"value": "mysql:…"}),
        ({"DATABASE_URL": "postgresql://u:canary@h:notaport/x"}, "not_a_database", {"value": "postgresql:…"}),
        ({"DATABASE_URL": "postgresql://u:canary@h:/x"}, "not_a_database", {"value": "postgresql:…"}),
        ({"DATABASE_URL": "postgresql://u:canary@h:99999/x"}, "not_a_database", {"value": "postgresql:…"}),
        ({"DATABASE_URL": "sqlite://data/mail.db"}, "not_a_database", {"value": "sqlite:…"}),
        ({"DATABASE_URL": "sqlite+aiosqlite:///mail.db"}, "not_a_database", {"value": "sqlite+aiosqlite:…"}),
        ({"ENCRYPTION_KEY": "canary"}, "not_an_encryption_key", {"name": "ENCRYPTION_KEY"}),
        ({"ENCRYPTION_KEY": f"{KEY} canary"}, "not_an_encryption_key", {"name": "ENCRYPTION_KEY"}),
        ({"METRICS_ALLOW": "10.0.0.0/99"}, "not_a_network", {"value": "10.0.0.0/99"}),
        ({"MAIL_CA_FILE": "/nowhere/ca.pem"}, "file_missing", {"name": "MAIL_CA_FILE", "value": "/nowhere/ca.pem"}),
        ({"MAIL_CA_FILE": "/dev/null"}, "file_missing", {"value": "/dev/null"}),
        ({"SMTP_PASS_FILE": "/nowhere/secret"}, "file_unreadable", {"name": "SMTP_PASS_FILE=/nowhere/secret"}),
        ({"REPONDEUR_DATA_DIR": "/dev/null/data"}, "not_writable", {"value": "/dev/null/data"}),
        ({"REPONDEUR_CONFIG": "/nowhere.toml"}, "file_unreadable", {"name": "/nowhere.toml"}),
    ],
)
def test_impossible_values_are_refused(
    tmp_path: Path, environ: dict[str, str], code: str, params: dict[str, str]
) -> None:
    (problem,) = refused({**ONE_MAILBOX, **environ}, tmp_path)
    assert problem.code == f"settings.{code}"
    assert params.items() <= problem.params.items()
    for language in LANGUAGES:
        said = render(problem, language) + hint(problem, language)
        assert str(problem.params["name"]) in said
        assert "canary" not in said


@pytest.mark.parametrize(
    "url",
    [
        *("sqlite:///mail.db", "sqlite:////var/mail.db", "postgresql://h/x", "postgresql+psycopg://u:p@h:5432/x"),
        *("postgresql:///x?host=/run/postgresql", "postgresql://u:p%40:#w@[::1]:5432/x"),
    ],
)
def test_databases(tmp_path: Path, url: str) -> None:
    assert load({"DATABASE_URL": url}, tmp_path).settings.database == url


@pytest.mark.parametrize(
    ("environ", "code"),
    [
        ({"REPLY": "fre"}, "not_one_of_near"),
        ({"POLL_INTERVAL": "often"}, "not_a_number"),
        ({"ALIASES": "nobody"}, "not_an_address"),
        ({"MAIL_CA_FILE": "/nowhere/ca.pem"}, "file_missing"),
    ],
)
def test_values_for_mailboxes_are_judged_while_there_is_none(
    tmp_path: Path, environ: dict[str, str], code: str
) -> None:
    (problem,) = refused(environ, tmp_path)
    assert problem.code == f"settings.{code}"


def test_a_file_without_certificates_is_no_ca_file(tmp_path: Path) -> None:
    written(tmp_path, "-----BEGIN PRIVATE KEY-----", "ca.pem")
    (problem,) = refused({**ONE_MAILBOX, "MAIL_CA_FILE": "ca.pem"}, tmp_path)
    assert problem.code == "settings.not_certificates"


def test_all_problems_at_once(tmp_path: Path) -> None:
    environ = {"IMAP_SERVER": "a b", "IMAP_PORT": "0", "REPLY": "x", "TEMPERATURE": "9", "SMTP_HOST": "h"}
    named = {str(problem.params["name"]) for problem in refused(environ, tmp_path)}
    assert named == {"IMAP_SERVER", "IMAP_PORT", "IMAP_USER", "IMAP_PASS", "REPLY", "TEMPERATURE", "SMTP_HOST"}


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("IMAP_SEVER", "IMAP_SERVER"),
        ("IMAP_HOST", "IMAP_SERVER"),
        ("SMTP_PASSWORD", "SMTP_PASS"),
        ("IMAP_PASSWORD_FILE", "IMAP_PASS_FILE"),
        ("SMTP_USERNAME", "SMTP_USER"),
        ("IMAP_FOLDER", "IMAP_MAILBOX"),
        ("SMTP_FROM", "FROM_EMAIL"),
        ("REPONDEUR_REPLY", "REPLY"),
        ("REPONDEUR_DATADIR", "REPONDEUR_DATA_DIR"),
        ("PROCESED_FOLDER", "PROCESSED_FOLDER"),
        ("POLL_INTERVALL", "POLL_INTERVAL"),
        ("MAIL_CA_FIL", "MAIL_CA_FILE"),
    ],
)
def test_a_slip_in_the_environment_is_named(tmp_path: Path, name: str, nearest: str) -> None:
    assert refused({name: "x"}, tmp_path) == (Reason("settings.unknown_near", {"name": name, "nearest": nearest}),)


@pytest.mark.parametrize(
    "name",
    [
        *("PATH", "HOME", "LANGUAGE", "NAME", "MODE", "HOSTNAME", "EMAIL", "MAIL", "MAILPATH", "REPLYTO", "MODELS"),
        *("AZURE_CLIENT_CERTIFICATE_PATH", "OPENAI_ORG_ID", "OPENAI_API_BASE", "KUBERNETES_SERVICE_HOST"),
        *("IMAP_SERVICE_HOST", "IMAP_PORT_143_TCP_ADDR", "REPONDEUR_PORT", "REPONDEUR_SERVICE_PORT_HTTP"),
    ],
)
def test_the_rest_of_the_environment_is_not_our_business(tmp_path: Path, name: str) -> None:
    assert load({name: "tcp://10.0.0.1:143"}, tmp_path).settings.mailboxes == ()


@pytest.mark.parametrize(
    ("text", "code", "params"),
    [
        ('imap_sever = "x"', "unknown_near", {"name": "repondeur.toml: imap_sever", "nearest": "imap_server"}),
        ('imap_password_file = "x"', "unknown_near", {"nearest": "imap_pass_file"}),
        ("[[mailboxes]]", "unknown_near", {"name": "repondeur.toml: mailboxes", "nearest": "mailbox"}),
        ('colour = "blue"', "unknown", {"name": "repondeur.toml: colour"}),
        ("reply = strict", "not_toml", {}),
        ("[mailbox]\nreply = 'off'", "not_tables", {"name": "repondeur.toml", "table": "mailbox"}),
        ("max_tries = 'many'", "not_a_number", {"name": "repondeur.toml: max_tries"}),
        ("openai_model = 4", "wrong_kind", {"name": "repondeur.toml: openai_model", "value": "4"}),
    ],
)
def test_what_repondeur_toml_may_not_say(tmp_path: Path, text: str, code: str, params: dict[str, str]) -> None:
    (problem,) = refused({}, written(tmp_path, text))
    assert problem.code == f"settings.{code}"
    assert params.items() <= problem.params.items()


def test_a_file_in_another_encoding_is_told_as_that(tmp_path: Path) -> None:
    (tmp_path / "repondeur.toml").write_bytes('signature = "Zoé"'.encode("latin-1"))
    assert [one.code for one in refused({}, tmp_path)] == ["settings.not_utf8"]


def test_a_line_of_dotenv_that_sets_nothing_is_refused(tmp_path: Path) -> None:
    """It may have been meant to limit something."""
    (tmp_path / ".env").write_text("# a remark\n\nREPLY=off\n\nLIMIT_DAY 5\nexport LIMIT_AUTHOR\n")
    found = [(one.code, one.params["name"], one.params["line"]) for one in refused({}, tmp_path)]
    assert found == [("settings.not_a_line", ".env", 5), ("settings.not_a_line", ".env", 6)]


def test_what_is_missing_for_another_reason_is_told_once(tmp_path: Path) -> None:
    given = {"IMAP_SERVER": "mail.example", "IMAP_USER": "a@b.example"}
    (problem,) = refused({**given, "IMAP_PASS_FILE": "/nowhere"}, tmp_path)
    assert (problem.code, problem.params["name"]) == ("settings.file_unreadable", "IMAP_PASS_FILE=/nowhere")
    codes = {one.code for one in refused({**given, "REPONDEUR_SECRETS_DIR": "/nowhere"}, tmp_path)}
    assert codes == {"settings.no_folder", "settings.no_password"}
    (problem,) = refused({**given, "IMAP_PASS": "x"}, written(tmp_path, "[[mailbox]]\n"))
    assert problem.code == "settings.two_places"


def test_what_may_be_none_says_so(tmp_path: Path) -> None:
    assert [one.code for one in refused({"LIMIT_AUTHOR": "many", "RETENTION_BODIES": "soon"}, tmp_path)] == [
        "settings.not_a_number_or_none"
    ] * 2


def test_problems_of_a_table_name_the_table(tmp_path: Path) -> None:
    text = '[[mailbox]]\nimap_server="h"\nimap_user="a@b.example"\nimap_pas="x"\nopenai_api_key="k"\nimap_port=0\n'
    problems = refused({}, written(tmp_path, text))
    assert [(problem.code, problem.params["name"]) for problem in problems] == [
        ("settings.unknown_near", "repondeur.toml [[mailbox]] 1: imap_pas"),
        ("settings.not_in_table", "repondeur.toml [[mailbox]] 1: openai_api_key"),
        ("settings.out_of_range", "repondeur.toml [[mailbox]] 1: imap_port"),
        ("settings.no_password", "repondeur.toml [[mailbox]] 1: imap_pass"),
    ]


def test_two_mailboxes_need_two_names(tmp_path: Path) -> None:
    table = '[[mailbox]]\nimap_server="h"\nimap_user="a@b.example"\nimap_pass="x"\n'
    (problem,) = refused({}, written(tmp_path, table * 2))
    assert problem == Reason("settings.same_name", {"value": "a@b.example"})


def test_one_mailbox_under_two_names_would_answer_twice(tmp_path: Path) -> None:
    table = '[[mailbox]]\nname="{}"\nimap_server="h"\nimap_user="a@b.example"\nimap_pass="x"\n'
    (problem,) = refused({}, written(tmp_path, table.format("one") + table.format("two")))
    assert problem == Reason("settings.same_mailbox", {"one": "one", "other": "two"})


def test_two_folders_of_one_account_are_two_mailboxes(tmp_path: Path) -> None:
    table = '[[mailbox]]\nname="{0}"\nimap_mailbox="{0}"\nimap_server="h"\nimap_user="a@b.example"\nimap_pass="x"\n'
    written(tmp_path, table.format("support") + table.format("sales"))
    assert len(load({}, tmp_path).settings.mailboxes) == 2


def test_dotenv_may_name_the_toml(tmp_path: Path) -> None:
    written(tmp_path, "REPONDEUR_CONFIG=other.toml", ".env")
    written(tmp_path, "max_tries = 3", "other.toml")
    loaded = load({}, tmp_path)
    assert (loaded.settings.max_tries, loaded.sources["max_tries"]) == (3, "other.toml")


def test_an_empty_server_is_no_server(tmp_path: Path) -> None:
    text = '[[mailbox]]\nimap_server=""\nimap_user="a@b.example"\nimap_pass="x"\n'
    (problem,) = refused({}, written(tmp_path, text))
    assert problem == Reason("settings.missing", {"name": "repondeur.toml [[mailbox]] 1: imap_server"})


def test_xoauth2_needs_no_password(tmp_path: Path) -> None:
    environ = {**ONE_MAILBOX, "IMAP_PASS": "", "OAUTH_TOKEN_COMMAND": "pass show token"}
    assert load(environ, tmp_path).settings.mailboxes[0].imap_pass is None


@pytest.mark.parametrize(
    ("environ", "language", "source"),
    [
        ({}, "en", "default"),
        ({"LANG": "fr_CA.UTF-8"}, "fr", "LANG"),
        ({"LC_ALL": "C", "LANG": "fr_FR.UTF-8"}, "en", "default"),
        ({"LC_MESSAGES": "fr", "LANG": "en_US.UTF-8"}, "fr", "LC_MESSAGES"),
        ({"REPONDEUR_LANGUAGE": "EN", "LANG": "fr_FR.UTF-8"}, "en", "environment"),
        ({"LANG": "de_DE.UTF-8"}, "en", "default"),
    ],
)
def test_the_language_people_are_spoken_to_in(
    tmp_path: Path, environ: dict[str, str], language: str, source: str
) -> None:
    loaded = load(environ, tmp_path)
    assert (loaded.settings.language, loaded.sources["language"]) == (language, source)


def test_secrets_show_nowhere(tmp_path: Path) -> None:
    loaded = load({**ONE_MAILBOX, "OPENAI_API_KEY": "key-canary"}, tmp_path)
    assert "canary" not in f"{loaded} {loaded.settings!r} {loaded.settings.model_dump_json()}"
    assert loaded.settings.secrets() == {"s3cret-canary", "key-canary"}


@pytest.mark.parametrize(
    ("url", "password"),
    [
        ("postgresql://u:canary@h:5432/x", "canary"),
        ("postgresql://u:can%40ry@h/x", "can@ry"),
        ("postgresql://u:can#ry@h/x", "can#ry"),
        ("postgresql://u:can:ry@h/x", "can:ry"),
        ("postgresql://u@h:5432/x", None),
        ("postgresql:///x?host=/run", None),
    ],
)
def test_a_password_in_a_url_is_a_secret(tmp_path: Path, url: str, password: str | None) -> None:
    assert load({"DATABASE_URL": url}, tmp_path).settings.secrets() == ({password} if password else set())


@pytest.mark.parametrize("between", [" ", ",", ", ", "\n"])
def test_several_keys_in_one_setting(tmp_path: Path, between: str) -> None:
    other = "y" * 43 + "="
    found = load({**ONE_MAILBOX, "ENCRYPTION_KEY": f"{KEY}{between}{other}"}, tmp_path).settings
    assert found.encryption_keys == (KEY, other)
    assert {KEY, other} <= found.secrets(), "each is masked by itself"
