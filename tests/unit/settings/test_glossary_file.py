"""A user's own glossary: what it may say, and what is said of one that cannot be read."""

import pytest

from repondeur.errors import SettingsError
from repondeur.settings.glossary_file import MAX_FILE, read_file
from repondeur.words.glossary import Concept

GOOD = """
# of our trade
[bow-hair]
fr = "crin, mèche d'archet"
en = "bow hair"
weak = true

[rosin]
fr = "colophane"
"""


def test_a_file_in_the_right_form(tmp_path):
    (tmp_path / "own.toml").write_text(f"\ufeff{GOOD}", "utf-8")
    assert read_file(tmp_path / "own.toml") == (
        Concept("bow-hair", {"en": ("bow hair",), "fr": ("crin", "mèche d'archet")}, weak=True),
        Concept("rosin", {"en": (), "fr": ("colophane",)}),
    )


@pytest.mark.parametrize(
    ("text", "code", "named"),
    [
        ("[rosin\nfr = 1", "not_toml", "line 1"),
        ("[\"Rosin !\"]\nfr = 'a'", "wrong_name", "Rosin !"),
        ("[rosin]\nde = 'Harz'", "wrong_keys", "rosin"),
        ("[rosin]\nfr = ['colophane']", "wrong_keys", "rosin"),
        ("[rosin]\nweak = true", "wrong_keys", "rosin"),
        ("[rosin]\nfr = 'a'\nweak = 'yes'", "wrong_keys", "rosin"),
        ("rosin = 'colophane'", "wrong_keys", "rosin"),
        ("[rosin]\nfr = 'what one puts on a bow'", "long_phrase", "rosin"),
        ("[rosin]\nfr = 'colophane, ?!'", "long_phrase", "rosin"),
        ("#" * (MAX_FILE + 1), "too_large", "own.toml"),
    ],
)
def test_a_file_that_is_not_says_where(tmp_path, text, code, named):
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        read_file(tmp_path / "own.toml")
    assert caught.value.reason.code == f"glossary.{code}"
    assert named in str(caught.value)
    assert caught.value.hint("fr")


def test_a_file_that_is_not_there_or_no_text(tmp_path):
    with pytest.raises(SettingsError, match=r"missing\.toml"):
        read_file(tmp_path / "missing.toml")
    (tmp_path / "own.toml").write_bytes(b"[a]\nfr = '\xe9'")
    with pytest.raises(SettingsError, match="UTF-8"):
        read_file(tmp_path / "own.toml")
