"""The reference pages are true, because they are made from the code; and they are the ones in the repository."""

from pathlib import Path

import pytest

from repondeur.settings.names import VARIABLES
from repondeur.settings.reference import FILES, page
from repondeur.texts import LANGUAGES, Language

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_in_the_repository_is_the_one_the_code_makes(language: Language) -> None:
    assert (DOCS / FILES[language]).read_text("utf-8") == page(language), "run `make docs`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_setting_has_its_line(language: Language) -> None:
    told = page(language)
    assert [name for name in VARIABLES if f"| `{name}`" not in told] == []
