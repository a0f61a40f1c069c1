"""What is a model on disk: a GGUF file, a folder as the hub has them (config.json, safetensors), an OpenVINO folder.

Each is looked at before any runtime loads it. Runtimes take a file that was cut in the middle without an error, and
then write nonsense.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from repondeur.engines.runtimes.gguf_header import Header, read_header
from repondeur.errors import SettingsError

Form = Literal["gguf", "safetensors", "openvino"]

OPENVINO_XML: Final = "openvino_model.xml"
CONFIG: Final = "config.json"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model that can be loaded.

    path: the file, or the folder. name: as MODEL=local:NAME has it. architecture: as its file calls it ("qwen3").
    parameters: how many numbers it consists of, 0 where that is not told. size: octets on disk. context: tokens of
    prompt and answer together, 0 where that is not told. quantisation: "Q8_0", "BF16", "" where that is not told.
    types: every kind of tensor in it. cached: numbers that the cache keeps for each token, 0 where that is not told.
    """

    path: Path
    name: str
    form: Form
    architecture: str
    parameters: int
    size: int
    context: int
    quantisation: str
    types: tuple[str, ...] = ()
    cached: int = 0


def inspect(path: Path) -> ModelFile:
    """What model lies there. Reads headers only: milliseconds, for a vocabulary of 150,000 tokens half a second.

    Raises SettingsError of the area "model", which says what to do: it is missing, cut off, too long, no model, has no
    tokenizer or no chat template.
    """
    from repondeur.engines.runtimes import folders

    try:
        if path.is_file():
            return _gguf(path)
        if not path.exists():
            raise SettingsError("model.missing", path=str(path))
        if (path / OPENVINO_XML).is_file():
            return folders.openvino(path)
        if (path / CONFIG).is_file():
            return folders.safetensors(path)
    except OSError as error:
        raise SettingsError("model.unreadable", path=str(path), problem=error.strerror or "?") from None
    raise SettingsError("model.not_a_model", path=str(path))


def locate(name: str, folder: Path) -> Path:
    """Where the model of MODEL=local:NAME lies: a path, or a name in the models folder with or without ".gguf".

    Whether it is there is not looked at here.
    """
    given = Path(name).expanduser()
    if given.is_absolute() or len(given.parts) > 1 or name.startswith((".", "~")):
        return given
    found = (folder / one for one in (name, f"{name}.gguf"))
    return next((path for path in found if path.exists()), folder / name)


def find(folder: Path) -> Iterator[ModelFile | SettingsError]:
    """What lies in the models folder, in the order of names (case does not matter): models, and why others are none.
    Nothing when there is no such folder. Files that are not named .gguf are passed over."""
    for path in _candidates(folder):
        try:
            yield inspect(path)
        except SettingsError as error:
            yield error


def _candidates(folder: Path) -> list[Path]:
    try:
        every = [one for one in folder.iterdir() if not one.name.startswith(".")]
    except OSError:
        return []  # no models folder is the usual case, and one that cannot be read holds no model for us
    models = (one for one in every if one.suffix.lower() == ".gguf" or _is_model_folder(one))
    return sorted(models, key=lambda one: (one.name.lower(), one.name))


def _is_model_folder(path: Path) -> bool:
    return any((path / one).is_file() for one in (CONFIG, OPENVINO_XML))


def _gguf(path: Path) -> ModelFile:
    header = read_header(path)
    size = path.stat().st_size
    if size < header.size:
        raise SettingsError("model.truncated", path=str(path))
    if size > header.size + header.slack:
        raise SettingsError("model.too_long", path=str(path))
    if header.number("split.count") > 1:
        raise SettingsError("model.in_parts", path=str(path), parts=header.number("split.count"))
    architecture = header.text("general.architecture")
    # A pooling type tells of a model of embeddings, which may be of the same architecture.
    embeds = header.number(f"{architecture}.pooling_type") > 0
    if not architecture or not header.parameters or not header.number(f"{architecture}.block_count") or embeds:
        raise SettingsError("model.no_text_model", path=str(path), architecture=architecture or "?")
    if not header.text("tokenizer.ggml.model") or not header.counts.get("tokenizer.ggml.tokens"):
        raise SettingsError("model.no_tokenizer", path=str(path))
    if not header.text("tokenizer.chat_template"):
        raise SettingsError("model.no_chat_template", path=str(path))
    return ModelFile(
        path=path,
        name=path.name.removesuffix(".gguf"),
        form="gguf",
        architecture=architecture,
        parameters=header.parameters,
        size=size,
        context=header.number(f"{architecture}.context_length"),
        quantisation=header.types[0],
        types=header.types,
        cached=_cached(header, architecture),
    )


def _cached(header: Header, architecture: str) -> int:
    """A key and a value for each layer and head (GGUF specification, "LLM"); heads count as attention.head_count where
    keys have no number of their own."""

    def number(key: str) -> int:
        return header.number(f"{architecture}.{key}")

    heads = number("attention.head_count")
    width = number("embedding_length") // heads if heads else 0
    length = (number("attention.key_length") or width) + (number("attention.value_length") or width)
    return number("block_count") * (number("attention.head_count_kv") or heads) * length
