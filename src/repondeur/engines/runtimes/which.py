"""Which runtime loads a model: what is installed, what can load it, whether there is a graphics card."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal

from repondeur.engines.runtimes.files import ModelFile
from repondeur.errors import SettingsError

RuntimeName = Literal["openvino", "transformers"]
Wanted = Literal["auto", "openvino", "transformers"]

# How each is installed, and the packages that tell that it is.
EXTRAS: Final[dict[RuntimeName, str]] = {"openvino": "local", "transformers": "gpu"}
_PACKAGES: Final[dict[RuntimeName, tuple[str, ...]]] = {
    "openvino": ("openvino_genai",),
    "transformers": ("transformers", "torch", "accelerate", "llguidance"),
}
# What openvino-genai reads of GGUF (its guide "Run GGUF models"); other types of tensors fail or come out wrong.
_OPENVINO_GGUF: Final = frozenset({"llama", "qwen2", "qwen3"})
_OPENVINO_TYPES: Final = frozenset({"F32", "F16", "BF16", "Q4_0", "Q4_1", "Q8_0", "Q4_K", "Q6_K"})
# Where the driver of NVIDIA's cards shows itself, the last one under WSL: no need to import torch where there is none.
_CARDS: Final = ("/dev/nvidiactl", "/dev/nvidia0", "/proc/driver/nvidia", "/dev/dxg")


def runtime_for(model: ModelFile, wanted: Wanted = "auto") -> RuntimeName:
    """The runtime that loads this model: transformers where there is a graphics card, else OpenVINO; the other one
    where that cannot.

    Raises SettingsError: model.no_runtime with the command that installs one, or why none can load it.
    """
    if wanted != "auto":
        _check(model, wanted)
        if not installed(wanted):
            raise _not_installed(model, wanted)
        return wanted
    order: list[RuntimeName] = ["openvino", "transformers"]
    able = [one for one in order if _able(model, one)]
    if not able:
        _check(model, "openvino")
    ready = [one for one in able if installed(one)]
    if not ready:
        raise _not_installed(model, able[0])
    return "transformers" if "transformers" in ready and has_cuda() else ready[0]


def installed(runtime: RuntimeName) -> bool:
    return all(find_spec(package) for package in _PACKAGES[runtime])


@cache
def has_cuda() -> bool:
    """Whether torch can use a card of NVIDIA here."""
    if not any(Path(one).exists() for one in _CARDS) or not installed("transformers"):
        return False
    import torch

    return bool(torch.cuda.is_available())


def _able(model: ModelFile, runtime: RuntimeName) -> bool:
    try:
        _check(model, runtime)
    except SettingsError:
        return False
    return True


def _check(model: ModelFile, runtime: RuntimeName) -> None:
    """Raises SettingsError when the runtime cannot load a model of this kind."""
    if runtime == "transformers":
        if model.form != "safetensors":
            raise SettingsError("model.not_for_transformers", name=model.name)
        return
    if model.form == "safetensors":
        raise SettingsError("model.not_for_openvino", name=model.name)
    if model.form == "openvino":
        return
    if model.architecture not in _OPENVINO_GGUF:
        known = ", ".join(sorted(_OPENVINO_GGUF))
        raise SettingsError("model.architecture", name=model.name, architecture=model.architecture, known=known)
    unknown = [one for one in model.types if one not in _OPENVINO_TYPES]
    if unknown:
        raise SettingsError("model.quantisation", name=model.name, quantisation=unknown[0])


def _not_installed(model: ModelFile, runtime: RuntimeName) -> SettingsError:
    return SettingsError("model.no_runtime", name=model.name, runtime=runtime, extra=EXTRAS[runtime])
