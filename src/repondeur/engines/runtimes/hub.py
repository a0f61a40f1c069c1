"""Models of the Hugging Face Hub, brought to the models folder.

HF_ENDPOINT (a mirror), HF_TOKEN and HF_HUB_OFFLINE count as huggingface_hub documents them ("Environment variables").
"""

import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from repondeur.engines.runtimes.download import Progress, Source, fetch, is_whole
from repondeur.engines.runtimes.files import ModelFile, inspect
from repondeur.errors import RepondeurError, SettingsError

DEFAULT_REPO: Final = "Qwen/Qwen3-0.6B-GGUF"
DEFAULT_FILE: Final = "Qwen3-0.6B-Q8_0.gguf"
# Which of several quantisations is taken where none is named, best first.
_PREFERRED: Final = ("q8_0", "q4_k_m", "q4_0", "q6_k", "f16", "bf16")
_NAME: Final = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}")
_FILE: Final = re.compile(r"[\w. -]{1,200}\.gguf", re.IGNORECASE)
# What a model needs beside its weights; pictures, other languages' weights and code are left there.
_PARTS: Final = re.compile(
    r"(?:(?:config|generation_config|tokenizer|tokenizer_config|special_tokens_map|chat_template)\.json"
    r"|chat_template\.jinja|model(?:-\d+-of-\d+)?\.safetensors|model\.safetensors\.index\.json"
    r"|openvino_[\w-]+\.(?:xml|bin))"
)
_HEAD_TIMEOUT: Final = 10.0  # seconds

Told = Callable[[str], Progress]
"""Called with the name of a file that is about to be downloaded; what it gives is told how far that is."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """file: "" for what the model has: its weights as GGUF, or its folder."""

    repo: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class Pulled:
    """fresh: False when it was there already."""

    model: ModelFile
    fresh: bool


def wanted(text: str) -> Wanted:
    """ "OWNER/NAME" or "OWNER/NAME:FILE.gguf"; "" for the default model. Raises SettingsError."""
    if not text or text == DEFAULT_REPO:
        return Wanted(DEFAULT_REPO, DEFAULT_FILE)
    repo, colon, file = text.partition(":")
    if not _NAME.fullmatch(repo) or ".." in text or (colon and not _FILE.fullmatch(file)):
        raise SettingsError("model.hub_name", name=text)
    return Wanted(repo, file)


def pull(want: Wanted, folder: Path, tell: Told, endpoint: str = "") -> Pulled:
    """The model, whole, in the models folder. What is there already is checked against the hub and not fetched again.

    endpoint: "" for HF_ENDPOINT. Raises RepondeurError of the area "model" that says what to do; SettingsError when
    huggingface_hub is not installed.
    """
    hub = _open(endpoint)
    with _named_failures(hub, want, folder):
        names = [want.file] if want.file else _chosen(want, hub.files(want.repo))
        sources = [hub.source(want.repo, name) for name in names]
    if len(names) == 1:
        target = folder / names[0]
        fresh = not is_whole(target, sources[0])
        if fresh:
            fetch(sources[0], target, tell(names[0]))
        return Pulled(inspect(target), fresh)
    return _pull_folder(want, folder, sources, tell)


def _pull_folder(want: Wanted, folder: Path, sources: Sequence[Source], tell: Told) -> Pulled:
    target = folder / want.repo.partition("/")[2]
    if all(is_whole(target / one.file, one) for one in sources):
        return Pulled(inspect(target), fresh=False)
    # Beside its place until it is whole: half a folder would look like a model.
    part = folder / f".{target.name}.incomplete"
    for source in sources:
        if not is_whole(part / source.file, source):
            fetch(source, part / source.file, tell(source.file))
    try:
        if target.exists():
            shutil.rmtree(target)
        part.rename(target)
    except OSError as error:
        problem = error.strerror or type(error).__name__
        raise RepondeurError("model.hub_cannot_write", folder=str(folder), problem=problem) from None
    return Pulled(inspect(target), fresh=True)


def _chosen(want: Wanted, names: Iterable[str]) -> list[str]:
    """The files to fetch: one GGUF, or all that a folder needs. Raises RepondeurError when there is neither."""
    every = sorted(names)
    for kind in _PREFERRED:
        for name in every:
            if _FILE.fullmatch(name) and name.lower().removesuffix(".gguf").endswith(("-" + kind, "." + kind)):
                return [name]
    parts = [name for name in every if _PARTS.fullmatch(name)]
    if "config.json" in parts and any(name.endswith((".safetensors", "openvino_model.xml")) for name in parts):
        return parts
    raise RepondeurError("model.hub_nothing", repo=want.repo)


@dataclass(frozen=True, slots=True)
class _Hub:
    """What is asked of the hub. Methods raise what huggingface_hub raises."""

    endpoint: str

    @property
    def host(self) -> str:
        return urlsplit(self.endpoint).netloc

    def files(self, repo: str) -> list[str]:
        from huggingface_hub import HfApi

        found = HfApi(endpoint=self.endpoint).model_info(repo, timeout=_HEAD_TIMEOUT)
        return [one.rfilename for one in found.siblings or ()]

    def source(self, repo: str, name: str) -> Source:
        from huggingface_hub import get_hf_file_metadata, get_token

        about = get_hf_file_metadata(self.url(repo, name), timeout=_HEAD_TIMEOUT, endpoint=self.endpoint)
        if about.size is None or about.commit_hash is None:
            raise RepondeurError("model.hub_failed", host=self.host, status="X-Repo-Commit")
        # Of one commit, so that a file that changes meanwhile is not put together from two.
        fixed = self.url(repo, name, about.commit_hash)
        token = get_token()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return Source(name, fixed, headers, about.size, about.etag or "")

    def url(self, repo: str, name: str, revision: str = "main") -> str:
        from huggingface_hub import hf_hub_url

        return hf_hub_url(repo, name, revision=revision, endpoint=self.endpoint)


def _open(endpoint: str) -> _Hub:
    try:
        from huggingface_hub import constants  # looks at HF_ENDPOINT itself

        # It would tell the hub what else is installed and which program has called it, by a list that it asks for first
        # and keeps, in whatever form that came.
        constants.HF_HUB_DISABLE_TELEMETRY = True
        found = _Hub(endpoint or constants.ENDPOINT)
        is_address = bool(found.host) and found.endpoint.startswith(("http://", "https://"))
    except ImportError:
        raise SettingsError("model.hub_package") from None
    except ValueError:  # "http://[::"
        raise SettingsError("model.hub_address") from None
    if not is_address:
        raise SettingsError("model.hub_address")
    return found


@contextmanager
def _named_failures(hub: _Hub, want: Wanted, folder: Path) -> Iterator[None]:
    """What the libraries raise, as what to do."""
    import httpx2
    from huggingface_hub import errors

    host = hub.host
    what = hub.url(want.repo, want.file) if want.file else want.repo
    try:
        yield
    except errors.OfflineModeIsEnabled:
        raise RepondeurError("model.hub_offline", what=what, folder=str(folder)) from None
    except (errors.GatedRepoError, errors.DisabledRepoError):
        raise RepondeurError("model.hub_refused", host=host, repo=want.repo) from None
    except errors.RepositoryNotFoundError:  # the hub says so of private ones as well
        raise RepondeurError("model.hub_no_repo", host=host, repo=want.repo) from None
    except errors.EntryNotFoundError:
        raise RepondeurError("model.hub_no_file", repo=want.repo, file=want.file) from None
    except errors.HfHubHTTPError as error:
        raise _by_status(error, want, host) from None
    except httpx2.InvalidURL:  # of a proxy: our own was looked at
        raise SettingsError("model.hub_address") from None
    except httpx2.HTTPError:
        raise RepondeurError("model.hub_unreachable", host=host, what=what, folder=str(folder)) from None
    except (ValueError, TypeError, KeyError, AttributeError):  # an answer of another form: a web page of a proxy
        raise RepondeurError("model.hub_failed", host=host, status="?") from None


def _by_status(error: Any, want: Wanted, host: str) -> RepondeurError:
    status = getattr(error.response, "status_code", 0)
    if status in {401, 403}:
        return RepondeurError("model.hub_refused", host=host, repo=want.repo)
    return RepondeurError("model.hub_failed", host=host, status=status)
