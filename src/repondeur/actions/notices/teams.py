"""Microsoft Teams, by a workflow ("When a Teams webhook request is received"): one Adaptive Card.

Untrusted text stands in a TextRun, which knows no Markdown; a mention would need an entry in `msteams.entities`, of
which there is none. Source: Adaptive Cards 1.4, "RichTextBlock"; "Post a workflow when a webhook request is received".
"""

import json
from typing import Any

from repondeur.actions.notices.notice import Notice
from repondeur.actions.outgoing import Answer, Request
from repondeur.policy.escaping import for_teams
from repondeur.texts import say


def request(notice: Notice, url: str, secret: str) -> Request:
    card: dict[str, Any] = {"type": "AdaptiveCard", "version": "1.4", "body": [_line(notice.title, weight="Bolder")]}
    card["body"] += [_line(text) for text in notice.lines(for_teams)]
    if notice.link:
        title = say("notice.open", notice.language)
        card["actions"] = [{"type": "Action.OpenUrl", "title": title, "url": notice.link}]
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    body = {"type": "message", "attachments": [attachment]}
    return Request("POST", url, {"Content-Type": "application/json"}, json.dumps(body).encode())


def accepted(answer: Answer) -> bool:
    """A workflow takes it with 202; a connector of old says 200 and "1", and with other words that it failed."""
    return answer.status == 202 or (answer.status == 200 and answer.body.strip() in {b"", b"1"})


def _line(text: str, **style: str) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **style}]}
