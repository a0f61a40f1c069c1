"""What people are told is there, in both languages, and says the same."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import repondeur
from repondeur.settings.schema import MailboxSettings, Settings
from repondeur.texts import LANGUAGES, catalogue

SOURCE = Path(repondeur.__file__).parent
AREAS = sorted(path.stem for path in (SOURCE / "texts" / "catalogue").glob("*.toml"))
ENTRIES = [(area, name) for area in AREAS for name in catalogue(area)]
CODE = re.compile(rf"({'|'.join(AREAS)})\.([a-z][a-z0-9_]*)")
LOGGERS = {"log", "logger"}


def literals(tree: ast.AST) -> Iterator[str]:
    """String constants of a module, without names of log events and without file names."""
    events = {
        id(call.args[0])
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and call.args
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id in LOGGERS
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in events:
            yield node.value


def built(tree: ast.AST) -> Iterator[str]:
    """Areas of codes that are put together: f"check.{what}"."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and len(node.values) > 1 and isinstance(node.values[0], ast.Constant):
            area, dot, rest = str(node.values[0].value).partition(".")
            if dot and not rest and area in AREAS:
                yield area


MODULES = {path: ast.parse(path.read_text("utf-8")) for path in sorted(SOURCE.rglob("*.py"))}
TEMPLATES = [path.read_text("utf-8") for path in sorted(SOURCE.rglob("*.html"))]
WORDS = {literal for tree in MODULES.values() for literal in literals(tree)} | {
    word for text in TEMPLATES for word in re.findall(r"['\"]([a-z][\w.]*)['\"]", text)
}
BUILT = {area for tree in MODULES.values() for area in built(tree)}
FILE_NAMES = re.compile(r".*\.(toml|json|html|css|js|py|db|md|txt|eml|local|example|org|com|lock|invalid)")


def test_every_code_in_the_source_has_its_sentences() -> None:
    codes = {word for word in WORDS if CODE.fullmatch(word) and not FILE_NAMES.fullmatch(word)}
    assert sorted(code for code in codes if tuple(code.split(".")) not in set(ENTRIES)) == []


def is_said(area: str, name: str) -> bool:
    """As a whole code; where the area's codes are put together, as the part that is put in."""
    return f"{area}.{name}" in WORDS or (area in BUILT and name in WORDS) or area == "setting"


def test_every_sentence_is_said_somewhere() -> None:
    assert sorted(f"{area}.{name}" for area, name in ENTRIES if not is_said(area, name)) == []


def test_every_setting_is_explained() -> None:
    fields = {*MailboxSettings.model_fields, *Settings.model_fields} - {"mailboxes"}
    assert set(catalogue("setting")) == fields


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize(("area", "name"), ENTRIES)
def test_both_languages_say_the_same(area: str, name: str) -> None:
    entry = catalogue(area)[name]
    assert set(entry) in ({"en", "fr"}, {"en", "fr", "hint_en", "hint_fr"})
    assert all(text.strip() == text != "" for text in entry.values())
    assert placeholders(entry["en"]) == placeholders(entry["fr"])
    assert placeholders(entry.get("hint_en", "")) == placeholders(entry.get("hint_fr", ""))


@pytest.mark.parametrize(("area", "name"), ENTRIES)
def test_french_typography(area: str, name: str) -> None:
    """A space before : ; ? ! and inside « », where they are punctuation and not part of a name or a time."""
    entry = catalogue(area)[name]
    for text in (entry["fr"], entry.get("hint_fr", "")):
        assert re.findall(r"[^\s\u00a0\u202f«(]+[:;?!]+(?=[\s)]|$)", text) == []
        assert re.findall(r"«[^\s\u00a0\u202f]|[^\s\u00a0\u202f]»", text) == []


def test_there_are_two_languages() -> None:
    assert LANGUAGES == ("en", "fr")
