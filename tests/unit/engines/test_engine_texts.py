"""Every code that engines and knowledge raise has its sentences in both languages."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

from repondeur.texts import catalogue

PACKAGE = Path(str(files("repondeur")))
SOURCES = [*PACKAGE.glob("engines/**/*.py"), *PACKAGE.glob("knowledge/*.py")]
# Names of events in the log look like codes, and are told to nobody else.
EVENT = re.compile(r'\b_?log\.\w+\(\s*"[\w.]+"')
CODE = re.compile(r'"((?:engine|knowledge)\.[a-z_]+)"')
USED = {code for file in SOURCES for code in CODE.findall(EVENT.sub("", file.read_text("utf-8")))}


@pytest.mark.parametrize("code", sorted(USED))
def test_a_code_has_its_sentences_and_what_to_do_next(code):
    area, _, name = code.partition(".")
    entry = catalogue(area)[name]
    assert set(entry) == {"en", "fr", "hint_en", "hint_fr"}
    assert set(re.findall(r"\{\w+\}", entry["en"])) == set(re.findall(r"\{\w+\}", entry["fr"]))


def test_no_sentence_is_left_over():
    assert {f"engine.{name}" for name in catalogue("engine")} <= USED
