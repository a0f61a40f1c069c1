"""How many mails are worked at once, by the memory that is free. Nothing is loaded here."""

from dataclasses import replace
from pathlib import Path

import pytest

from repondeur.engines.runtimes import memory
from repondeur.engines.runtimes.files import ModelFile
from repondeur.engines.runtimes.openvino_loading import LONGEST, NAME, sizes_for
from repondeur.errors import SettingsError

# The shape of Qwen3-0.6B.
MODEL = ModelFile(
    path=Path("model.gguf"),
    name="model",
    form="gguf",
    architecture="qwen3",
    parameters=596_000_000,
    size=640_000_000,
    context=40_960,
    quantisation="Q8_0",
    cached=28 * 8 * 128 * 2,
)
LEAST = memory.needed(MODEL, NAME, 1)


def test_with_memory_to_spare_as_many_as_wanted():
    for have in (None, 64 * 10**9):
        sizes = sizes_for(MODEL, 16, have)
        assert (sizes.at_once, sizes.context, sizes.cache) == (16, LONGEST, 16 * memory.TOKENS)


def test_with_less_memory_fewer():
    found = [sizes_for(MODEL, 16, LEAST + more * 10**8).at_once for more in range(0, 20, 4)]
    assert found == sorted(found)
    assert found[0] < 4 < found[-1]


@pytest.mark.parametrize("more", range(0, 5_000_000_000, 250_000_000))
def test_the_cache_stays_within_what_is_free(more):
    sizes = sizes_for(MODEL, 16, LEAST + more)
    assert memory.needed(MODEL, NAME, 0) + sizes.cache * MODEL.cached <= LEAST + more
    assert sizes.context <= sizes.cache
    assert sizes.at_once >= 1


def test_too_little_is_refused_before_anything_is_loaded():
    with pytest.raises(SettingsError) as caught:
        sizes_for(MODEL, 16, LEAST - 1)
    assert caught.value.reason.code == "model.too_little_memory"


def test_a_short_context_is_the_models_own():
    assert sizes_for(replace(MODEL, context=2048), 16, None).context == 2048
    assert sizes_for(replace(MODEL, context=0), 16, None).context == LONGEST
