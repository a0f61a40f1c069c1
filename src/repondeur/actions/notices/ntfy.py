"""ntfy: the topic is the last part of the URL, the notice goes to the server above it as JSON. Source: ntfy, "Publish
as JSON", "Limitations" (4,096 octets)."""

import json
from typing import Any

from repondeur.actions.notices.notice import Notice
from repondeur.actions.outgoing import Answer, Request
from repondeur.policy.escaping import harmless

_HIGH = 4


def request(notice: Notice, url: str, secret: str) -> Request:
    server, _, topic = url.rstrip("/").rpartition("/")
    body: dict[str, Any] = {"topic": topic, "title": notice.title, "message": "\n".join(notice.lines(harmless))}
    if notice.event in {"alarm", "urgent"}:
        body["priority"] = _HIGH
    if notice.link:
        body["click"] = notice.link
    token = {"Authorization": f"Bearer {secret}"} if secret else {}
    return Request("POST", f"{server}/", {"Content-Type": "application/json", **token}, json.dumps(body).encode())


def accepted(answer: Answer) -> bool:
    return answer.status == 200
