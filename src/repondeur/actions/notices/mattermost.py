"""Mattermost, and what understands the same: an incoming webhook that takes Markdown. Source: "Incoming webhooks"."""

import json

from repondeur.actions.notices.notice import Notice
from repondeur.actions.outgoing import Answer, Request
from repondeur.policy.escaping import for_markdown
from repondeur.texts import say


def request(notice: Notice, url: str, secret: str) -> Request:
    lines = [f"**{notice.title}**", *notice.lines(for_markdown)]
    if notice.link:
        lines.append(f"[{say('notice.open', notice.language)}]({notice.link})")
    body = {"text": "\n\n".join(lines)}
    return Request("POST", url, {"Content-Type": "application/json"}, json.dumps(body).encode())


def accepted(answer: Answer) -> bool:
    return answer.status == 200 and answer.body.strip() == b"ok"
