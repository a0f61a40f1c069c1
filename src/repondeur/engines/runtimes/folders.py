"""Models that are folders: as the hub has them, and as OpenVINO's converter writes them."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from repondeur.engines.runtimes.files import CONFIG, OPENVINO_XML, ModelFile
from repondeur.engines.runtimes.safetensors_header import read_tensors
from repondeur.errors import SettingsError

WEIGHTS: Final = "model.safetensors"
INDEX: Final = "model.safetensors.index.json"
TOKENIZER: Final = "tokenizer.json"
_MODULES: Final = "modules.json"
_LARGEST_JSON: Final = 64 << 20  # octets; an index of a thousand files has one
_LARGEST_XML: Final = 512 << 20
# Where the constants of a network lie in its .bin file (OpenVINO IR format, "data" of a Const layer).
_CONSTANT: Final = re.compile(rb'\boffset="(\d{1,18})"\s{1,8}size="(\d{1,18})"')


def safetensors(folder: Path) -> ModelFile:
    """A folder with config.json, tokenizer.json and safetensors, one or several. Raises SettingsError."""
    config = _config(folder)
    numbers: Counter[str] = Counter()
    files = _weights(folder)
    for file in files:
        numbers += read_tensors(file)
    if not (folder / TOKENIZER).is_file():
        raise SettingsError("model.no_tokenizer", path=str(folder))
    if not _has_chat_template(folder):
        raise SettingsError("model.no_chat_template", path=str(folder))
    types = tuple(name for name, _ in numbers.most_common())
    return ModelFile(
        path=folder,
        name=folder.name,
        form="safetensors",
        architecture=_architecture(folder, config),
        parameters=numbers.total(),
        size=sum(file.stat().st_size for file in files),
        context=_number(config, "max_position_embeddings"),
        quantisation=_quantisation(config) or next(iter(types), ""),
        types=types,
        cached=_cached(config),
    )


def openvino(folder: Path) -> ModelFile:
    """A folder with openvino_model.xml and .bin, and the tokenizer as two more networks. Raises SettingsError."""
    config = _config(folder) if (folder / CONFIG).is_file() else {}
    for part in ("openvino_tokenizer", "openvino_detokenizer"):
        if not (folder / f"{part}.xml").is_file():
            raise SettingsError("model.no_tokenizer", path=str(folder))
        _check_network(folder / f"{part}.xml")
    size = _check_network(folder / OPENVINO_XML)
    return ModelFile(
        path=folder,
        name=folder.name,
        form="openvino",
        architecture=_architecture(folder, config) if config else "",
        parameters=0,
        size=size,
        context=_number(config, "max_position_embeddings"),
        quantisation="",
        cached=_cached(config),
    )


def _check_network(xml: Path) -> int:
    """How large its constants' file is, in octets. Raises SettingsError when it is shorter than the network needs."""
    weights = xml.with_suffix(".bin")
    if not weights.is_file():
        raise SettingsError("model.part_missing", path=str(xml.parent), part=weights.name)
    size = weights.stat().st_size
    found = _CONSTANT.findall(_read(xml, _LARGEST_XML))
    if size < max((int(offset) + int(octets) for offset, octets in found), default=0):
        raise SettingsError("model.truncated", path=str(weights))
    return size


def _config(folder: Path) -> Mapping[str, Any]:
    config = _object(folder / CONFIG)
    text = config.get("text_config")  # of models that see pictures too
    return config | text if isinstance(text, dict) else config


def _weights(folder: Path) -> tuple[Path, ...]:
    """The files that hold the weights, each there. Raises SettingsError."""
    if (folder / WEIGHTS).is_file():
        return (folder / WEIGHTS,)
    if not (folder / INDEX).is_file():
        # Files of pickles run what is in them when they are loaded, so they are not.
        pickles = any(folder.glob("pytorch_model*.bin"))
        raise SettingsError("model.pickled" if pickles else "model.part_missing", path=str(folder), part=WEIGHTS)
    listed = _object(folder / INDEX).get("weight_map")
    names = set(listed.values()) if isinstance(listed, dict) else set()
    for name in sorted(map(str, names)):
        # A name that leads out of the folder is no part of this model.
        if Path(name).name != name or not (folder / name).is_file():
            raise SettingsError("model.part_missing", path=str(folder), part=name)
    if not names:
        raise SettingsError("model.part_missing", path=str(folder), part=WEIGHTS)
    return tuple(folder / name for name in sorted(names))


def _architecture(folder: Path, config: Mapping[str, Any]) -> str:
    """Raises SettingsError for what writes no text, such as a model of embeddings."""
    classes = config.get("architectures") or ()
    writes = [one for one in classes if str(one).endswith(("ForCausalLM", "ForConditionalGeneration"))]
    architecture = str(config.get("model_type", ""))
    # sentence-transformers puts its list of modules beside a model of embeddings, of whichever class that is.
    if not architecture or (classes and not writes) or (folder / _MODULES).is_file():
        raise SettingsError("model.no_text_model", path=str(folder), architecture=_told(classes) or architecture or "?")
    return architecture


def _told(classes: object) -> str:
    return str(classes[0])[:80] if isinstance(classes, list) and classes else ""


def _has_chat_template(folder: Path) -> bool:
    if (folder / "chat_template.jinja").is_file():
        return True
    files = (folder / one for one in ("tokenizer_config.json", "chat_template.json"))
    return any(_object(one).get("chat_template") for one in files if one.is_file())


def _quantisation(config: Mapping[str, Any]) -> str:
    given = config.get("quantization_config")
    return str(given.get("quant_method", ""))[:20] if isinstance(given, dict) else ""


def _cached(config: Mapping[str, Any]) -> int:
    heads = _number(config, "num_attention_heads")
    width = _number(config, "head_dim") or (_number(config, "hidden_size") // heads if heads else 0)
    return _number(config, "num_hidden_layers") * (_number(config, "num_key_value_heads") or heads) * 2 * width


def _number(config: Mapping[str, Any], key: str) -> int:
    value = config.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


def _object(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(_read(path, _LARGEST_JSON))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise SettingsError("model.not_json", path=str(path))
    return found


def _read(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise SettingsError("model.not_json", path=str(path))
    return content
