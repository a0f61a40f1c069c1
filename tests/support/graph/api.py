"""From a request to its handler: who may, whose mailbox, how many at once, and what goes wrong."""

import asyncio
from typing import TYPE_CHECKING

from tests.support.graph import batch, folders, messages
from tests.support.graph.box import Box
from tests.support.graph.call import Call, answered
from tests.support.graph.failures import (
    GraphError,
    access_denied,
    bad_request,
    no_segment,
    no_such_user,
    not_played,
    over_the_limit,
    wrong_method,
)
from tests.support.graph.records import Recorded
from tests.support.graph.wire import Response

if TYPE_CHECKING:
    from tests.support.graph.server import GraphServer

AT_ONCE = 4
"""Requests of one application to one mailbox at a time (page "Microsoft Graph service-specific throttling limits")."""

READS = {"Mail.Read", "Mail.ReadWrite"}
WRITES = {"Mail.ReadWrite"}
SENDS = {"Mail.Send"}


async def run(house: "GraphServer", call: Call, record: Recorded) -> Response:
    """The answer. GraphError for a refusal, LineDropped where none is given."""
    trouble = house.trouble
    claims = house.entra.check(call.headers.get("authorization", ""))
    record.mailbox = _mailbox(house, call)
    with house.lock:
        house.in_flight[record.mailbox] = record.at_once = house.in_flight.get(record.mailbox, 0) + 1
    try:
        if record.mailbox and record.at_once > AT_ONCE:
            raise over_the_limit()
        await asyncio.sleep(house.latency + trouble.extra_latency(call.method, call.path))
        if not call.segments[0].startswith("$"):
            trouble.check_throttled(call.method, call.path)
        if not call.in_batch:
            trouble.check_dropped(call.method, call.path, done=False)
        response = await _handled(house, call, set(claims.get("roles", ())))
        if not call.in_batch:
            trouble.check_dropped(call.method, call.path, done=True)
    except BaseException:
        _landed(house, record.mailbox)
        raise
    if call.in_batch:
        _landed(house, record.mailbox)
    else:
        response.over = lambda: _landed(house, record.mailbox)
    return response


def _landed(house: "GraphServer", mailbox: str) -> None:
    with house.lock:
        house.in_flight[mailbox] -= 1


def _mailbox(house: "GraphServer", call: Call) -> str:
    """The address of the mailbox that a request is for; "" when it is for none or an unknown one."""
    if call.segments[0] != "users" or len(call.segments) < 2:
        return ""
    box = house.box_called(call.segments[1])
    return box.address if box else ""


async def _handled(house: "GraphServer", call: Call, roles: set[str]) -> Response:
    match call.segments:
        case ["$batch"]:
            if call.method != "POST" or call.in_batch:
                raise wrong_method(call.method)
            return await batch.batch(call, house.run_in_batch)
        case ["subscriptions", *rest]:
            return await house.subscribing.answer(call, rest, roles)
        case ["users", name, *rest]:
            with house.lock:
                return _of_user(house, call, roles, name, rest)
        case ["me", *_]:
            raise bad_request("/me request is only valid with delegated authentication flow.")
        case [other, *_]:
            raise no_segment(other)
    raise no_segment("")


def _of_user(house: "GraphServer", call: Call, roles: set[str], name: str, rest: list[str]) -> Response:
    box = house.box_called(name)
    if not rest:
        return _user(box, roles, name)
    if box is None:
        raise no_such_user(name)
    if not house.may(roles, _needed(call, rest), box):
        raise access_denied()
    call.box = box
    match rest:
        case ["messages"]:
            return messages.collection(call, None)
        case ["messages", "delta"]:
            raise not_played("delta over the whole mailbox")
        case ["messages", message_id, *more]:
            return messages.one(call, None, message_id, more)
        case ["mailFolders", *more]:
            return folders.folders(call, more)
        case ["sendMail"] if call.method == "POST":
            return messages.send_mail(call)
        case ["mailboxSettings" | "outlook" | "events" | "calendar" | "contacts" as other, *_]:
            raise not_played(other)
    raise no_segment(rest[0])


def _user(box: Box | None, roles: set[str], name: str) -> Response:
    if not roles & {"User.Read.All", "User.ReadBasic.All", "Directory.Read.All"}:
        raise GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
    if box is None:
        raise GraphError(404, "Request_ResourceNotFound", f"Resource '{name}' does not exist.")
    return answered(200, {"id": box.user_id, "userPrincipalName": box.address, "mail": box.address})


def _needed(call: Call, rest: list[str]) -> set[str]:
    """Any of these roles will do."""
    if rest[0] == "mailboxSettings":
        return {"MailboxSettings.Read", "MailboxSettings.ReadWrite"}
    if rest[-1] in {"sendMail", "send"}:
        return SENDS
    return READS if call.method == "GET" else WRITES
