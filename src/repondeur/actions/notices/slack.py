"""Slack, by an incoming webhook. Its URL is all that is needed to write into the channel.

Untrusted text stands in plain_text, of which Slack makes no link and no mention. Source: "Sending messages using
incoming webhooks", "Formatting text for app surfaces", Block Kit "Section block" (3,000 characters).
"""

import json

from repondeur.actions.notices.notice import Notice
from repondeur.actions.outgoing import Answer, Request
from repondeur.policy.escaping import for_slack
from repondeur.texts import say


def request(notice: Notice, url: str, secret: str) -> Request:
    text = "\n".join([notice.title, *notice.lines(for_slack)])
    blocks = [{"type": "section", "text": {"type": "plain_text", "text": text, "emoji": False}}]
    if notice.link:
        words = f"<{notice.link}|{say('notice.open', notice.language)}>"
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": words}})
    body = {"text": notice.title, "blocks": blocks, "unfurl_links": False, "unfurl_media": False}
    return Request("POST", url, {"Content-Type": "application/json"}, json.dumps(body).encode())


def accepted(answer: Answer) -> bool:
    return answer.status == 200 and answer.body.strip() == b"ok"
