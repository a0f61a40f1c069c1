"""Every code that engines and knowledge raise has its sentences in both languages."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

from repondeur.texts import catalogue

SOURCES = [file for part in ("engines", "knowledge") for file in Path(str(files("repondeur") / part)).glob("*.py")]
USED = {code for file in SOURCES for code in re.findall(r'"((?:engine|knowledge)\.[a-z_]+)"', file.read_text("utf-8"))}
EVENTS = {"engine.analysed", "engine.answer_unusable", "engine.dialect_changed"}


@pytest.mark.parametrize("code", sorted(USED - EVENTS))
def test_a_code_has_its_sentences_and_what_to_do_next(code):
    area, _, name = code.partition(".")
    entry = catalogue(area)[name]
    assert set(entry) == {"en", "fr", "hint_en", "hint_fr"}
    assert set(re.findall(r"\{\w+\}", entry["en"])) == set(re.findall(r"\{\w+\}", entry["fr"]))


def test_no_sentence_is_left_over():
    assert {f"engine.{name}" for name in catalogue("engine")} <= USED
