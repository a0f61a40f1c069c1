"""The model that settings name for what is meant, in commands that end soon."""

from contextlib import AsyncExitStack

from repondeur.cli import output
from repondeur.knowledge.index import Index
from repondeur.pipeline.meaning import Meaning
from repondeur.settings.schema import Settings
from repondeur.wiring import open_meaning


async def ready_meaning(
    settings: Settings, index: Index, stack: AsyncExitStack, *, keeps: bool = True
) -> Meaning | None:
    """Ready to be asked about the passages of an index; None where settings name none. One that is not ready in time is
    told on stderr, and the search goes on with what it has. Raises SettingsError."""
    meaning = open_meaning(settings, stack, keeps=keeps)
    if meaning is not None and (problem := await meaning.ready(index)):
        output.complain_of(problem)
    return meaning
