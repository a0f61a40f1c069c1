import pytest

from repondeur.web.language import preferred


@pytest.mark.parametrize(
    ("field", "language"),
    [
        pytest.param("", "en", id="nothing asked: the default"),
        pytest.param("fr", "fr", id="one of ours"),
        pytest.param("FR-ca", "fr", id="case and region do not matter"),
        pytest.param("en, fr", "en", id="equal weights: the first"),
        pytest.param("fr, en", "fr", id="equal weights: the first, the other way round"),
        pytest.param("en;q=0.5, fr;q=0.9", "fr", id="the higher weight"),
        pytest.param("de, es;q=0.9, fr;q=0.1", "fr", id="ours, however low"),
        pytest.param("fr;q=0, de", "en", id="weight 0 means not this one"),
        pytest.param("de, *", "en", id="a star leaves it to us"),
        pytest.param("fr;q=bad, en;q=0.1", "en", id="no number is no wish"),
        pytest.param("fr;q=nan", "en", id="nor is this"),
        pytest.param("fr;q=7", "en", id="nor one above 1"),
        pytest.param("fro, frr", "en", id="another language that begins alike"),
        pytest.param(";;,,=;q=,fr", "fr", id="rubbish around it"),
        pytest.param("x," * 100_000 + "fr", "en", id="an endless field is not read to its end"),
    ],
)
def test_which_language_a_reader_gets(field: str, language: str) -> None:
    assert preferred(field, "en") == language


def test_the_default_may_be_french() -> None:
    assert preferred("de", "fr") == "fr"
