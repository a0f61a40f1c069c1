"""Every failure and finding of this folder has its sentences, in both languages, and says what to do."""

import re
from pathlib import Path
from typing import get_args

import pytest

import repondeur.mailboxes.imap as package
from repondeur.mailboxes.reach import Cause
from repondeur.texts import catalogue

SOURCES = "\n".join(path.read_text("utf-8") for path in Path(package.__path__[0]).glob("*.py"))
CAUSES = get_args(Cause)
RAISED = sorted(set(re.findall(r'"((?:imap|smtp)\.[a-z0-9_]+)",?', SOURCES.replace("log.", "")))
                - set(re.findall(r'log\.\w+\(\s*"([a-z0-9_.]+)"', SOURCES)))  # fmt: skip


@pytest.mark.parametrize("code", [*RAISED, *(f"{service}.{cause}" for service in ("imap", "smtp") for cause in CAUSES)])
def test_each_failure_says_what_happened_and_what_to_do(code):
    area, _, name = code.partition(".")
    entry = catalogue(area)[name]
    assert {"en", "fr", "hint_en", "hint_fr"} <= entry.keys()
    assert set(re.findall(r"{(\w+)}", entry["en"])) == set(re.findall(r"{(\w+)}", entry["fr"]))


def test_the_list_is_not_empty():
    assert len(RAISED) > 20
    assert len(CAUSES) >= 7
