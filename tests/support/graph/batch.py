"""Several requests in one (page "Combine multiple HTTP requests using JSON batching")."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

from tests.support.graph.call import Call, answered
from tests.support.graph.failures import bad_request
from tests.support.graph.wire import Response

Json = dict[str, Any]

MOST = 20
AT_ONCE = 4
"""How many requests of one batch run at a time."""

METHODS = {"GET", "POST", "PATCH", "DELETE", "PUT"}


async def batch(call: Call, run: Callable[[Call], Awaitable[Response]]) -> Response:
    """run: carries out one request, and answers failures too. The answers come in any order."""
    rows = _checked(call.json())
    statuses: dict[str, asyncio.Future[int]] = {row["id"]: asyncio.get_running_loop().create_future() for row in rows}
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(row: Json) -> Json:
        before = [await statuses[name] for name in row.get("dependsOn", [])]
        if any(status >= 400 for status in before):
            error = {"code": "FailedDependency", "message": "A request that this one depends on has failed."}
            answer: Json = {"id": row["id"], "status": 424, "headers": {}, "body": {"error": error}}
        else:
            async with slots:
                answer = _told(row["id"], await run(_sub_call(call, row)))
        statuses[row["id"]].set_result(answer["status"])
        return answer

    answers = list(await asyncio.gather(*(one(row) for row in rows)))
    call.house.trouble.random.shuffle(answers)
    return answered(200, {"responses": answers})


def _checked(given: Json) -> list[Json]:
    """Refused as a whole when anything in it is wrong."""
    rows = given.get("requests")
    if given.keys() - {"requests"} or not isinstance(rows, list) or not rows:
        raise bad_request("Invalid batch payload format.")
    if len(rows) > MOST:
        raise bad_request(f"Number of batch request steps exceeds the maximum value of {MOST}.")
    seen: set[str] = set()
    for row in rows:
        _check_row(row, seen)
        seen.add(row["id"])
    return rows


def _check_row(row: Any, seen: set[str]) -> None:
    if not isinstance(row, dict) or row.keys() - {"id", "method", "url", "headers", "body", "dependsOn"}:
        raise bad_request("Invalid batch payload format.")
    if not isinstance(row.get("id"), str) or not row["id"] or row["id"] in seen:
        raise bad_request("Every request of a batch needs an id of its own.")
    if row.get("method") not in METHODS:
        raise bad_request(f"Request step {row['id']}: the method is missing or not supported.")
    if not isinstance(row.get("url"), str) or "://" in row["url"] or not row["url"].startswith("/"):
        raise bad_request(f"Request step {row['id']}: the url must be relative.")
    headers = {name.lower() for name in row.get("headers", {})}
    if "body" in row and "content-type" not in headers:
        raise bad_request(f"Request step {row['id']}: a body needs the header Content-Type.")
    if "authorization" in headers:
        raise bad_request(f"Request step {row['id']}: Authorization belongs to the batch.")
    if not set(row.get("dependsOn", [])) <= seen:
        raise bad_request(f"Request step {row['id']}: dependsOn names a request that does not come before it.")


def _sub_call(call: Call, row: Json) -> Call:
    path, _, query = row["url"].partition("?")
    headers = {name.lower(): str(value) for name, value in row.get("headers", {}).items()}
    given = row.get("body")
    kind = headers.get("content-type", "").partition(";")[0].lower()
    if given is None:
        body = b""
    elif kind == "application/json":
        body = json.dumps(given).encode()
    else:
        body = str(given).encode()
    headers["authorization"] = call.headers.get("authorization", "")
    return Call(call.house, row["method"], unquote(path), query, headers, body, in_batch=True)


def _told(name: str, response: Response) -> Json:
    octets = response.body if isinstance(response.body, bytes) else b"".join(response.body)
    answer: Json = {"id": name, "status": response.status, "headers": response.headers}
    if octets:
        is_json = response.headers.get("Content-Type", "").startswith("application/json")
        answer["body"] = json.loads(octets) if is_json else base64.b64encode(octets).decode()
    return answer
