"""From values as they were given to a checked model, or to the reasons against them."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from repondeur.settings.problems import explain
from repondeur.settings.sources import Given
from repondeur.texts import Reason

Model = TypeVar("Model", bound=BaseModel)


def build(model: type[Model], given: Mapping[str, Given]) -> tuple[Model | None, list[Reason]]:
    """None with everything that is wrong. What has to be given and was left empty counts as missing."""
    values: dict[str, Any] = {name: value.value for name, value in given.items() if not _left_empty(model, value)}
    try:
        return model.model_validate(values), []
    except ValidationError as error:
        return None, explain(error, model, given)


def _left_empty(model: type[BaseModel], given: Given) -> bool:
    return given.value == "" and model.model_fields[given.name].is_required()
