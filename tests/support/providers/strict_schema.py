"""The subset of JSON schema that strict structured outputs take (OpenAI, "Structured Outputs", "Supported schemas")."""

from typing import Any

_TYPES = {"string", "number", "boolean", "integer", "object", "array", "null"}
_KEYWORDS = {
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "const",
    "anyOf",
    "description",
    "title",
    "$ref",
    "$defs",
    "pattern",
    "format",
    "multipleOf",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minItems",
    "maxItems",
}
MAX_PROPERTIES, MAX_DEPTH, MAX_ENUM = 5000, 10, 1000


def problem_of(schema: Any) -> str:
    """What strict mode has against a schema, "" for nothing."""
    if not isinstance(schema, dict) or schema.get("type") != "object" or "anyOf" in schema:
        return "schema must be a JSON Schema of 'type: \"object\"'"
    return _problem(schema, (), 1)


def _problem(schema: Any, place: tuple[str, ...], depth: int) -> str:
    if not isinstance(schema, dict):
        return f"In context={place}, schema must be an object"
    if depth > MAX_DEPTH:
        return f"In context={place}, nested deeper than {MAX_DEPTH}"
    unknown = sorted(set(schema) - _KEYWORDS)
    if unknown:
        return f"In context={place}, '{unknown[0]}' is not permitted."
    if "type" not in schema and not {"anyOf", "$ref", "enum", "const"} & set(schema):
        return f"In context={place}, schema must have a 'type' key."
    kinds = schema.get("type", [])
    if not set([kinds] if isinstance(kinds, str) else kinds) <= _TYPES:
        return f"In context={place}, {kinds!r} is not a type."
    if len(schema.get("enum", ())) > MAX_ENUM or ("enum" in schema and not schema["enum"]):
        return f"In context={place}, enum of impossible size."
    return _object_problem(schema, place, depth) or _inner_problem(schema, place, depth)


def _object_problem(schema: dict[str, Any], place: tuple[str, ...], depth: int) -> str:
    if schema.get("type") != "object":
        return ""
    properties = schema.get("properties", {})
    if schema.get("additionalProperties") is not False:
        return f"In context={place}, 'additionalProperties' is required to be supplied and to be false."
    if set(schema.get("required", ())) != set(properties) or len(properties) > MAX_PROPERTIES:
        return f"In context={place}, 'required' is required to be an array including every key in properties."
    found = (_problem(inner, (*place, name), depth + 1) for name, inner in properties.items())
    return next((problem for problem in found if problem), "")


def _inner_problem(schema: dict[str, Any], place: tuple[str, ...], depth: int) -> str:
    if schema.get("type") == "array" and "items" not in schema:
        return f"In context={place}, array schema missing items."
    inner = [schema["items"]] if "items" in schema else []
    found = (_problem(one, (*place, "items"), depth + 1) for one in [*inner, *schema.get("anyOf", ())])
    return next((problem for problem in found if problem), "")
