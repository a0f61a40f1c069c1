"""What memory a model needs, and what there is: said before loading, since afterwards the system ends the program."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from repondeur.engines.runtimes.files import ModelFile
from repondeur.errors import SettingsError

# Beside weights and cache: what one step computes with, and the runtime's own code and tables.
OVERHEAD: Final = 400_000_000  # octets
TOKENS: Final = 4096  # of one question and its answer, as far as memory is kept for it
_NO_LIMIT: Final = 1 << 60  # cgroup v1 writes a number near 2**63 for "none"
_TYPE_OCTETS: Final = {"F64": 8, "F32": 4}
# How many times their size on disk weights take while OpenVINO loads them: it reads them, and makes a layout of its own
# that suits the processor. Measured on Qwen3-0.6B as Q8_0: 2.2 GB at most.
_LOADING: Final = {"gguf": 2.5, "openvino": 1.5}
# Octets of a number in the cache: OpenVINO packs it into eight bits on processors (KV_CACHE_PRECISION).
_CACHED: Final = {"openvino": 1, "transformers": 2}


def needed(model: ModelFile, runtime: str, at_once: int, *, value_octets: int = 2) -> int:
    """Octets that a model takes when `at_once` questions of TOKENS are worked together.

    value_octets: of one number, where transformers makes them wider than the file has them.
    """
    weights = model.size
    if runtime == "openvino":
        weights = int(weights * _LOADING.get(model.form, 1))
    elif value_octets > _TYPE_OCTETS.get(model.quantisation, 2):
        weights = model.parameters * value_octets
    return weights + at_once * TOKENS * model.cached * _CACHED[runtime] + OVERHEAD


def free(root: Path = Path("/")) -> int | None:
    """Octets that this process may still take without swapping: what the machine has, or less where a container limits
    it (cgroup version 1 or 2). None where the system does not tell. root: where proc and sys lie."""
    limits = [*_machine(root), *_groups(root)]
    return min(limits) if limits else None


def taken(root: Path = Path("/")) -> int | None:
    """Octets that this process has in memory at its largest (VmHWM of proc_pid_status(5)); None where the system does
    not tell."""
    found = re.search(r"^VmHWM:\s+(\d+) kB", _text(root / "proc/self/status"), re.MULTILINE)
    return int(found[1]) * 1024 if found else None


def check(model: ModelFile, need: int, have: int | None) -> None:
    """Raises SettingsError, model.too_little_memory, when a model does not fit."""
    if have is not None and need > have:
        raise SettingsError("model.too_little_memory", name=model.name, needed=gigabytes(need), free=gigabytes(have))


def gigabytes(octets: int) -> str:
    """ "0.8": in units of 10**9, as disks and downloads are counted."""
    return f"{octets / 1e9:.1f}" if octets >= 50_000_000 or not octets else f"{octets / 1e9:.4f}"


def _machine(root: Path) -> Iterator[int]:
    """MemAvailable: what can be had without swapping (proc_meminfo(5))."""
    found = re.search(r"^MemAvailable:\s+(\d+) kB", _text(root / "proc/meminfo"), re.MULTILINE)
    if found:
        yield int(found[1]) * 1024


def _groups(root: Path) -> Iterator[int]:
    """What is left in each of the process's control groups and those above (kernel documentation, cgroup-v2 and
    cgroup-v1/memory)."""
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if not controllers:
            names = ("memory.max", "memory.current", "inactive_file")
            yield from _left(root / "sys/fs/cgroup", path, names)
        elif "memory" in controllers.split(","):
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
            yield from _left(root / "sys/fs/cgroup/memory", path, names)


def _left(base: Path, path: str, names: tuple[str, str, str]) -> Iterator[int]:
    limit_name, used_name, cache_name = names
    parts = [part for part in path.split("/") if part not in {"", ".."}]
    for depth in range(len(parts), -1, -1):
        group = base.joinpath(*parts[:depth])
        limit, used = (_text(group / name).strip() for name in (limit_name, used_name))
        if limit.isdecimal() and used.isdecimal() and int(limit) < _NO_LIMIT:
            # Files that were read and are not in use are given up before anything is refused.
            cache = re.search(rf"^{cache_name} (\d+)$", _text(group / "memory.stat"), re.MULTILINE)
            yield max(0, int(limit) - int(used) + (int(cache[1]) if cache else 0))


def _text(path: Path) -> str:
    """ "" for what is not there: not every system tells."""
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
