"""Sentences that administrators write, with placeholders for what is known of a mail.

Jinja2 in its sandbox, where a template reaches nothing but the values it is given. Source: Jinja2 documentation, page
"Sandbox".
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from jinja2 import Template, TemplateError, Undefined, UndefinedError
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import ImmutableSandboxedEnvironment


class Unfilled(Exception):
    """A template needs a value that is not known, or cannot be filled in with those that are."""


class _Missing(Undefined):
    """What is not known may be asked for with `if` and `or`, and cannot be written."""

    def __str__(self) -> str:
        raise UndefinedError(self._undefined_message)


# What a template of an answer may name; policy.templates has the values.
PLACEHOLDERS: Final = frozenset({"author_name", "invoice_number", "order_number", "our_name", "passages", "received"})

# The template that stands around passages where the model has chosen none, and what it calls them.
AROUND_PASSAGES: Final = "answer"
PASSAGES: Final = "passages"

# Nothing of Jinja2's own: a range of a million numbers is no sentence.
_SANDBOX: Final = ImmutableSandboxedEnvironment(undefined=_Missing, autoescape=False, trim_blocks=True)
_SANDBOX.globals.clear()


def fault(source: str) -> str:
    """What is wrong with the form of a template, in Jinja2's words; "" where nothing is."""
    try:
        _SANDBOX.from_string(source)
    except TemplateError as error:
        return str(error)
    return ""


def placeholders(source: str) -> frozenset[str]:
    """The names of what a template wants to be given. Raises jinja2.TemplateError for one with a fault."""
    return frozenset(find_undeclared_variables(_SANDBOX.parse(source)))


def fill(source: str, values: Mapping[str, str]) -> str:
    """The template with its values. Raises Unfilled when one is missing where it would be written, and for whatever
    else keeps Jinja2 from filling it in."""
    try:
        return _compiled(source).render(values)
    except (TemplateError, ArithmeticError, TypeError, ValueError) as error:
        raise Unfilled(str(error)) from error


@lru_cache(maxsize=256)
def _compiled(source: str) -> Template:
    return _SANDBOX.from_string(source)
