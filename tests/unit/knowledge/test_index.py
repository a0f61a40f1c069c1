"""Finding what the shop may say in what people ask."""

import tomllib
from importlib.resources import as_file, files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.analysing import passage

from repondeur.knowledge.index import Index
from repondeur.knowledge.passages import read_passages

QUESTIONS = tomllib.loads((Path(__file__).parent / "shop_questions.toml").read_text("utf-8"))["question"]
ANSWERABLE = [one for one in QUESTIONS if one["answer"]]


@pytest.fixture(scope="module")
def shop():
    """The demo shop's texts: fifteen subjects in each language, two of them internal."""
    with as_file(files("repondeur.mailboxes.demo") / "knowledge") as folder:
        return Index(read_passages([folder]))


def first(index, question):
    found = index.search(question["text"], 1, question["language"])
    return found[0].passage.id if found else ""


def test_nearly_every_question_finds_its_text_first(shop):
    missed = [one["text"] for one in ANSWERABLE if first(shop, one) != one["answer"]]
    assert len(missed) <= len(ANSWERABLE) * 0.1, missed


def test_every_question_finds_its_text_among_the_first_four(shop):
    for one in ANSWERABLE:
        found = [hit.passage.id for hit in shop.search(one["text"], 4, one["language"])]
        assert one["answer"] in found, one["text"]


def test_a_whole_mail_is_searched_by_its_question(shop):
    told = "Hello,\nI bought two lamps with gift wrapping from your shop in May and paid by card. "
    found = shop.search(f"{told}How long is the guarantee?\nRegards\nAnn", 1, "en")
    assert found[0].passage.id == "kb:guarantee"


def test_a_question_in_french_finds_an_english_text_and_the_other_way_round():
    index = Index([passage("returns", "Returns", "Send it back within 30 days."), passage("bulbs", "Bulbs", "E14.")])
    assert index.search("Quel est le délai pour renvoyer un article ?", 1, "fr")[0].passage.id == "kb:returns"
    index = Index(
        [passage("retours", "Retours", "À renvoyer sous 30 jours.", "fr"), passage("a", "Ampoules", "E14.", "fr")]
    )
    assert index.search("How do I return something?", 1, "en")[0].passage.id == "kb:retours"


def test_of_two_equal_texts_the_one_in_the_askers_language_comes_first(shop):
    assert shop.search("Quelle est la garantie ?", 2, "fr")[0].passage.id == "kb:garantie"
    assert shop.search("What is the guarantee?", 2, "en")[0].passage.id == "kb:guarantee"


def test_the_language_is_guessed_when_not_given(shop):
    assert shop.search("Puis-je payer en plusieurs fois avec ma carte ?", 1)[0].passage.id == "kb:paiement"


def test_accents_case_and_endings_do_not_matter(shop):
    assert (
        shop.search("GARANTIES", 1, "fr")[0].passage.id
        == shop.search("garantie", 1, "fr")[0].passage.id
        == "kb:garantie"
    )
    assert shop.search("fidelite", 1, "fr")[0].passage.id == "kb:fidelite"


@pytest.mark.parametrize("text", ["", "?!", "the of and", "xyzzy qwfpgj", "…" * 50])
def test_what_says_nothing_finds_nothing(shop, text):
    assert shop.search(text, 5) == []


def test_an_empty_index_finds_nothing():
    assert Index([]).search("returns", 5) == []
    assert len(Index([])) == 0


@given(st.text(max_size=300), st.integers(0, 8), st.sampled_from([None, "en", "fr", "de"]))
def test_scores_are_shares_in_falling_order(text, limit, language):
    index = Index([passage(str(n), f"Returns {n}", f"Send it back {text}") for n in range(6)])
    found = index.search(f"return {text}", limit, language)
    scores = [hit.score for hit in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)
    assert len(found) <= limit
    assert found == index.search(f"return {text}", limit, language)
