"""Models from the hub: whole, checked, gone on with where a download broke; and what is said when that cannot be."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.hub import Hub
from tests.support.models import write

from repondeur.engines.runtimes.download import Source, fetch
from repondeur.engines.runtimes.hub import DEFAULT_FILE, DEFAULT_REPO, Pulled, Wanted, pull, wanted
from repondeur.errors import RepondeurError, SettingsError

REPO, FILE = "owner/tiny-GGUF", "tiny-Q8_0.gguf"
TINY = Wanted(REPO, FILE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("model") / "tiny", gguf="Q8_0")


@pytest.fixture(scope="module")
def gguf(folder: Path) -> bytes:
    return (folder / "model-Q8_0.gguf").read_bytes()


@pytest.fixture(autouse=True)
def without_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "nobody"))


class Told:
    """What a person would have seen of the download."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, int, int]] = []

    def __call__(self, file: str) -> Callable[[int, int], None]:
        return lambda done, total: self.seen.append((file, done, total))


def pulled(hub: Hub, models: Path, want: Wanted = TINY, told: Told | None = None) -> Pulled:
    return pull(want, models, told or Told(), endpoint=hub.url)


def test_a_file_is_fetched_once(tmp_path: Path, gguf: bytes) -> None:
    told = Told()
    with Hub({REPO: {FILE: gguf}}) as hub:
        first = pulled(hub, tmp_path, told=told)
        second = pulled(hub, tmp_path)
        assert (first.fresh, second.fresh) == (True, False)
        assert len(hub.downloads()) == 1
    assert first.model.name == "tiny-Q8_0"
    assert (tmp_path / FILE).read_bytes() == gguf
    assert [one.name for one in tmp_path.iterdir()] == [FILE]
    assert told.seen[-1] == (FILE, len(gguf), len(gguf))


def test_a_download_that_breaks_is_gone_on_with(tmp_path: Path, gguf: bytes) -> None:
    with Hub({REPO: {FILE: gguf}}, cuts=[40_000, 30_000]) as hub:
        assert pulled(hub, tmp_path).fresh
        assert hub.downloads() == ["", "bytes=40000-", "bytes=70000-"]
    assert (tmp_path / FILE).read_bytes() == gguf


def test_the_next_run_goes_on_where_the_last_one_was(tmp_path: Path, gguf: bytes) -> None:
    with Hub({REPO: {FILE: gguf}}, cuts=[40_000, 0, 0, 0]) as hub:
        with pytest.raises(RepondeurError) as caught:
            pulled(hub, tmp_path)
        assert caught.value.reason.code == "model.hub_cut"
        assert not (tmp_path / FILE).exists()
        assert pulled(hub, tmp_path).fresh
        assert hub.downloads()[-1] == "bytes=40000-"
    assert (tmp_path / FILE).read_bytes() == gguf


def test_a_server_that_knows_no_ranges_begins_anew(tmp_path: Path, gguf: bytes) -> None:
    with Hub({REPO: {FILE: gguf}}, cuts=[40_000], ranges=False) as hub:
        assert pulled(hub, tmp_path).fresh
    assert (tmp_path / FILE).read_bytes() == gguf


def test_what_is_not_the_hubs_file_does_not_stay(tmp_path: Path, gguf: bytes) -> None:
    with Hub({REPO: {FILE: gguf}}, spoilt=gguf[:-1] + b"!") as hub:
        with pytest.raises(RepondeurError) as caught:
            pulled(hub, tmp_path)
        assert caught.value.reason.code == "model.hub_checksum"
        assert list(tmp_path.iterdir()) == []
        hub.spoilt = b""
        (tmp_path / FILE).write_bytes(gguf[:-1] + b"!")
        assert pulled(hub, tmp_path).fresh, "a file of the right size, and the wrong content, is replaced"
        hub.spoilt = gguf + b"more"
        (tmp_path / FILE).unlink()
        with pytest.raises(RepondeurError) as caught:
            pulled(hub, tmp_path)
        assert caught.value.reason.code == "model.hub_checksum"


def test_a_whole_folder(tmp_path: Path, folder: Path) -> None:
    files = {one.name: one.read_bytes() for one in folder.iterdir() if one.suffix != ".gguf"}
    extra = {"README.md": b"#", "pytorch_model.bin": b"pickle", "onnx/model.onnx": b"x", "modeling_own.py": b"code"}
    with Hub({"owner/tiny": files | extra}, cuts=[1000, 0, 0, 0]) as hub:
        with pytest.raises(RepondeurError):
            pulled(hub, tmp_path, Wanted("owner/tiny"))
        assert [one.name for one in tmp_path.iterdir()] == [".tiny.incomplete"]
        found = pulled(hub, tmp_path, Wanted("owner/tiny"))
        assert found.fresh
        assert not pulled(hub, tmp_path, Wanted("owner/tiny")).fresh
    assert (found.model.form, found.model.name) == ("safetensors", "tiny")
    assert [one.name for one in tmp_path.iterdir()] == ["tiny"]
    assert {one.name for one in (tmp_path / "tiny").iterdir()} <= set(files)


def test_the_better_quantisation_of_a_repository(tmp_path: Path, gguf: bytes) -> None:
    names = ("a-Q2_K.gguf", "a-Q4_0.gguf", "a-Q8_0.gguf", "a-F16.gguf")
    with Hub({REPO: dict.fromkeys(names, gguf) | {"README.md": b"#"}}) as hub:
        assert pulled(hub, tmp_path, Wanted(REPO)).model.name == "a-Q8_0"


def test_a_token_opens_a_gated_model_and_goes_nowhere_else(
    tmp_path: Path, gguf: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Hub({REPO: {FILE: gguf}}, token="hf_secret", gated=frozenset({REPO})) as hub:
        with pytest.raises(RepondeurError) as caught:
            pulled(hub, tmp_path)
        assert caught.value.reason.code == "model.hub_refused"
        monkeypatch.setenv("HF_TOKEN", "hf_secret")
        assert pulled(hub, tmp_path).fresh, "the server that stores the file refuses the token"


@pytest.mark.parametrize(
    ("want", "status", "code"),
    [
        (Wanted("nobody/nothing", FILE), 0, "model.hub_no_repo"),
        (Wanted("nobody/nothing"), 0, "model.hub_no_repo"),
        (Wanted(REPO, "other.gguf"), 0, "model.hub_no_file"),
        (Wanted("owner/words"), 0, "model.hub_nothing"),
        (Wanted(REPO, FILE), 429, "model.hub_failed"),
        (Wanted(REPO, FILE), 503, "model.hub_failed"),
        (Wanted(REPO, FILE), 200, "model.hub_failed"),
        (Wanted(REPO), 200, "model.hub_failed"),
    ],
)
def test_what_the_hub_does_not_give(tmp_path: Path, gguf: bytes, want: Wanted, status: int, code: str) -> None:
    with Hub({REPO: {FILE: gguf}, "owner/words": {"README.md": b"#"}}, status=status) as hub:
        with pytest.raises(RepondeurError) as caught:
            pulled(hub, tmp_path, want)
        assert caught.value.reason.code == code
        assert caught.value.hint("fr")
        assert hub.downloads() == []


def test_without_a_network_it_is_told_what_to_copy_where(tmp_path: Path) -> None:
    with Hub({}) as hub:
        address = hub.url
    with pytest.raises(RepondeurError) as caught:
        pull(Wanted(REPO, FILE), tmp_path, Told(), endpoint=address)
    assert caught.value.reason.code == "model.hub_unreachable"
    assert f"{address}/{REPO}/resolve/main/{FILE}" in caught.value.hint("fr")
    assert str(tmp_path) in caught.value.hint("en")


def test_a_disk_that_is_too_small_is_seen_first(tmp_path: Path) -> None:
    source = Source("huge.gguf", "http://127.0.0.1:9/huge.gguf", {}, 1 << 60, "0" * 64)
    with pytest.raises(RepondeurError) as caught:
        fetch(source, tmp_path / "huge.gguf", lambda *_: None)
    assert caught.value.reason.code == "model.hub_no_space"


def test_a_folder_that_cannot_be_written(tmp_path: Path, gguf: bytes) -> None:
    (tmp_path / "models").write_text("a file")
    with Hub({REPO: {FILE: gguf}}) as hub, pytest.raises(RepondeurError) as caught:
        pulled(hub, tmp_path / "models")
    assert caught.value.reason.code == "model.hub_cannot_write"


def test_two_downloads_of_one_file(tmp_path: Path, gguf: bytes) -> None:
    with Hub({REPO: {FILE: gguf}}) as hub:

        def told(_file: str) -> Callable[[int, int], None]:
            def again(_done: int, _total: int) -> None:
                with pytest.raises(RepondeurError) as caught:
                    pulled(hub, tmp_path)
                codes.append(caught.value.reason.code)

            return again

        codes: list[str] = []
        assert pull(Wanted(REPO, FILE), tmp_path, told, endpoint=hub.url).fresh
    assert set(codes) == {"model.hub_running"}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", Wanted(DEFAULT_REPO, DEFAULT_FILE)),
        (DEFAULT_REPO, Wanted(DEFAULT_REPO, DEFAULT_FILE)),
        ("Qwen/Qwen3-4B", Wanted("Qwen/Qwen3-4B")),
        ("a/b:c-Q4_0.gguf", Wanted("a/b", "c-Q4_0.gguf")),
    ],
)
def test_names_of_models(text: str, meant: Wanted) -> None:
    assert wanted(text) == meant


@pytest.mark.parametrize(
    "text", ["qwen", "a/b/c", "a/b:", "a/b:../x.gguf", "a/b:c.bin", "../b", "a b/c", "https://x/y"]
)
def test_what_is_no_name_of_a_model(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        wanted(text)
    assert caught.value.reason.code == "model.hub_name"
