"""Mail folders (pages of resource type "mailFolder"), and the way from them to their messages."""

from typing import Any

from tests.support.graph import delta, messages, odata
from tests.support.graph.call import Call, answered
from tests.support.graph.failures import bad_request, no_segment, not_played, unknown_body_property, wrong_method
from tests.support.graph.items import Folder
from tests.support.graph.wire import Response

Json = dict[str, Any]


def folders(call: Call, rest: list[str]) -> Response:
    """Everything below /mailFolders."""
    if not rest:
        return _collection(call, None)
    folder = call.box.folder_by_id(rest[0])
    match rest[1:]:
        case []:
            return _one(call, folder)
        case ["childFolders"]:
            return _collection(call, folder)
        case ["messages"]:
            return messages.collection(call, folder)
        case ["messages", "delta"]:
            return delta.delta(call, folder)
        case ["messages", message_id, *more]:
            return messages.one(call, folder, message_id, more)
        case [other, *_]:
            raise no_segment(other)
    raise no_segment(rest[0])


def _shown(call: Call, folder: Folder, names: tuple[str, ...]) -> Json:
    inside = list(call.box.items(folder))
    row = {
        "id": folder.id,
        "displayName": folder.name,
        "parentFolderId": folder.parent,
        "childFolderCount": len(call.box.children(folder.id)),
        "unreadItemCount": sum(not item.is_read for item in inside),
        "totalItemCount": len(inside),
        "isHidden": False,
        "sizeInBytes": sum(len(item.raw) for item in inside),
    }
    return {name: row[name] for name in names}


def _one(call: Call, folder: Folder) -> Response:
    if call.method != "GET":
        raise not_played(f"{call.method} of a mail folder")
    asked = odata.options(call.query, {"$select"})
    return answered(200, _shown(call, folder, odata.selected(asked.get("$select"), odata.FOLDER, kind="mailFolder")))


def _collection(call: Call, parent: Folder | None) -> Response:
    if call.method == "POST":
        return _create(call, parent)
    if call.method != "GET":
        raise wrong_method(call.method)
    asked = odata.options(call.query, {"$select", "$filter", "$top", "$skip", "$count", "includeHiddenFolders"})
    names = odata.selected(asked.get("$select"), odata.FOLDER, kind="mailFolder")
    filtered = odata.comparisons(asked.get("$filter"), set(odata.FOLDER))
    top = odata.number(asked.get("$top"), "$top", 10, 1000)
    skip = odata.number(asked.get("$skip"), "$skip", 0, 1_000_000)
    found = [
        folder
        for folder in call.box.children(parent.id if parent else None)
        if odata.matches(_shown(call, folder, odata.FOLDER), filtered)
    ]
    answer: Json = {"value": [_shown(call, folder, names) for folder in found[skip : skip + top]]}
    if skip + top < len(found):
        answer["@odata.nextLink"] = call.link(
            {**asked, "$skip": str(skip if call.house.trouble.circles else skip + top)}
        )
    return answered(200, answer)


def _create(call: Call, parent: Folder | None) -> Response:
    given = call.json()
    for unknown in given.keys() - {"displayName", "isHidden"}:
        raise unknown_body_property(unknown, "mailFolder")
    name = given.get("displayName")
    if not isinstance(name, str) or not name:
        raise bad_request("The property 'displayName' is required.", "ErrorInvalidArgument")
    folder = call.box.make_folder(name, parent.id if parent else None)
    return answered(201, _shown(call, folder, odata.FOLDER))
