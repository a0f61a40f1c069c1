"""Loading a model by openvino-genai, and how much of it fits into this machine's memory."""

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from repondeur.engines.runtimes import memory
from repondeur.engines.runtimes.files import ModelFile
from repondeur.errors import SettingsError

if TYPE_CHECKING:
    import openvino_genai

NAME: Final = "openvino"
LONGEST: Final = 8192  # tokens of question and answer: memory is finite, and mails are short
_BLOCK: Final = 32  # tokens of a block of the cache, on processors
_USUAL: Final = 1536  # tokens of a mail and its answer: with less room for each, fewer are worked at once
_CACHED: Final = 1.1  # octets for each number in the cache: one, and the scales
# What C++, the system (strerror of ENOMEM, EAGAIN) and its loader of libraries say where there is no more memory.
_MEMORY: Final = ("bad_alloc", "Cannot allocate memory", "Resource temporarily unavailable", "failed to map segment")
# Tokens of one step. Small, so that those that write do not wait long for one that is read.
_BATCHED: Final = 256


@dataclass(frozen=True, slots=True)
class Sizes:
    """context: tokens of one question and its answer. cache: tokens of all that are worked at once."""

    at_once: int
    context: int
    cache: int


def sizes_for(model: ModelFile, wanted: int, have: int | None) -> Sizes:
    """What fits into the memory that is free. Raises SettingsError, model.too_little_memory."""
    memory.check(model, memory.needed(model, NAME, 1), have)
    longest = min(model.context or LONGEST, LONGEST)
    cache = max(wanted * memory.TOKENS, longest)
    if have is not None and model.cached:
        room = have - memory.needed(model, NAME, 0)
        cache = min(cache, int(room / (model.cached * _CACHED)))
    return Sizes(max(1, min(wanted, cache // _USUAL)), min(longest, cache), cache)


def keep_quiet() -> None:
    """To be called before openvino is imported. It would tell Google Analytics of each import, by a number for this
    machine that it keeps in ~/intel; without that package, which it can do without, it has nothing to tell it by.

    A module that is None cannot be imported (Python's reference, "The module cache").
    """
    sys.modules.setdefault("openvino_telemetry", cast("Any", None))


def pipeline_of(model: ModelFile, sizes: Sizes) -> "openvino_genai.ContinuousBatchingPipeline":
    """Takes seconds. Raises SettingsError: model.cannot_load, model.memory_ran_out."""
    keep_quiet()
    import openvino_genai

    scheduler = openvino_genai.SchedulerConfig()
    scheduler.enable_prefix_caching = True
    scheduler.max_num_batched_tokens = _BATCHED
    scheduler.max_num_seqs = sizes.at_once
    scheduler.num_kv_blocks = sizes.cache // _BLOCK + 1
    try:
        return openvino_genai.ContinuousBatchingPipeline(str(model.path), scheduler, "CPU", {}, {})
    except Exception as error:  # noqa: BLE001  the library raises what it likes; each means that it does not load
        problem = last_line(error)
        if isinstance(error, MemoryError) or any(one in problem for one in _MEMORY):
            raise SettingsError("model.memory_ran_out", name=model.name) from None
        raise SettingsError("model.cannot_load", name=model.name, problem=problem) from None


def last_line(error: Exception) -> str:
    """The library begins its messages with where in its source they come from."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[-200:]
