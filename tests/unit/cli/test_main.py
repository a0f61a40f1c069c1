"""The frame of the command line, as someone at a shell meets it."""

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer
from tests.support.terminal import on_terminal

from repondeur.cli import main as frame
from repondeur.cli import output

ONE_MAILBOX = {"IMAP_SERVER": "imap.example.org", "IMAP_USER": "support@example.org", "IMAP_PASS": "s3cret-canary"}


def repondeur(*args: str, cwd: Path, **environ: str) -> "subprocess.CompletedProcess[str]":
    """The real program, in an environment that holds nothing else."""
    command = (sys.executable, "-m", "repondeur", *args)
    path = {"PATH": os.environ["PATH"], "HOME": str(cwd), "PYTHONUTF8": "1"}
    return subprocess.run(
        command, cwd=cwd, env=path | environ, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False
    )


def test_version(tmp_path: Path) -> None:
    shown = repondeur("--version", cwd=tmp_path)
    assert (shown.returncode, shown.stdout) == (0, "repondeur 0.1.0\n")


def test_version_and_help_load_nothing_slow(tmp_path: Path) -> None:
    program = (
        "import sys; sys.argv = ['repondeur', sys.argv[1]]\n"
        "from repondeur.cli.main import main\n"
        "try: main()\n"
        "finally: print(sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)\n"
    )
    for option in ("--version", "--help"):
        ran = subprocess.run(
            (sys.executable, "-c", program, option), capture_output=True, text=True, timeout=60, check=True
        )
        slow = {"openai", "sqlalchemy", "fastapi", "httpx", "structlog", "numpy", "asyncio"}
        assert not slow & set(ran.stderr.strip("[]\n").replace("'", "").split(", "))


def test_commands_that_only_look_load_nothing_that_works_mail() -> None:
    program = (
        "import sys\n"
        "from repondeur.cli.main import load\n"
        "for name in ('messages', 'approve', 'database', 'graph', 'settings'): load(name)\n"
        "print(*(name for name in sys.modules if name == 'numpy' or name.startswith('repondeur.')))\n"
    )
    ran = subprocess.run((sys.executable, "-c", program), capture_output=True, text=True, timeout=60, check=True)
    loaded = {name.split(".")[1] if "." in name else name for name in ran.stdout.split()}
    assert {"store", "settings"} <= loaded
    assert not {"numpy", "engines", "knowledge", "words", "pipeline", "mailboxes"} & loaded


def test_help_names_every_command(tmp_path: Path) -> None:
    shown = repondeur("--help", cwd=tmp_path, COLUMNS="200").stdout
    assert [name for name in frame.COMMANDS if f" {name} " not in shown] == []


@pytest.mark.parametrize("name", frame.COMMANDS)
def test_every_command_has_its_file(name: str) -> None:
    assert isinstance(import_module(f"repondeur.cli.{name}").app, typer.Typer)
    assert frame.load(name).get_short_help_str()


def test_no_command_is_forgotten() -> None:
    files = [path for path in Path(frame.__file__).parent.glob("*.py") if path.stem not in {"main", "__init__"}]
    with_app = {path.stem for path in files if "app = App()" in path.read_text("utf-8")}
    assert with_app == set(frame.COMMANDS)


def test_a_slip_in_the_command_is_named(tmp_path: Path) -> None:
    shown = repondeur("setings", cwd=tmp_path)
    assert shown.returncode == 2
    assert "repondeur settings?" in shown.stderr


def test_wrong_settings_end_with_2_and_say_all_that_is_wrong(tmp_path: Path) -> None:
    shown = repondeur("settings", cwd=tmp_path, **ONE_MAILBOX, IMAP_PORT="99999", REPLY="strickt")
    assert (shown.returncode, shown.stdout) == (2, "")
    assert "IMAP_PORT = 99999" in shown.stderr
    assert "strict?" in shown.stderr
    assert "Traceback" not in shown.stderr


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"LANG": "fr_FR.UTF-8"}, "Vouliez-vous dire strict"),
        ({"LANG": "en_GB.UTF-8"}, "Did you mean strict"),
        ({"LANG": "en_GB.UTF-8", "REPONDEUR_LANGUAGE": "fr"}, "Vouliez-vous dire strict"),
    ],
)
def test_people_are_spoken_to_in_their_language(tmp_path: Path, environ: dict[str, str], said: str) -> None:
    assert said in repondeur("settings", cwd=tmp_path, **ONE_MAILBOX, REPLY="strickt", **environ).stderr


def test_settings_show_values_and_sources_and_no_secret(tmp_path: Path) -> None:
    (tmp_path / "repondeur.toml").write_text('reply = "strict"\ndatabase_url = "postgresql://u:db-canary@h/d"\n')
    shown = repondeur("settings", "--show-source", cwd=tmp_path, **ONE_MAILBOX, OPENAI_API_KEY="key-canary")
    lines = [line.split("\t") for line in shown.stdout.splitlines()]
    assert ["support@example.org: IMAP_SERVER", "imap.example.org", "environment"] in lines
    assert ["support@example.org: REPLY", "strict", "repondeur.toml"] in lines
    assert ["support@example.org: IMAP_PASS", "********", "environment"] in lines
    assert ["DATABASE_URL", "postgresql://u:********@h/d", "repondeur.toml"] in lines
    assert "canary" not in shown.stdout + shown.stderr


def test_settings_as_json(tmp_path: Path) -> None:
    shown = json.loads(repondeur("settings", "--json", cwd=tmp_path, **ONE_MAILBOX).stdout)
    (mailbox,) = shown["settings"]["mailboxes"]
    assert (mailbox["imap_port"], mailbox["imap_pass"], mailbox["languages"]) == (993, "********", ["en", "fr"])
    assert shown["settings"]["openai_api_key"] is None
    assert shown["sources"]["mailboxes.0.imap_port"] == "default"


def test_the_schema_describes_repondeur_toml(tmp_path: Path) -> None:
    schema = json.loads(repondeur("settings", "--schema", cwd=tmp_path, LANG="fr").stdout)
    table = schema["properties"]["mailbox"]["items"]["properties"]
    assert table["imap_port"]["maximum"] == 65535
    assert table["reply"]["enum"] == ["off", "draft", "strict", "free"]
    assert {"imap_pass_file", "name"} <= table.keys()
    assert {"model", "reply", "openai_api_key_file", "data_dir"} <= schema["properties"].keys()
    assert schema["properties"]["imap_user"]["description"] == "Nom de connexion."


def test_a_reader_that_goes_away_is_no_failure_to_talk_about(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ran = subprocess.run(
        (sys.executable, "-m", "repondeur", "settings"),
        stdout=writing,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        check=False,
    )
    os.close(writing)
    assert ran.stderr == b""


@pytest.mark.parametrize(("level", "shown"), [("INFO", False), ("DEBUG", True)])
def test_a_traceback_only_when_asked_for(
    level: str, shown: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message of an error without a name may quote a mail."""
    monkeypatch.setenv("LOG_LEVEL", level)
    try:
        raise KeyError("Dear support, canary")
    except KeyError as error:
        output.complain_unexpected(error)
    said = capsys.readouterr().err
    assert "KeyError" in said
    assert "test_main.py" in said
    assert ("canary" in said) is shown


def test_completion_for_the_shell(tmp_path: Path) -> None:
    """The file that --install-completion writes asks the program like this."""
    asked = {"_REPONDEUR_COMPLETE": "complete_bash", "COMP_WORDS": "repondeur sett", "COMP_CWORD": "1"}
    script = Path(sys.executable).with_name("repondeur")
    environ = {"PATH": os.environ["PATH"], **asked}
    answer = subprocess.run((script,), env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert answer.stdout.split() == ["settings"]


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("Ça marche : “oui”", "Ça marche : “oui”"),
        ("\x1b[2J\x1b]0;owned\x07", "�[2J�]0;owned�"),
        ("invoice\u202efdp.exe", "invoice�fdp.exe"),
        ("two\nlines\ttab", "two lines tab"),
        ("\x9b31m", "�31m"),
    ],
)
def test_mail_cannot_play_with_the_terminal(text: str, safe: str) -> None:
    assert output.safe(text) == safe


def test_a_table_on_a_terminal_takes_no_markup_from_mail(tmp_path: Path) -> None:
    program = "from repondeur.cli.output import write_table; write_table(['subject'], [['[red]sale[/red] [0m']])"
    assert "[red]sale[/red] [0m" in on_terminal((sys.executable, "-c", program), tmp_path, 80)


def test_a_table_that_a_terminal_has_no_room_for_is_written_row_by_row(tmp_path: Path) -> None:
    program = (
        "from repondeur.cli.output import write_table\n"
        "row = ['kb:opening-hours', 'Hours', '/srv/knowledge/hours.md', 'a b']\n"
        "write_table(['id', 'subject', 'source', 'why'], [row])"
    )
    command = (sys.executable, "-c", program)
    assert on_terminal(command, tmp_path, 40, LANG="fr_FR.UTF-8") == (
        "  id :       kb:opening-hours\n  subject :  Hours\n  source :   /srv/knowledge/hours.md\n  why :      a b\n\n"
    )
    assert on_terminal(command, tmp_path, 120).splitlines()[1].split() == ["id", "subject", "source", "why"]


def test_a_terminal_gets_lines_cut_between_words_and_never_in_a_command(tmp_path: Path) -> None:
    program = (
        "from repondeur.cli.output import write_wrapped\n"
        "text = 'Pour cela\\u00a0: «\\u202frepondeur retry 15\\u202f», ou `make test`.\\x1b[2J'\n"
        "write_wrapped('  → ', text, under='    ')"
    )
    assert on_terminal((sys.executable, "-c", program), tmp_path, 30) == (
        "  → Pour cela :\n    « repondeur retry 15 », ou\n    `make test`.�[2J\n"
    )


def test_json_is_one_line_whatever_is_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    output.write_json({"subject": "a\nb\u2028c", "path": Path("x.eml")})
    line = capsys.readouterr().out
    assert json.loads(line) == {"subject": "a\nb\u2028c", "path": "x.eml"}
    assert len(line.splitlines()) == 1
