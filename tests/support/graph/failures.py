"""Refusals in Graph's words (page "Microsoft Graph error responses", and the pages of each resource)."""

from dataclasses import dataclass, field


@dataclass
class GraphError(Exception):
    """One refusal. headers: besides the usual ones."""

    status: int
    code: str
    message: str
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(f"{self.status} {self.code}: {self.message}")


class LineDropped(Exception):
    """The line is closed and nothing is answered."""


def bad_request(message: str, code: str = "BadRequest") -> GraphError:
    return GraphError(400, code, message)


def unparsable(message: str) -> GraphError:
    """A path or query option that Graph cannot read."""
    return GraphError(400, "RequestBroker--ParseUri", message)


def unknown_property(name: str, kind: str = "message") -> GraphError:
    return unparsable(
        f"Could not find a property named '{name}' on type 'Microsoft.OutlookServices.{kind.capitalize()}'."
    )


def unknown_body_property(name: str, kind: str = "message") -> GraphError:
    text = (
        f"The property '{name}' does not exist on type 'microsoft.graph.{kind}'. Make sure to only use property names"
    )
    return GraphError(400, "RequestBodyRead", f"{text} that are defined by the type.")


def item_not_found() -> GraphError:
    return GraphError(404, "ErrorItemNotFound", "The specified object was not found in the store.")


def malformed_id() -> GraphError:
    return GraphError(400, "ErrorInvalidIdMalformed", "Id is malformed.")


def folder_not_found() -> GraphError:
    return GraphError(404, "ErrorItemNotFound", "The specified folder could not be found in the store.")


def access_denied() -> GraphError:
    return GraphError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")


def no_such_user(name: str) -> GraphError:
    return GraphError(404, "ErrorInvalidUser", f"The requested user '{name}' is invalid.")


def invalid_token(message: str) -> GraphError:
    header = {"WWW-Authenticate": 'Bearer realm="", error="invalid_token"'}
    return GraphError(401, "InvalidAuthenticationToken", message, header)


def no_segment(name: str) -> GraphError:
    return bad_request(f"Resource not found for the segment '{name}'.")


def wrong_method(method: str) -> GraphError:
    return GraphError(
        405, "Request_BadRequest", f"Specified HTTP method is not allowed for the request target: {method}."
    )


def not_played(what: str) -> GraphError:
    """Something that Graph may well know and this stand-in does not: never to be taken for an answer of Graph."""
    return GraphError(501, "NotPlayed", f"The stand-in for Graph does not play this: {what}")


def over_the_limit(retry_after: int = 1) -> GraphError:
    text = "Application is over its MailboxConcurrency limit."
    return GraphError(429, "ApplicationThrottled", text, {"Retry-After": str(retry_after)})
