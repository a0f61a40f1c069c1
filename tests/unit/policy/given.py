"""A plain question with a perfect analysis, from which each test departs."""

from dataclasses import replace

from repondeur.mail.message import Address, Message
from repondeur.policy.analysis import Analysis
from repondeur.policy.facts import Facts
from repondeur.policy.passage import Passage
from repondeur.policy.screen import ScreenFacts, screen

OWN = frozenset({"sav@shop.example", "contact@shop.example"})
AUTHOR = Address("Zoé Martin", "zoe@client.example")

RETURNS = Passage(
    "kb:returns", "Returns", "You can return a lamp within 30 days. We pay the parcel.", "en", visibility="public"
)
OPENING = Passage(
    "kb:opening", "Opening hours", "We are open from 9 to 18, Monday to Friday.", "en", visibility="public"
)
MARGINS = Passage("kb:margins", "Margins", "The lowest price for a lamp is 12 EUR.", "en", visibility="internal")
RETOURS = Passage("kb:retours", "Retours", "Vous pouvez retourner une lampe sous 30 jours.", "fr", visibility="public")

QUESTION = Message(
    message_id="lamp-1@client.example",
    authors=(AUTHOR,),
    subject="My lamp",
    text="Hello,\ncan I return my lamp?\nZoé",
    content_hash="0",
    size=800,
    return_path="zoe@client.example",
    to=(Address("", "sav@shop.example"),),
    language="en",
)

SURE = Analysis(
    intent="question",
    summary="Wants to return a lamp.",
    entities=(),
    priority="normal",
    sentiment="neutral",
    language="en",
    needs_reply=True,
    needs_human=False,
    confidence=0.97,
    reply="Hello,\n\nyou can return the lamp within 30 days.\n\nKind regards",
    passages=("kb:returns",),
    engine="test",
)


def given(
    message: dict[str, object] | None = None, analysis: dict[str, object] | None = None, **changes: object
) -> Facts:
    """Facts of QUESTION and SURE in free mode, with fields changed; screened anew, as it happens on the way."""
    mail = replace(QUESTION, **(message or {}))  # type: ignore[arg-type]  # the tables below name fields
    facts = Facts(
        message=mail,
        screening=screen(mail, ScreenFacts(OWN)),
        own_addresses=OWN,
        reply_mode="free",
        analysis=replace(SURE, **(analysis or {})),  # type: ignore[arg-type]  # as above
        passages=(RETURNS, OPENING),
    )
    return replace(facts, **changes)  # type: ignore[arg-type]  # as above
