"""What people are told is there, in both languages, and says the same."""

import ast
import errno
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

import pytest

import repondeur
from repondeur.settings.describe import PREFIX
from repondeur.settings.schema import GraphSettings, ImapSettings, Settings
from repondeur.settings.tables import TABLE_MODELS
from repondeur.texts import LANGUAGES, catalogue, say

SOURCE = Path(repondeur.__file__).parent
ROOT = SOURCE.parent.parent
FRENCH_PAGES = sorted([*(ROOT / "docs" / "fr").rglob("*.md"), ROOT / "README.fr.md"])
AREAS = sorted(path.stem for path in (SOURCE / "texts" / "catalogue").glob("*.toml"))
ENTRIES = [(area, name) for area in AREAS for name in catalogue(area)]
CODE = re.compile(rf"({'|'.join(AREAS)})\.([a-z][a-z0-9_]*)")
LOG_METHODS = {"debug", "info", "warning", "error", "exception"}
ANY = "[a-z0-9_]+"
OTHER_CALLS = {"ForeignKey"}


def is_no_text(call: ast.Call) -> bool:
    """Calls whose first argument looks like a code and is none: names of log events, of columns."""
    called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    owner = getattr(getattr(call.func, "value", None), "id", "")
    return called in OTHER_CALLS or (called in LOG_METHODS and owner.endswith("log"))


def literals(tree: ast.AST) -> Iterator[str]:
    """String constants of a module that may be codes."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    others = {id(call.args[0]) for call in calls if call.args and is_no_text(call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in others:
            yield node.value


def patterns(tree: ast.AST) -> Iterator[str]:
    """Codes that are put together, as regular expressions: f"check.{what}", f"{protocol}.tls_failed"."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.JoinedStr):
            continue
        parts = [str(part.value) if isinstance(part, ast.Constant) else None for part in node.values]
        whole = "".join(ANY if part is None else re.escape(part) for part in parts)
        if re.fullmatch(r"(?:[a-z0-9_]|\\\.|\[a-z0-9_\]\+)+", whole) and set("._") & set("".join(filter(None, parts))):
            yield whole


@dataclass(frozen=True)
class Source:
    """What stands in the source. words: that may be codes. exact: codes that are put together from more than an area
    and a word. built: areas whose codes are put together from just these: f"check.{what}", f"{protocol}.{cause}"."""

    words: frozenset[str]
    exact: re.Pattern[str]
    built: frozenset[str]


@pytest.fixture(scope="module")
def source() -> Source:
    modules = [ast.parse(path.read_text("utf-8")) for path in sorted(SOURCE.rglob("*.py"))]
    templates = [path.read_text("utf-8") for path in sorted(SOURCE.rglob("*.html"))]
    words = {literal for tree in modules for literal in literals(tree)} | {
        word for text in templates for word in re.findall(r"['\"]([a-z][\w.]*)['\"]", text)
    }
    # A word that ends in "_" is the beginning of one that is put together: "no_reply_needed_" + intent.
    together = {pattern for tree in modules for pattern in patterns(tree)} | {
        rf"{re.escape(word)}{ANY}" for word in words if re.fullmatch(r"[a-z][a-z0-9_.]*_", word)
    }
    of_any = rf"{ANY}\.{ANY}" in together
    built = {area for area in AREAS if rf"{area}\.{ANY}" in together or (of_any and area in words)}
    exact = {pattern for pattern in together if pattern.replace(ANY, "").strip("._\\") not in {"", *AREAS}}
    return Source(frozenset(words), re.compile("|".join(sorted(exact))), frozenset(built))


FILE_NAMES = re.compile(
    r".*\.(toml|json|safetensors|html|css|js|py|db|md|txt|eml|log|local|example|org|com|lock|invalid)"
)


def test_every_code_in_the_source_has_its_sentences(source: Source) -> None:
    codes = {word for word in source.words if CODE.fullmatch(word) and not word.endswith("_")}
    missing = {code for code in codes if tuple(code.split(".")) not in set(ENTRIES)}
    assert sorted(code for code in missing if not FILE_NAMES.fullmatch(code)) == []


def is_said(source: Source, area: str, name: str) -> bool:
    """As a whole code; where the codes of the area are put together, as the part that is put in."""
    if f"{area}.{name}" in source.words or source.exact.fullmatch(f"{area}.{name}"):
        return True
    return area in source.built and (is_put_in(source, name) or source.exact.fullmatch(name) is not None)


def is_put_in(source: Source, name: str) -> bool:
    """A word of the source, or two of them joined: f"{kind}_{value}"."""
    cuts = (index for index, character in enumerate(name) if character == "_")
    words = source.words
    return name in words or any(name[:cut] in words and name[cut + 1 :] in words for cut in cuts)


def test_every_sentence_is_said_somewhere(source: Source) -> None:
    """Those of settings and of commands, which have tests of their own, are found by the names of these."""
    others = ((area, name) for area, name in ENTRIES if area not in {"setting", "help"})
    unsaid = (f"{area}.{name}" for area, name in others if not is_said(source, area, name))
    assert sorted(unsaid) == []


def test_every_setting_is_explained() -> None:
    fields = {*ImapSettings.model_fields, *GraphSettings.model_fields, *Settings.model_fields}
    keys = {f"{PREFIX[kind]}{name}" for kind, model in TABLE_MODELS.items() for name in model.model_fields}
    assert set(catalogue("setting")) == (fields - {"mailboxes", *TABLE_MODELS}) | keys


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


CODE_OF_PAGES = re.compile(r"^ *```[^`]*^ *```|`[^`]*`|^ {4}.*$", re.MULTILINE)
CODE_OF_TEXTS = re.compile(r"`[^`]*`|^ .*$", re.MULTILINE)


def french(area: str) -> Iterator[tuple[str, str]]:
    """Names and texts; what stands in backticks and what a machine reads is not for people."""
    for name, entry in catalogue(area).items():
        for text in (entry["fr"], entry.get("hint_fr", "")):
            yield name, CODE_OF_TEXTS.sub("…", text)


@pytest.mark.parametrize("area", AREAS)
def test_both_languages_say_the_same(area: str) -> None:
    for name, entry in catalogue(area).items():
        assert set(entry) in ({"en", "fr"}, {"en", "fr", "hint_en", "hint_fr"}), name
        assert all(text.strip() == text != "" for text in entry.values()), name
        assert placeholders(entry["en"]) == placeholders(entry["fr"]), name
        assert placeholders(entry.get("hint_en", "")) == placeholders(entry.get("hint_fr", "")), name


# A narrow no-break space before ; ? ! and inside « », a no-break space before a colon; none of that in times and links.
MISPLACED = re.compile(
    r"[^\u202f;?!(«][;?!]+(?=[\s)»]|$)|[^\u00a0]:(?=[\s)»]|$)|«[^\u202f]|[^\u202f]»|[\u00a0\u202f]{2}", re.MULTILINE
)


@pytest.mark.parametrize("area", AREAS)
def test_french_typography(area: str) -> None:
    for name, text in french(area):
        assert MISPLACED.findall(text) == [], name
        assert "'" not in text, name


@pytest.mark.parametrize("page", FRENCH_PAGES, ids=lambda page: page.name)
def test_french_typography_of_the_documentation(page: Path) -> None:
    text = CODE_OF_PAGES.sub("…", page.read_text("utf-8"))
    assert [text[max(found.start() - 30, 0) : found.end()] for found in MISPLACED.finditer(text)] == []


@pytest.mark.parametrize("area", AREAS)
def test_french_calls_a_mail_a_message(area: str) -> None:
    """One word for one thing; "adresse e-mail" and host names are others."""
    for name, text in french(area):
        said = re.sub(r"\{[^}]*\}", "", text)
        assert re.findall(r"(?<![-.])\b(?:[Cc]ourriels?|[Mm]ails?)\b(?!\.)", said) == [], name


def test_what_comes_from_elsewhere_is_said_in_french_too() -> None:
    place = {"name": "repondeur.toml [[notify]] 1: url"}
    assert say("settings.missing_in_table", "fr", **place) == "repondeur.toml [[notify]] 1\u00a0: url manque."
    assert say("settings.missing_in_table", "en", **place) == "repondeur.toml [[notify]] 1: url is missing."
    missing = os.strerror(errno.ENOENT)
    assert "introuvable" in say("explain.no_file", "fr", problem=missing)
    assert missing in say("explain.no_file", "en", problem=missing)


def test_there_are_two_languages() -> None:
    assert LANGUAGES == ("en", "fr")
