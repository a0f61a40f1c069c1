"""What an engine is told beside a mail."""

from datetime import UTC, datetime

from repondeur.pipeline.context import context_for, intents
from repondeur.policy.intents import DEFAULT_INTENTS, INTENTS
from repondeur.settings.schema import MailboxSettings, Settings
from repondeur.settings.tables import IntentSettings

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
ORDER = next(intent for intent in DEFAULT_INTENTS if intent.id == "order")


def program(*tables: IntentSettings, **more: object) -> Settings:
    return Settings.model_validate(more).model_copy(update={"intent": tables})


def test_the_mailbox_says_who_we_are_and_when() -> None:
    mailbox = MailboxSettings(
        name="support",
        from_email="help@shop.example",
        hours="9 to 5",
        timezone="Europe/Paris",
        signature="The shop",
        languages=("fr",),
    )
    found = context_for(Settings(), mailbox, now=NOW)
    assert (found.account, found.mailbox.address) == ("support", "help@shop.example")
    assert (found.hours, found.zone, found.signature, found.languages) == (
        "9 to 5",
        "Europe/Paris",
        "The shop",
        ("fr",),
    )
    assert (found.now, found.intents) == (NOW, DEFAULT_INTENTS)


def test_a_table_adds_an_intent() -> None:
    warranty = IntentSettings(id="warranty", description="Asks for a repair.", examples=("It broke.",))
    *_, added, other = intents(program(warranty))
    assert (added.id, added.description, added.examples) == ("warranty", "Asks for a repair.", ("It broke.",))
    assert other.id == "other"


def test_a_table_changes_of_a_default_what_it_gives() -> None:
    found = {intent.id: intent for intent in intents(program(IntentSettings(id="order", description="Buys lamps.")))}
    assert (found["order"].description, found["order"].examples) == ("Buys lamps.", ORDER.examples)
    assert tuple(found) == INTENTS


def test_fewer_intents_may_be_in_use() -> None:
    assert [intent.id for intent in intents(program(intents="order, question"))] == ["order", "question", "other"]
