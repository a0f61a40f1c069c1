"""What is a model on disk: whole ones are told, and everything else is refused with what to do about it."""

import json
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.models import write

from repondeur.engines.runtimes.files import ModelFile, find, inspect, locate
from repondeur.engines.runtimes.which import runtime_for
from repondeur.errors import SettingsError


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("models") / "tiny", gguf="Q8_0")


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A model folder to be broken."""
    return Path(shutil.copytree(made, tmp_path / "tiny"))


@pytest.fixture
def gguf(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(made / "model-Q8_0.gguf", tmp_path / "tiny-Q8_0.gguf"))


def refused(path: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        inspect(path)
    error = caught.value
    assert error.reason.code.startswith("model.")
    assert error.hint("en")
    assert error.hint("fr")
    return error.reason.code.removeprefix("model.")


def test_a_gguf_file(gguf: Path) -> None:
    found = inspect(gguf)
    assert (found.name, found.form, found.architecture) == ("tiny-Q8_0", "gguf", "qwen3")
    assert (found.context, found.quantisation, found.size) == (4096, "Q8_0", gguf.stat().st_size)
    assert found.parameters == inspect(gguf).parameters > 100_000
    assert found.cached == 2 * 2 * (32 + 32), "2 layers, 2 heads, a key and a value of 32"
    assert runtime_for(found) == "openvino"


def test_a_folder_of_the_hub(folder: Path, gguf: Path) -> None:
    found = inspect(folder)
    assert (found.name, found.form, found.architecture) == ("tiny", "safetensors", "qwen3")
    assert (found.context, found.quantisation) == (4096, "BF16")
    assert (found.parameters, found.cached) == (inspect(gguf).parameters, inspect(gguf).cached)


def test_a_folder_whose_weights_are_several_files(folder: Path) -> None:
    whole = inspect(folder)
    (folder / "model.safetensors").rename(folder / "model-00001-of-00001.safetensors")
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a.weight": "model-00001-of-00001.safetensors"}}))
    assert inspect(folder).parameters == whole.parameters
    index.write_text(json.dumps({"weight_map": {"a": "model-00001-of-00001.safetensors", "b": "model-2.safetensors"}}))
    assert refused(folder) == "part_missing"
    index.write_text(json.dumps({"weight_map": {"a": "../tiny-Q8_0.gguf"}}))
    assert refused(folder) == "part_missing"
    index.write_text("{}")
    assert refused(folder) == "part_missing"


@pytest.mark.parametrize("kept", [0, 3, 4, 20, 300, 5000, 60_000, -33, -1])
def test_a_file_that_was_cut(gguf: Path, kept: int) -> None:
    content = gguf.read_bytes()
    gguf.write_bytes(content[:kept])
    assert refused(gguf) == "truncated"


def test_a_file_with_more_behind_it(gguf: Path) -> None:
    with gguf.open("ab") as file:
        file.write(b"more than the padding of one tensor has room for")
    assert refused(gguf) == "too_long"


def text(value: bytes) -> bytes:
    return struct.pack("<Q", len(value)) + value


LIST = struct.pack("<I", 9)


def with_value(content: bytes, name: bytes, value: int) -> bytes:
    """The file with one number more in its header, which stays aligned."""
    more = text(name) + struct.pack("<IH", 2, value) + text(b"pad") + LIST
    padding = b"\0" * (-(len(more) + 12) % 32)
    more += struct.pack("<IQ", 0, len(padding)) + padding
    pairs = struct.unpack("<Q", content[16:24])[0]
    return content[:16] + struct.pack("<Q", pairs + 2) + more + content[24:]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda old: b"<!DOCTYPE html>" + old, "not_gguf"),
        (lambda old: old[:4] + struct.pack("<I", 1) + old[8:], "not_gguf"),
        (lambda old: old[:4] + struct.pack(">I", 3) + old[8:], "not_gguf"),
        (lambda old: old[:8] + struct.pack("<Q", 1 << 63) + old[16:], "not_gguf"),
        (lambda old: old[:16] + struct.pack("<Q", (1 << 64) - 1) + old[24:], "not_gguf"),
        (lambda old: old[:24] + struct.pack("<Q", (1 << 64) - 1) + old[32:], "truncated"),
        (lambda old: old.replace(b"qwen3", b"clip5").replace(b"qwen2", b"clip5"), ""),
        (lambda old: old.replace(b"tokenizer.ggml.tokens", b"tokenizer.ggml.nothin"), "no_tokenizer"),
        (lambda old: old.replace(b"tokenizer.chat_template", b"tokenizer.chit_template"), "no_chat_template"),
        (lambda old: old.replace(b"general.architecture", b"general.architectura"), "no_text_model"),
        (lambda old: old.replace(b"qwen3.block_count", b"qwen3.blick_count"), "no_text_model"),
        (lambda old: with_value(old, b"qwen3.pooling_type", 3), "no_text_model"),
    ],
)
def test_headers_that_are_none_of_ours(gguf: Path, change: Callable[[bytes], bytes], code: str) -> None:
    gguf.write_bytes(change(gguf.read_bytes()))
    if code:
        assert refused(gguf) == code
        return
    with pytest.raises(SettingsError) as caught:
        runtime_for(inspect(gguf))
    assert caught.value.reason.code == "model.architecture"


def hostile(*pairs: bytes, tensors: bytes = b"", count: int = 0, filling: int = 0) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, count, len(pairs)) + b"".join(pairs) + tensors + b"\0" * filling


MANY = 1 << 40


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(hostile(text(b"a") + LIST + struct.pack("<IQ", 8, MANY)), "truncated", id="texts without end"),
        pytest.param(
            hostile(text(b"a") + LIST + struct.pack("<IQ", 8, 5_000_000), filling=40_000_000),
            "not_gguf",
            id="millions of empty texts",
        ),
        pytest.param(hostile(text(b"a") + LIST + struct.pack("<IQ", 4, MANY)), "truncated", id="numbers without end"),
        pytest.param(
            hostile(text(b"a") + LIST + struct.pack("<IQ", 9, 3), filling=100), "not_gguf", id="lists of lists"
        ),
        pytest.param(hostile(text(b"a") + struct.pack("<I", 99), filling=100), "not_gguf", id="a type unknown"),
        pytest.param(hostile(struct.pack("<Q", MANY), filling=100), "truncated", id="a name without end"),
        pytest.param(
            hostile(struct.pack("<Q", 2 << 20), filling=3 << 20), "not_gguf", id="a name of two million octets"
        ),
        pytest.param(
            hostile(tensors=text(b"t") + struct.pack("<I", 1 << 31), count=1, filling=100),
            "not_gguf",
            id="dimensions without end",
        ),
        pytest.param(
            hostile(tensors=text(b"t") + struct.pack("<IQQIQ", 2, MANY, MANY, 0, 0), count=1, filling=100),
            "truncated",
            id="a tensor larger than any disk",
        ),
        pytest.param(
            hostile(text(b"general.alignment") + struct.pack("<II", 4, 0), filling=100), "not_gguf", id="no alignment"
        ),
    ],
)
def test_hostile_headers_end_quickly(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "hostile.gguf"
    path.write_bytes(content)
    assert refused(path) == code


def test_one_part_of_several(gguf: Path) -> None:
    gguf.write_bytes(with_value(gguf.read_bytes(), b"split.count", 4))
    assert refused(gguf) == "in_parts"


def edited(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize(
    ("do", "code"),
    [
        (lambda one: (one / "model.safetensors").unlink(), "part_missing"),
        (lambda one: (one / "model.safetensors").rename(one / "pytorch_model.bin"), "pickled"),
        (lambda one: (one / "tokenizer.json").unlink(), "no_tokenizer"),
        (lambda one: (one / "config.json").write_text("{"), "not_json"),
        (lambda one: (one / "config.json").write_text("[" * 100_000), "not_json"),
        (lambda one: edited(one / "config.json", architectures=["BertModel"]), "no_text_model"),
        (lambda one: edited(one / "config.json", model_type=""), "no_text_model"),
        (lambda one: (one / "modules.json").write_text("[]"), "no_text_model"),
        (lambda one: edited(one / "tokenizer_config.json", chat_template=""), "no_chat_template"),
        (lambda one: (one / "config.json").unlink(), "not_a_model"),
        (lambda one: (one / "model.safetensors").write_bytes(b"version https://git-lfs.github.com/spec/v1\n"), None),
        (lambda one: (one / "model.safetensors").write_bytes(struct.pack("<Q", 1 << 62) + b"{}"), "not_safetensors"),
        (lambda one: (one / "model.safetensors").write_bytes(struct.pack("<Q", 2) + b"[]"), "not_safetensors"),
        (lambda one: (one / "model.safetensors").write_bytes(b""), "truncated"),
    ],
)
def test_folders_that_are_no_model(folder: Path, do: Callable[[Path], Any], code: str | None) -> None:
    for template in folder.glob("chat_template*"):
        template.unlink()
    edited(folder / "tokenizer_config.json", chat_template="{{ messages }}")
    do(folder)
    assert refused(folder) == (code or "not_safetensors")


def tensors(path: Path, **shapes: Any) -> None:
    header = json.dumps(shapes).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + b"\0" * 100)


@pytest.mark.parametrize(
    ("tensor", "code"),
    [
        ({"dtype": "F32", "shape": [25], "data_offsets": [0, 100]}, ""),
        ({"dtype": "F32", "shape": [26], "data_offsets": [0, 104]}, "truncated"),
        ({"dtype": "F32", "shape": [24], "data_offsets": [0, 96]}, "too_long"),
        ({"dtype": "F32", "shape": [25], "data_offsets": [-100, 100]}, "not_safetensors"),
        ({"dtype": "F32", "shape": [-25], "data_offsets": [0, 100]}, "not_safetensors"),
        ({"dtype": "F32", "shape": [25], "data_offsets": [0, 1 << 70]}, "not_safetensors"),
        ({"dtype": "F32", "shape": "25", "data_offsets": [0, 100]}, "not_safetensors"),
        ({"dtype": "F32"}, "not_safetensors"),
        ("F32", "not_safetensors"),
    ],
)
def test_tensors_and_the_length_of_their_file(folder: Path, tensor: Any, code: str) -> None:
    tensors(folder / "model.safetensors", weight=tensor)
    if code:
        assert refused(folder) == code
    else:
        assert inspect(folder).parameters == 25


def network(folder: Path, name: str, *, octets: int) -> None:
    (folder / f"{name}.xml").write_text('<net><data element_type="i8" offset="0" size="64"/></net>')
    (folder / f"{name}.bin").write_bytes(b"\0" * octets)


def test_a_folder_of_openvino(tmp_path: Path) -> None:
    for name in ("openvino_model", "openvino_tokenizer", "openvino_detokenizer"):
        network(tmp_path, name, octets=64)
    found = inspect(tmp_path)
    assert (found.form, found.size, found.parameters) == ("openvino", 64, 0)
    network(tmp_path, "openvino_model", octets=63)
    assert refused(tmp_path) == "truncated"
    (tmp_path / "openvino_model.bin").unlink()
    assert refused(tmp_path) == "part_missing"
    (tmp_path / "openvino_detokenizer.xml").unlink()
    assert refused(tmp_path) == "no_tokenizer"


def test_where_a_name_leads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    (tmp_path / "small.gguf").touch()
    (tmp_path / "folder").mkdir()
    assert locate("small", tmp_path) == tmp_path / "small.gguf"
    assert locate("small.gguf", tmp_path) == tmp_path / "small.gguf"
    assert locate("folder", tmp_path) == tmp_path / "folder"
    assert locate("nowhere", tmp_path) == tmp_path / "nowhere"
    assert locate("/srv/m.gguf", tmp_path) == Path("/srv/m.gguf")
    assert locate("./m.gguf", tmp_path) == Path("m.gguf")
    assert locate("sub/m.gguf", tmp_path) == Path("sub/m.gguf")
    assert locate("~/m.gguf", tmp_path) == Path("/home/someone/m.gguf")


def test_what_lies_in_the_models_folder(tmp_path: Path, gguf: Path, folder: Path) -> None:
    models = tmp_path / "models"
    assert list(find(models)) == []
    models.mkdir()
    shutil.copy(gguf, models / "Zeta.gguf")
    shutil.copytree(folder, models / "beta")
    (models / "alpha.gguf").write_bytes(gguf.read_bytes()[:1000])
    (models / ".gamma.gguf.0123.incomplete").write_bytes(b"part")
    (models / "notes.txt").write_text("mine")
    (models / "empty").mkdir()
    found = [one.name if isinstance(one, ModelFile) else one.reason.code for one in find(models)]
    assert found == ["model.truncated", "beta", "Zeta"]


def test_missing_and_unreadable(tmp_path: Path) -> None:
    assert refused(tmp_path / "nowhere.gguf") == "missing"
    (tmp_path / "loop.gguf").symlink_to("loop.gguf")
    assert refused(tmp_path / "loop.gguf") in {"missing", "unreadable"}
