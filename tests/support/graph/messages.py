"""The message resource: reading, changing, moving, drafting and sending (pages of resource type "message")."""

import re
from collections.abc import Callable
from typing import Any

from tests.support.graph import content, odata
from tests.support.graph.call import Call, answered
from tests.support.graph.failures import (
    GraphError,
    access_denied,
    bad_request,
    item_not_found,
    no_segment,
    not_played,
    unknown_body_property,
    wrong_method,
)
from tests.support.graph.items import Folder, Item
from tests.support.graph.wire import Response

Json = dict[str, Any]

KNOWN = {*odata.MESSAGE, *odata.ONLY_SELECTED}
STATE = {"isRead", "categories", "flag", "inferenceClassification", "importance"}
CONTENT = {"subject", "body", "from", "sender", "internetMessageId", *content.RECIPIENTS}


def shown(call: Call, item: Item, names: tuple[str, ...]) -> Json:
    """The message resource with these properties."""
    known = {**_state_of(call, item), **item.facts}
    if call.preference("outlook.body-content-type") == "text":
        known["body"] = {"contentType": "text", "content": re.sub(r"<[^>]*>", "", known["body"]["content"])}
    return {"@odata.etag": item.etag, **{name: known[name] for name in names}}


def collection(call: Call, folder: Folder | None) -> Response:
    """GET and POST of /messages, of the mailbox or a folder."""
    if call.method == "GET":
        return _list(call, folder)
    if call.method == "POST":
        item = _create(call, folder)
        return answered(201, shown(call, item, odata.MESSAGE))
    raise wrong_method(call.method)


def one(call: Call, folder: Folder | None, message_id: str, rest: list[str]) -> Response:
    """Everything below /messages/{id}."""
    item = call.item(message_id)
    if folder is not None and item.folder is not folder:
        raise item_not_found()
    if not rest:
        return _resource(call, item)
    if len(rest) > 1:
        raise no_segment(rest[1])
    if rest[0] == "$value":
        return _mime(call, item)
    action = ACTIONS.get(rest[0])
    if action is None:
        raise not_played(rest[0]) if rest[0] in PLAYED_ELSEWHERE else no_segment(rest[0])
    if call.method != "POST":
        raise wrong_method(call.method)
    return action(call, item)


def send_mail(call: Call) -> Response:
    """/sendMail with MIME, or JSON. Answers 202 without a body."""
    raw = call.mime()
    keep = True
    if raw is None:
        given = call.json()
        for name in given.keys() - {"message", "saveToSentItems"}:
            raise unknown_body_property(name, "sendMail")
        keep = given.get("saveToSentItems", True) is not False
        if not isinstance(given.get("message"), dict):
            raise bad_request("Empty Payload. JSON content expected.")
        raw = content.from_json(_content_only(given["message"]))
    item = call.box.create(raw)
    try:
        call.box.send_item(item, keep=keep)
    except GraphError:
        call.box.forget(item)
        raise
    return answered(202)


def _list(call: Call, folder: Folder | None) -> Response:
    asked = odata.options(
        call.query, {"$select", "$filter", "$orderby", "$top", "$skip", "$count", "$expand", "$search"}
    )
    for name in ("$expand", "$search"):
        if name in asked:
            raise not_played(f"{name} on messages")
    names = odata.selected(asked.get("$select"), odata.MESSAGE, odata.ONLY_SELECTED)
    filtered = odata.comparisons(asked.get("$filter"), KNOWN)
    ordered = odata.ordering(asked.get("$orderby"), KNOWN)
    odata.check_efficient(filtered, ordered)
    top = odata.number(asked.get("$top"), "$top", 10, 1000)
    skip = odata.number(asked.get("$skip"), "$skip", 0, 1_000_000)
    found = {item.id: item for item in call.box.items(folder)}
    needed = (
        "id",
        "receivedDateTime",
        *{row.name.partition("/")[0] for row in filtered},
        *(name for name, _ in ordered),
    )
    rows = [
        row for item in found.values() if odata.matches(row := {**shown(call, item, needed), "": item.id}, filtered)
    ]
    arranged = odata.arranged(rows, ordered or [("receivedDateTime", True)])
    page = arranged[skip : skip + top]
    answer: Json = {"value": [shown(call, found[row[""]], names) for row in page]}
    if asked.get("$count") == "true":
        answer = {"@odata.count": len(arranged), **answer}
    if skip + top < len(arranged):
        answer["@odata.nextLink"] = call.link(
            {**asked, "$skip": str(skip if call.house.trouble.circles else skip + top)}
        )
    return answered(200, answer)


def _resource(call: Call, item: Item) -> Response:
    if call.method == "GET":
        asked = odata.options(call.query, {"$select", "$expand"})
        if "$expand" in asked:
            raise not_played("$expand on a message")
        names = odata.selected(asked.get("$select"), odata.MESSAGE, odata.ONLY_SELECTED)
        return answered(200, shown(call, item, names))
    if call.method == "PATCH":
        _check_match(call, item)
        _change(call, item)
        return answered(200, shown(call, item, odata.MESSAGE))
    if call.method == "DELETE":
        _check_match(call, item)
        call.box.delete_item(item)
        return answered(204)
    raise wrong_method(call.method)


def _mime(call: Call, item: Item) -> Response:
    if call.method != "GET":
        raise wrong_method(call.method)
    trouble = call.house.trouble
    if item.id in trouble.without_mime:
        raise trouble.without_mime[item.id]
    size = trouble.sizes.get(item.id)
    headers = {"Content-Type": "text/plain"}
    if size is not None:
        return Response(200, trouble.padded(item.raw, size), headers)
    return Response(200, iter([item.raw]) if item.raw else b"", headers)


def _check_match(call: Call, item: Item) -> None:
    wanted = call.headers.get("if-match", "*")
    if wanted not in {"*", item.etag}:
        text = "The send or update operation could not be performed because the change key passed in the request does"
        raise GraphError(412, "ErrorIrresolvableConflict", f"{text} not match the current change key for the item.")


def _change(call: Call, item: Item) -> None:
    given = call.json()
    if not given:
        raise bad_request("Empty Payload. JSON content expected.")
    for name in given:
        if name not in KNOWN:
            raise unknown_body_property(name)
        if name not in STATE | CONTENT:
            raise bad_request(f"The property '{name}' is read-only and cannot be set.", "ErrorInvalidPropertySet")
    text = {name: value for name, value in given.items() if name in CONTENT}
    if text and not item.is_draft and "Mail-Advanced.ReadWrite" not in call.house.roles:
        raise access_denied()
    state = _state({name: value for name, value in given.items() if name in STATE})
    if text:
        item.rewrite(content.from_json(text, item.raw))
    _set(item, state)
    call.box.touched(item, set(given))


def _state(given: Json) -> Json:
    """Checked as a whole before anything is changed."""
    for name, value in given.items():
        wrong = bad_request(f"Cannot convert the value of '{name}' to the expected type.", "RequestBodyRead")
        if name == "isRead" and not isinstance(value, bool):
            raise wrong
        if name == "categories" and not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
            raise wrong
        if name == "flag" and (
            not isinstance(value, dict) or value.get("flagStatus") not in {"notFlagged", "flagged", "complete"}
        ):
            raise wrong
        if name == "flag" and (
            more := value.keys() - {"flagStatus", "startDateTime", "dueDateTime", "completedDateTime"}
        ):
            raise unknown_body_property(more.pop(), "followupFlag")
        if name == "importance" and value not in {"low", "normal", "high"}:
            raise wrong
    return given


def _set(item: Item, state: Json) -> None:
    item.is_read = state.get("isRead", item.is_read)
    item.categories = tuple(state.get("categories", item.categories))
    item.flag = state.get("flag", item.flag)


def _content_only(given: Json) -> Json:
    for name in given:
        if name not in KNOWN:
            raise unknown_body_property(name)
        if name not in CONTENT | STATE | {"internetMessageHeaders"}:
            raise bad_request(f"The property '{name}' is read-only and cannot be set.", "ErrorInvalidPropertySet")
    _state({name: value for name, value in given.items() if name in STATE})
    return {name: value for name, value in given.items() if name not in STATE or name == "importance"}


def _create(call: Call, folder: Folder | None) -> Item:
    raw = call.mime()
    target = folder.id if folder else "drafts"
    if raw is not None:
        return call.box.create(raw, folder=target)
    given = call.json()
    item = call.box.create(content.from_json(_content_only(given)), folder=target)
    _set(item, {name: value for name, value in given.items() if name in STATE})
    return item


def _move(call: Call, item: Item) -> Response:
    given = call.json()
    for name in given.keys() - {"destinationId"}:
        raise unknown_body_property(name, "move")
    if not isinstance(given.get("destinationId"), str):
        raise bad_request("The parameter 'destinationId' is missing.", "ErrorInvalidParameter")
    call.box.move_item(item, call.box.folder_by_id(given["destinationId"]))
    return answered(201, shown(call, item, odata.MESSAGE))


def _send(call: Call, item: Item) -> Response:
    call.box.send_item(item)
    return answered(202)


def _draft(call: Call, item: Item, *, everyone: bool = False, forward: bool = False) -> Response:
    """createReply, createReplyAll, createForward. In MIME the draft is what was posted, in the same conversation."""
    raw = call.mime()
    if raw is None:
        given = call.json(empty=True)
        allowed = {"comment", "message", "toRecipients"} if forward else {"comment", "message"}
        for name in given.keys() - allowed:
            raise unknown_body_property(name, "createReply")
        changes = _content_only(given.get("message") or {})
        if "comment" in given and "body" in changes:
            raise bad_request("Specify either a comment or the body of the message, not both.", "ErrorInvalidRequest")
        raw = content.from_json(_answer(call, item, given, everyone, forward) | changes)
        fields = f"In-Reply-To: {item.facts['internetMessageId']}\r\nReferences: {item.facts['internetMessageId']}\r\n"
        raw = raw if forward else fields.encode() + raw
    draft = call.box.create(raw, item.conversation_id)
    return answered(201, shown(call, draft, odata.MESSAGE))


def _answer(call: Call, item: Item, given: Json, everyone: bool, forward: bool) -> Json:
    known = item.facts
    to = given.get("toRecipients", []) if forward else known["replyTo"] or ([known["from"]] if known["from"] else [])
    others = [row for row in known["toRecipients"] if row["emailAddress"]["address"].lower() != call.box.address]
    quoted = "\r\n".join(f"> {row}" for row in known["body"]["content"].splitlines())
    return {
        "subject": f"{'Fw' if forward else 'Re'}: {content.REPLY_PREFIX.sub('', known['subject'])}",
        "toRecipients": [*to, *others] if everyone else to,
        **({"ccRecipients": known["ccRecipients"]} if everyone else {}),
        "body": {"contentType": "text", "content": f"{given.get('comment', '')}\r\n\r\n{quoted}"},
    }


def _state_of(call: Call, item: Item) -> Json:
    """The properties that do not follow from the MIME."""
    shown_id = call.shown_id(item)
    received = content.moment(item.received)
    return {
        "id": shown_id,
        "changeKey": item.change_key,
        "categories": list(item.categories),
        "createdDateTime": content.moment(item.created),
        "lastModifiedDateTime": content.moment(item.modified),
        "receivedDateTime": received,
        "sentDateTime": received,
        "parentFolderId": item.folder.id,
        "conversationId": item.conversation_id,
        "conversationIndex": "AQHZ" + item.conversation_id[8:28],
        "isRead": item.is_read,
        "isDraft": item.is_draft,
        "flag": item.flag,
        "webLink": f"https://outlook.office365.com/owa/?ItemID={shown_id}",
        "inferenceClassification": "focused",
        "isDeliveryReceiptRequested": False,
        "isReadReceiptRequested": False,
        "uniqueBody": item.facts["body"],
    }


ACTIONS: dict[str, Callable[[Call, Item], Response]] = {
    "move": _move,
    "send": _send,
    "createReply": _draft,
    "createReplyAll": lambda call, item: _draft(call, item, everyone=True),
    "createForward": lambda call, item: _draft(call, item, forward=True),
}
PLAYED_ELSEWHERE = {"reply", "replyAll", "forward", "copy", "attachments", "extensions", "permanentDelete",
                    "singleValueExtendedProperties", "markAsJunk", "markAsNotJunk", "reportMessage"}  # fmt: skip
