"""The answer's JSON schema as a regular expression that a runtime holds a model to. Pure.

A regular expression, because both runtimes take it, and because it leaves no room: fixed white space, fields in one
order, no raw control character. Texts have no upper bound in it: with a vocabulary of 150,000 tokens a bound of 400
characters takes seconds to compile, and a loop takes nothing. A text that does not end is ended by us instead: `rest`
closes what was begun and says what may still follow, which is short whatever the model does.

The forms of schema are those of prompt.schema: objects whose properties are all required, arrays, enums, text, numbers
from 0 to 1, truth values.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

# One character of a JSON string as the model may write it (RFC 8259, 7): control characters only as \n.
_CHARACTER: Final = r'([^"\\\x00-\x1f]|\\["\\n])'
_NUMBER: Final = r"(0\.[0-9]{1,2}|0|1)"
_META: Final = re.compile(r"([\\.+*?()|\[\]{}^$])")
# Of the schema's texts those that have a form of their own. A summary is never empty.
_FORMS: Final = {"summary": f'"{_CHARACTER}+"', "language": '"[a-z]{2}"'}
LABELS: Final = 9  # of passages; models write them more surely than the ids that people give
_CITED: Final = 4
_ITEMS: Final = 8  # entities of one mail: more are no help to anybody
_BROKEN_ESCAPE: Final = re.compile(r"(?<!\\)(?:\\\\)*(\\)\Z")

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rest:
    """kept: what stays of an answer that was cut, its last text closed. pattern: that of what follows. most: an answer
    of this pattern, one of the longest."""

    kept: str
    pattern: str
    most: str


@dataclass(frozen=True, slots=True)
class _Field:
    """free: it holds texts of any length. empty: the shortest form of a free one."""

    name: str
    pattern: str
    free: bool
    empty: str
    most: str

    @property
    def key(self) -> str:
        return f"{json.dumps(self.name, ensure_ascii=False)}: "


def label(number: int) -> str:
    """What a passage is called in the question, from 1 to LABELS."""
    return f"p{number}"


def pattern(schema: Schema) -> str:
    """That of a whole answer."""
    return rf"\{{{_joined(_fields(schema))}\}}"


def rest(text: str, schema: Schema) -> Rest:
    """What to keep of an answer that ended too early, and how it may go on: a text is closed where it stands, a list
    after its last whole entry, anything else is written anew; further texts stay empty, further lists too.

    text: the start of an answer of `pattern`; of any other text nothing is kept.
    """
    fields = list(_fields(schema))
    kept = "{"
    for number, field in enumerate(fields):
        begun = kept + field.key
        if whole := _match(field.pattern, text, len(begun)) if text.startswith(begun) else "":
            after = begun + whole
            if number + 1 == len(fields):
                return Rest(after, r"\}", "}")
            # Of a number more digits may follow: only what stands behind it says that it is whole.
            if text.startswith(after + ", "):
                kept = after + ", "
                continue
        if field.free and text.startswith(begun) and len(text) > len(begun):
            closed = begun + (whole or _closed(text[len(begun) :], field))
            return _rest(closed, fields[number + 1 :], closed=True)
        return _rest(kept, fields[number:], closed=False)
    return _rest(kept, [], closed=False)


def longest_rest(schema: Schema) -> str:
    """As much as `rest` may leave to be written, as text."""
    return _rest("{", list(_fields(schema)), closed=False).most


def _rest(kept: str, fields: Sequence[_Field], *, closed: bool) -> Rest:
    join = ", " if closed and fields else ""
    shapes = ", ".join(
        _escaped(field.key) + (_escaped(field.empty) if field.free else field.pattern) for field in fields
    )
    most = ", ".join(field.key + (field.empty if field.free else field.most) for field in fields)
    return Rest(kept, rf"{join}{shapes}\}}", f"{join}{most}}}")


def _closed(begun: str, field: _Field) -> str:
    """The start of a text or a list of objects, closed."""
    if not begun.startswith("["):
        text = begun.rstrip("\ufffd")  # a character of several tokens that broke off
        if broken := _BROKEN_ESCAPE.search(text):
            text = text[: broken.start(1)]
        return text + ('"' if len(text) > 1 or field.empty == '""' else '…"') if text else field.empty
    items = re.match(field.pattern.removesuffix(r"\]"), begun)
    return f"{items[0]}]" if items and items[0] != "[" else field.empty


def _match(shape: str, text: str, start: int) -> str:
    found = re.compile(shape).match(text, start)
    return found[0] if found else ""


def _fields(schema: Schema) -> Iterator[_Field]:
    for name, one in schema["properties"].items():
        if name == "passages":
            cited = f'"p[1-{LABELS}]"'
            most = ", ".join([f'"{label(LABELS)}"'] * _CITED)
            yield _Field(name, _list(cited, _CITED), free=False, empty="[]", most=f"[{most}]")
        elif one["type"] == "string" and "enum" not in one and name != "language":
            yield _Field(name, _value(name, one), free=True, empty='""', most='""')
        elif one["type"] == "array":
            yield _Field(name, _value(name, one), free=True, empty="[]", most="[]")
        else:
            yield _Field(name, _value(name, one), free=False, empty="", most=_most(name, one))


def _value(name: str, schema: Schema) -> str:
    if "enum" in schema:
        return f"({'|'.join(_escaped(json.dumps(one, ensure_ascii=False)) for one in schema['enum'])})"
    match schema["type"]:
        case "boolean":
            return "(true|false)"
        case "number":
            return _NUMBER
        case "array":
            return _list(_value("", schema["items"]), _ITEMS)
        case "object":
            return rf"\{{{_joined(_Field(key, _value(key, one), False, '', '') for key, one in _properties(schema))}\}}"
        case _:
            return _FORMS.get(name, f'"{_CHARACTER}*"')


def _most(name: str, schema: Schema) -> str:
    if "enum" in schema:
        return max((json.dumps(one, ensure_ascii=False) for one in schema["enum"]), key=len)
    match schema["type"]:
        case "boolean":
            return "false"
        case "number":
            return "0.99"
        case "object":
            parts = (f"{json.dumps(key, ensure_ascii=False)}: {_most(key, one)}" for key, one in _properties(schema))
            return f"{{{', '.join(parts)}}}"
        case _:
            return '"en"'


def _properties(schema: Schema) -> Sequence[tuple[str, Schema]]:
    return list(schema["properties"].items())


def _joined(fields: Iterator[_Field]) -> str:
    return ", ".join(_escaped(field.key) + field.pattern for field in fields)


def _list(item: str, most: int) -> str:
    return rf"\[({item}(, {item}){{0,{most - 1}}})?\]"


def _escaped(text: str) -> str:
    return _META.sub(r"\\\1", text)
