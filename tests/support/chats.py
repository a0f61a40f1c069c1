"""Strict stand-ins for what notices are sent to: each refuses what the real one refuses, in the same words.

Sources: Slack, "Sending messages using incoming webhooks" and the errors listed there; Microsoft, "Post a workflow when
a webhook request is received"; Mattermost, "Incoming webhooks"; ntfy, "Publish as JSON"; Standard Webhooks 1.0.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable
from typing import Any

from tests.support.sink import Asked, Sink, reply

SIGNING = "whsec_" + base64.b64encode(b"a key of the test's own, 32 long").decode()


def _json(asked: Asked) -> Any:
    if asked.method != "POST" or not asked.headers.get("content-type", "").startswith("application/json"):
        return None
    try:
        return json.loads(asked.body)
    except ValueError:
        return None


def slack(asked: Asked) -> bytes:
    body = _json(asked)
    if not re.fullmatch(r"/services/T\w+/B\w+/\w+", asked.target):
        return reply(404, b"no_service")
    if not isinstance(body, dict) or not set(body) <= {"text", "blocks", "unfurl_links", "unfurl_media", "mrkdwn"}:
        return reply(400, b"invalid_payload")
    if not body.get("text"):
        return reply(400, b"no_text")
    for block in body.get("blocks", []):
        text = block.get("text", {})
        if block.get("type") != "section" or text.get("type") not in {"plain_text", "mrkdwn"}:
            return reply(400, b"invalid_blocks")
        if not 1 <= len(text.get("text", "")) <= 3000 or ("emoji" in text and text["type"] != "plain_text"):
            return reply(400, b"invalid_blocks")
    return reply(200, b"ok") if len(body.get("blocks", [])) <= 50 else reply(400, b"invalid_blocks")


def teams(asked: Asked) -> bytes:
    body = _json(asked)
    if "sig=" not in asked.target:
        return reply(401, b'{"error":{"code":"DirectApiAuthorizationRequired"}}')
    if len(asked.body) > 28 * 1024:
        return reply(413)
    try:
        assert body["type"] == "message"
        (attachment,) = body["attachments"]
        assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
        card = attachment["content"]
        assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
        for element in card["body"]:
            assert element["type"] == "RichTextBlock"
            assert all(run["type"] == "TextRun" and run["text"] for run in element["inlines"])
        for action in card.get("actions", []):
            assert action["type"] == "Action.OpenUrl"
            assert action["url"].startswith("https://")
    except (AssertionError, KeyError, TypeError, ValueError):
        return reply(400, b'{"error":{"code":"TriggerInputSchemaMismatch"}}')
    return reply(202)


def mattermost(asked: Asked) -> bytes:
    body = _json(asked)
    if not re.fullmatch(r"/hooks/[a-z0-9]{26}", asked.target):
        return reply(404, b'{"id":"web.incoming_webhook.invalid.app_error"}')
    if not isinstance(body, dict) or not body.get("text"):
        return reply(400, b'{"id":"web.incoming_webhook.text.app_error"}')
    return reply(200, b"ok") if len(body["text"]) <= 16383 else reply(400)


def ntfy(asked: Asked) -> bytes:
    body = _json(asked)
    if asked.target != "/" or not isinstance(body, dict):
        return reply(400, b'{"code":40024}')
    if asked.headers.get("authorization") != "Bearer tk_test":
        return reply(403, b'{"code":40301}')
    if not re.fullmatch(r"[-_A-Za-z0-9]{1,64}", body.get("topic", "")) or body.get("priority", 3) not in range(1, 6):
        return reply(400, b'{"code":40009}')
    if len(body.get("message", "").encode()) > 4096:
        return reply(400, b'{"code":40007}')
    return reply(200, b'{"event":"message"}')


def webhook(asked: Asked) -> bytes:
    """Verifies as the libraries of the standard do."""
    number, stamp = asked.headers.get("webhook-id", ""), asked.headers.get("webhook-timestamp", "")
    key = base64.b64decode(SIGNING.removeprefix("whsec_"))
    mac = hmac.new(key, f"{number}.{stamp}.".encode() + asked.body, hashlib.sha256).digest()
    wanted = "v1," + base64.b64encode(mac).decode()
    if not number or not stamp.isdigit() or asked.headers.get("webhook-signature") != wanted:
        return reply(401)
    return reply(204) if _json(asked) else reply(400)


STAND_INS: dict[str, Callable[[Asked], bytes]] = {
    "slack": slack,
    "teams": teams,
    "mattermost": mattermost,
    "ntfy": ntfy,
    "webhook": webhook,
}
PATHS = {
    "slack": "/services/T1/B1/canary",
    "teams": "/workflows/1/triggers/manual/paths/invoke?api-version=2016-06-01&sig=canary",
    "mattermost": "/hooks/abcdefghijklmnopqrstuvwxyz",
    "ntfy": "/repondeur-canary",
    "webhook": "/in",
}
SECRETS = {"ntfy": "tk_test", "webhook": SIGNING}


def table(kind: str, sink: Sink, **more: object) -> dict[str, object]:
    """A [[notify]] table for the stand-in behind this sink."""
    given: dict[str, object] = {"id": kind, "kind": kind, "url": sink.url + PATHS[kind]}
    return given | ({"secret": SECRETS[kind]} if kind in SECRETS else {}) | more


def said(kind: str, asked: Asked) -> str:
    """All text of a notice, as people see it."""
    body = asked.json
    if kind == "slack":
        return "\n".join(block["text"]["text"] for block in body["blocks"])
    if kind == "teams":
        card = body["attachments"][0]["content"]
        return "\n".join(run["text"] for element in card["body"] for run in element["inlines"])
    if kind == "mattermost":
        return str(body["text"])
    return f"{body['title']}\n{body['message']}" if kind == "ntfy" else json.dumps(body, ensure_ascii=False)
