"""What Outlook shows of how a mail ended."""

from typing import Any

import pytest

from repondeur.mailboxes.graph.marks import OUTCOMES, category, marked
from repondeur.settings.schema import GraphSettings

FLAGGED, COMPLETE = {"flag": {"flagStatus": "flagged"}}, {"flag": {"flagStatus": "complete"}}
READ = {"isRead": True}


def settings(**changes: Any) -> GraphSettings:
    given = {
        "mailbox_user_id": "shop@shop.example",
        "azure_client_id": "c0ffee00-aaaa-4bbb-8ccc-123456789abc",
        "azure_tenant_id": "7d3f5c0e-1b2a-4f4e-9a8b-0c1d2e3f4a5b",
        "azure_client_secret": "x",
    }
    return GraphSettings.model_validate(given | changes)


@pytest.mark.parametrize(
    ("languages", "word"),
    [
        (("en", "fr"), "held: to review"),
        (("fr",), "held: à voir"),
        (("de", "fr"), "held: à voir"),
        (("fr-CA", "en"), "held: à voir"),
        (("de",), "held: to review"),
    ],
)
def test_the_category_is_in_the_first_language_that_we_speak(languages: tuple[str, ...], word: str) -> None:
    assert category("held", settings(languages=languages, graph_category="held")) == word


def test_every_end_has_a_category_of_its_own_in_every_language() -> None:
    names = {category(end, settings(languages=(language,))) for end in OUTCOMES for language in ("en", "fr")}
    assert len(names) == 2 * len(OUTCOMES)


@pytest.mark.parametrize(
    ("outcome", "changes", "has", "flag", "patch"),
    [
        pytest.param(
            "answered", {}, [], None, READ | {"categories": ["Répondeur: answered"]}, id="done: read, with a category"
        ),
        pytest.param(
            "held", {}, [], None, {"categories": ["Répondeur: to review"]} | FLAGGED, id="for people: flagged"
        ),
        pytest.param("failed", {}, [], "notFlagged", {"categories": ["Répondeur: failed"]} | FLAGGED, id="failed too"),
        pytest.param("held", {"graph_flag": False}, [], None, {"categories": ["Répondeur: to review"]}, id="no flags"),
        pytest.param("held", {"graph_category": ""}, ["A"], None, FLAGGED, id="no categories"),
        pytest.param("held", {"graph_category": "", "graph_flag": False}, [], None, {}, id="neither"),
        pytest.param("ignored", {"graph_category": ""}, ["A"], None, READ, id="no categories: theirs are not touched"),
        pytest.param(
            "filed",
            {},
            ["Clients", "Répondeur: urgent"],
            None,
            READ | {"categories": ["Clients", "Répondeur: urgent", "Répondeur: filed"]},
            id="what people gave it stays",
        ),
        pytest.param(
            "answered",
            {"languages": ("fr",)},
            ["Répondeur: to review", "Clients"],
            None,
            READ | {"categories": ["Clients", "Répondeur: répondu"]} | COMPLETE,
            id="an earlier end is replaced, in whatever language, and our flag completed",
        ),
        pytest.param(
            "answered",
            {},
            ["Répondeur: failed"],
            "complete",
            READ | {"categories": ["Répondeur: answered"]},
            id="a flag that a person has completed",
        ),
        pytest.param(
            "answered", {}, [], "flagged", READ | {"categories": ["Répondeur: answered"]}, id="a flag of a person stays"
        ),
        pytest.param("held", {}, ["Répondeur: to review", "A"], "flagged", {}, id="shown before: nothing to do"),
        pytest.param("drafted", {}, ["A", "Répondeur: draft"], None, READ, id="the category is there"),
    ],
)
def test_what_is_changed(
    outcome: Any, changes: dict[str, Any], has: list[str], flag: str | None, patch: dict[str, Any]
) -> None:
    assert marked(outcome, settings(**changes), has, flag) == patch
