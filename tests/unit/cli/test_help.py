"""What `--help` says and what wrong use is answered with, in the language of whoever typed it."""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from repondeur.cli import main as frame
from repondeur.cli import output
from repondeur.cli.help import about, summary, typed
from repondeur.texts import LANGUAGES, catalogue

FRENCH = {"LANG": "fr_FR.UTF-8"}
ENGLISH = {"LANG": "en_GB.UTF-8"}
WORDS = {
    "usage", "arguments", "options", "commands", "command", "more", "default", "required", "at_least", "from_to",
    "whole_number", "number",
}  # fmt: skip


Ask = Callable[..., tuple[int, str, str]]


@pytest.fixture
def repondeur(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Ask]:
    """The program in this process, in a folder and an environment of its own: exit code, stdout, stderr."""
    before = output.language()
    monkeypatch.chdir(tmp_path)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "REPONDEUR_LANGUAGE", "REPONDEUR_CONFIG", "LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)

    def ask(*args: str, **environ: str) -> tuple[int, str, str]:
        with monkeypatch.context() as own:
            own.setattr(sys, "argv", ["repondeur", *args])
            for name, value in environ.items():
                own.setenv(name, value)
            code = frame.run()
        said = capsys.readouterr()
        return code, plain(said.out), plain(said.err)

    yield ask
    output.speak(before)


def plain(text: str) -> str:
    return re.sub("[\u202f\xa0]", " ", text)


def tree(command: Any, *path: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """A command and all under it, with what people type."""
    yield path, command
    for name, under in getattr(command, "commands", {}).items():
        yield from tree(under, *path, name)


def commands() -> list[tuple[tuple[str, ...], Any]]:
    return [one for name in frame.COMMANDS for one in tree(frame.load(name), name)]


def test_every_command_argument_and_option_is_explained_and_nothing_else() -> None:
    said = {"repondeur", "help", "version", "install_completion", "show_completion"}
    for path, command in commands():
        said.add("_".join(path))
        for param in command.params:
            said.add(about(param, path))
            if param.param_type_name == "argument" or not param.is_flag:
                said.add(f"value_{typed(param)}")
    assert set(catalogue("help")) == said | WORDS


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_explained_ends_as_a_sentence_does(language: str) -> None:
    for name, entry in catalogue("help").items():
        if not name.startswith("value_") and name not in WORDS:
            assert entry[language].endswith((".", "?")), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_and_completion_have_the_words_of_the_language(language: Any) -> None:
    before = output.language()
    output.speak(language)
    try:
        for path, command in commands():
            assert command.help == catalogue("help")["_".join(path)][language]
            assert command.get_short_help_str(500)
            for param in command.params:
                assert param.help == catalogue("help")[about(param, path)][language]
    finally:
        output.speak(before)


FRENCH_HELP = """\
Utilisation : repondeur messages list [OPTIONS]

Lister les derniers messages avec leur état et la raison ; et, le cas échéant,
les envois en pause.

Options :
  --limit N   Combien, du plus récent au plus ancien. [de 1 à 10000, par
              défaut : 50]
  --json      Afficher un objet JSON par message.
  -h, --help  Afficher cette aide et quitter.
"""
ENGLISH_HELP = """\
Usage: repondeur messages list [OPTIONS]

List the newest mails with their state and the reason; where sending is paused, that too.

Options:
  --limit N   How many, newest first. [from 1 to 10000, default: 50]
  --json      Print one JSON object a mail.
  -h, --help  Show this help and exit.
"""


@pytest.mark.parametrize(("environ", "columns", "said"), [(FRENCH, "80", FRENCH_HELP), (ENGLISH, "120", ENGLISH_HELP)])
def test_help_of_a_command(repondeur: Ask, environ: dict[str, str], columns: str, said: str) -> None:
    assert repondeur("messages", "list", "--help", COLUMNS=columns, **environ) == (0, said, "")


@pytest.mark.parametrize("columns", [60, 80, 120, 300])
def test_help_keeps_within_the_terminal(repondeur: Ask, columns: int) -> None:
    _, shown, _ = repondeur("--help", COLUMNS=str(columns), **FRENCH)
    assert max(len(line) for line in shown.splitlines()) <= min(columns, 100)


@pytest.mark.parametrize("args", [(), ("--",), ("messages",)])
def test_without_a_command_it_says_which_there_are(repondeur: Ask, args: tuple[str, ...]) -> None:
    code, shown, told = repondeur(*args, **FRENCH)
    assert (code, shown) == (2, "")
    assert "Commandes :\n" in told
    assert summary(plain(catalogue("help")["messages_show" if args == ("messages",) else "demo"]["fr"])) in re.sub(
        r"\s+", " ", told
    )


@pytest.mark.parametrize(
    ("typed", "english", "french"),
    [
        ("setings", "Did you mean repondeur settings?", "Vouliez-vous dire repondeur settings ?"),
        ("know", "Did you mean repondeur knowledge?", "Vouliez-vous dire repondeur knowledge ?"),
        ("zzz", "there are: demo, once,", "il y a : demo, once,"),
        ("messages lst", "Did you mean repondeur messages list?", "Vouliez-vous dire repondeur messages list ?"),
        ("once --lmit=3", "no option --lmit. Did you mean --limit?", "d’option --lmit. Vouliez-vous dire --limit ?"),
        ("once --limit", "--limit needs a value: --limit N", "--limit demande une valeur : --limit N"),
        ("once --limit abc", "takes a whole number, at least 1.", "demande un nombre entier, au moins 1."),
        ("serve --port 99999", "from 0 to 65535.", "de 0 à 65535."),
        (
            "database purge --days x",
            "takes a whole number, from 0 to 36500.",
            "demande un nombre entier, de 0 à 36500.",
        ),
        ("database purge --days 36500000", "from 0 to 36500.", "de 0 à 36500."),
        ("model bench --seconds x", "takes a number, from 0 to 3600.", "demande un nombre, de 0 à 3600."),
        ("check --json=3", "--json takes no value.", "--json ne prend pas de valeur."),
        ("check --nothing-like-it", "no option --nothing-like-it.", "Il n’y a pas d’option --nothing-like-it."),
        ("messages show", "ID is missing: repondeur messages show [OPTIONS] ID", "Il manque ID : repondeur"),
        ("messages show é", "é is no number of a mail.", "é n’est pas un numéro de message."),
        ("messages show 1 2 3", "2 3 is too much here:", "2 3 est de trop ici :"),
        ("database export x", "--author is missing: repondeur database", "Il manque --author : repondeur database"),
    ],
)
def test_wrong_use_is_answered_in_one_sentence_that_says_what_to_do(
    repondeur: Ask, typed: str, english: str, french: str
) -> None:
    for environ, said in ((ENGLISH, english), (FRENCH, french)):
        code, shown, told = repondeur(*typed.split(), **environ)
        assert (code, shown) == (2, "")
        assert said in told
        assert len(told.splitlines()) == 2


@pytest.mark.parametrize(
    ("file", "text"),
    [("repondeur.toml", 'language = "fr"\n'), (".env", "REPONDEUR_LANGUAGE=fr\n"), ("repondeur.toml", "language = [")],
)
def test_the_language_of_the_settings_is_spoken_before_they_are_read(repondeur: Ask, file: str, text: str) -> None:
    Path(file).write_text(text)
    spoken = "Utilisation" if "fr" in text else "Usage"
    assert repondeur("once", "-h", **ENGLISH)[1].startswith(spoken)
    assert repondeur("once", "-h", **FRENCH, REPONDEUR_LANGUAGE="en")[1].startswith("Usage")


def test_what_was_typed_cannot_play_with_the_terminal(repondeur: Ask) -> None:
    for args in (("\x1b[2J",), ("once", "--\x1b[2J"), ("once", "\x1b[2J")):
        code, _, told = repondeur(*args)
        assert code == 2
        assert "\x1b" not in told
