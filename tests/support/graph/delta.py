"""Changes to the messages of one folder (pages "message: delta" and "Get incremental changes to messages")."""

from dataclasses import dataclass, replace
from typing import Any

from tests.support.graph import messages, odata
from tests.support.graph.box import Box
from tests.support.graph.call import Call, answered
from tests.support.graph.failures import GraphError, bad_request, unparsable, wrong_method
from tests.support.graph.items import Folder
from tests.support.graph.wire import Response

Json = dict[str, Any]

SIZE = 10
"""Messages on a page when the client does not say."""


@dataclass(frozen=True)
class Row:
    """One entry to come. only: the properties of a partial object; None: the whole one."""

    message_id: str
    mutable_id: str
    removed: bool = False
    only: frozenset[str] | None = None


@dataclass(frozen=True)
class State:
    """What a token stands for. rows: still to come in this round; upto: the next round starts there."""

    box: Box
    folder: Folder
    asked: tuple[tuple[str, str], ...]
    upto: int
    rows: tuple[Row, ...] | None = None


def delta(call: Call, folder: Folder) -> Response:
    if call.method != "GET":
        raise wrong_method(call.method)
    state = _resumed(call, folder) or _first(call, folder)
    if state.rows is None:
        state = replace(state, rows=_changes(state), upto=call.box.clock)
    trouble = call.house.trouble
    if trouble.empty_pages > 0:
        trouble.empty_pages -= 1
        return answered(200, {"value": [], "@odata.nextLink": _token(call, "$skiptoken", state)})
    asked = dict(state.asked)
    size = int(call.preference("odata.maxpagesize") or asked.get("$top") or SIZE)
    rows = state.rows or ()
    page, rest = rows[:size], rows[size:]
    if trouble.repeats > 0 and page:
        trouble.repeats -= 1
        rest = (page[-1], *rest) if rest else rest
        page = (*page, page[0])
    value = [shown for row in page if (shown := _shown(call, row, asked)) is not None]
    link = ("@odata.nextLink", _token(call, "$skiptoken", replace(state, rows=rest))) if rest else (
        "@odata.deltaLink", _token(call, "$deltatoken", replace(state, rows=None)))  # fmt: skip
    return answered(200, {"value": value, link[0]: link[1]})


def _resumed(call: Call, folder: Folder) -> State | None:
    """The state behind a token; None where the round is to start from the beginning."""
    asked = odata.options(
        call.query, {"$select", "$filter", "$orderby", "$top", "changeType", "$deltatoken", "$skiptoken", "$expand"}
    )
    token = asked.get("$deltatoken", asked.get("$skiptoken"))
    if not token:
        return None
    if len(asked) > 1:
        raise unparsable("Query options are not allowed together with a delta or skip token: they are part of it.")
    _check_reset(call)
    state = call.house.delta_tokens.get(token)
    if state is None or state.box is not call.box or state.folder is not folder:
        raise bad_request("Badly formed token.", "ErrorInvalidUrlQuery")
    return state


def _check_reset(call: Call) -> None:
    """The knob delta_reset: the state is gone, and the client has to start over."""
    trouble = call.house.trouble
    if trouble.resets > 0:
        trouble.resets -= 1
        headers = {"Location": call.link({"$deltatoken": ""})} if trouble.reset_status == 410 else {}
        code = "syncStateNotFound" if trouble.reset_status != 410 else trouble.reset_code
        raise GraphError(trouble.reset_status, code, "The sync state generation is not found.", headers)


def _first(call: Call, folder: Folder) -> State:
    asked = odata.options(call.query, {"$select", "$filter", "$orderby", "$top", "changeType", "$deltatoken"})
    odata.selected(asked.get("$select"), odata.MESSAGE, odata.ONLY_SELECTED)
    for row in odata.comparisons(asked.get("$filter"), messages.KNOWN):
        if row.name != "receivedDateTime" or row.operator not in {"ge", "gt"}:
            raise bad_request(
                "Only receivedDateTime ge and gt are supported in a delta query.", "ErrorInvalidUrlQueryFilter"
            )
    if asked.get("$orderby") not in {None, "receivedDateTime desc"}:
        raise bad_request("Only receivedDateTime desc is supported in a delta query.", "ErrorInvalidUrlQuery")
    if asked.get("changeType", "created") not in {"created", "updated", "deleted"}:
        raise bad_request("The value of changeType is not supported.", "ErrorInvalidUrlQuery")
    odata.number(asked.get("$top"), "$top", SIZE, 1000)
    here = sorted(call.box.items(folder), key=lambda item: item.received, reverse=True)
    filtered = odata.comparisons(asked.get("$filter"), messages.KNOWN)
    rows = tuple(
        Row(item.id, item.mutable_id)
        for item in here
        if odata.matches(messages.shown(call, item, ("receivedDateTime",)), filtered)
    )
    kept = {name: value for name, value in asked.items() if name != "$deltatoken"}
    return State(call.box, folder, tuple(kept.items()), call.box.clock, rows)


def _changes(state: State) -> tuple[Row, ...]:
    """What happened in the folder since, one row a message, in the order of each message's last change."""
    latest: dict[str, Row] = {}
    kinds: dict[str, set[str]] = {}
    for change in state.folder.history:
        if change.at <= state.upto:
            continue
        seen = kinds.setdefault(change.message_id, set())
        if change.kind == "deleted":
            seen.clear()
        seen.add(change.kind)
        before = latest.pop(change.message_id, None)
        partial = change.kind == "updated" and (before is None or before.only is not None)
        only = change.properties | (before.only or frozenset() if before else frozenset()) if partial else None
        latest[change.message_id] = Row(change.message_id, change.mutable_id, change.kind == "deleted", only)
    wanted = dict(state.asked).get("changeType")
    return tuple(row for row in latest.values() if wanted is None or wanted in kinds[row.message_id])


def _shown(call: Call, row: Row, asked: dict[str, str]) -> Json | None:
    """None: nothing to tell, as the message does not match, or went away since (the next round tells that)."""
    trouble = call.house.trouble
    if row.removed:
        return {"@removed": {"reason": "deleted"}, "id": row.message_id if call.immutable else row.mutable_id}
    item = call.box.find(row.message_id)
    if item is None:
        return None
    filtered = odata.comparisons(asked.get("$filter"), messages.KNOWN)
    if not odata.matches(messages.shown(call, item, ("receivedDateTime",)), filtered):
        return None
    names = odata.selected(asked.get("$select"), odata.MESSAGE, odata.ONLY_SELECTED)
    if row.only == frozenset({"isRead"}):
        names = ("id", "isRead")
    elif trouble.partial > 0:
        trouble.partial -= 1
        names = ("id", "isRead")
    return {"@odata.type": "#microsoft.graph.message", **messages.shown(call, item, names)}


def _token(call: Call, name: str, state: State) -> str:
    tokens = call.house.delta_tokens
    token = f"{'Dlt' if name == '$deltatoken' else 'Skp'}{len(tokens):06d}_-{state.box.user_id[:8]}"
    tokens[token] = state
    return call.link({name: token})
