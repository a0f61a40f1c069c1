"""Models of the hub into memory: which numbers they are kept in, on a card or not, and whether they fit."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch

from repondeur.engines.runtimes import memory
from repondeur.engines.runtimes.files import ModelFile
from repondeur.errors import SettingsError

NAME: Final = "transformers"
_MOST_AT_ONCE: Final = 64
_ON_PROCESSOR: Final = 8  # more gain little there, and all of a batch wait for the longest


def loaded(file: ModelFile) -> tuple[Any, Any]:
    """Model and tokenizer. Raises SettingsError: model.too_little_memory, model.cannot_load."""
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    card = torch.cuda.is_available()
    kind = _number_type(card=card)
    need = memory.needed(file, NAME, 1, value_octets=kind.itemsize)
    memory.check(file, need, on_cards() if card else memory.free())
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    common: Mapping[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    path = Path(file.path).resolve()
    try:
        tokenizer = AutoTokenizer.from_pretrained(path, **common)
        model = AutoModelForCausalLM.from_pretrained(
            path, dtype=kind, device_map="auto" if card else "cpu", use_safetensors=True, **common
        )
    except torch.OutOfMemoryError:
        have = memory.gigabytes(on_cards())
        raise SettingsError(
            "model.too_little_memory", name=file.name, needed=memory.gigabytes(need), free=have
        ) from None
    except Exception as error:  # noqa: BLE001 - the libraries raise what they like; each means that it does not load
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise SettingsError("model.cannot_load", name=file.name, problem=lines[0][:200]) from None
    return model.eval(), tokenizer


def _number_type(*, card: bool) -> torch.dtype:
    """bfloat16 where the hardware computes with it; else half precision on a card, and full on a processor."""
    if card:
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    return torch.bfloat16 if _processor_has_bf16() else torch.float32


def _processor_has_bf16() -> bool:
    try:
        flags = Path("/proc/cpuinfo").read_text("ascii", "replace")
    except OSError:
        return False
    return any(one in flags for one in ("amx_bf16", "avx512_bf16", " bf16"))


def on_cards() -> int:
    """Octets that are free on all cards together."""
    return sum(torch.cuda.mem_get_info(one)[0] for one in range(torch.cuda.device_count()))


def fitting(model: ModelFile) -> int:
    """How many questions fit into what the loaded model has left on the cards."""
    if not torch.cuda.is_available():
        return _ON_PROCESSOR
    each = max(1, memory.TOKENS * model.cached * 2)
    return max(1, min(_MOST_AT_ONCE, int(on_cards() * 0.8) // each))
