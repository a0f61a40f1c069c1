"""What memory a model needs, and what there is: on the machine, and in a container that may take less."""

from pathlib import Path

import pytest

from repondeur.engines.runtimes.files import ModelFile
from repondeur.engines.runtimes.memory import OVERHEAD, TOKENS, check, free, gigabytes, needed
from repondeur.errors import SettingsError

SMALL = ModelFile(Path("m.gguf"), "m", "gguf", "qwen3", 600_000_000, 640_000_000, 40960, "Q8_0", cached=57_344)


def system(root: Path, **files: str) -> Path:
    for name, content in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


MEMINFO = "MemTotal: 8000000 kB\nMemFree: 100 kB\nMemAvailable: 4000000 kB\n"


def test_a_machine_without_limits(tmp_path: Path) -> None:
    root = system(tmp_path, proc__meminfo=MEMINFO, proc__self__cgroup="0::/\n", sys__fs__cgroup__memory_dot_max="max\n")
    assert free(root) == 4_000_000 * 1024


def test_a_container_of_cgroup_2(tmp_path: Path) -> None:
    root = system(
        tmp_path,
        proc__meminfo=MEMINFO,
        proc__self__cgroup="0::/pod/app\n",
        sys__fs__cgroup__pod__app__memory_dot_max="max\n",
        sys__fs__cgroup__pod__app__memory_dot_current="1\n",
        sys__fs__cgroup__pod__memory_dot_max="1000000000\n",
        sys__fs__cgroup__pod__memory_dot_current="700000000\n",
        sys__fs__cgroup__pod__memory_dot_stat="anon 1\ninactive_file 200000000\n",
    )
    assert free(root) == 500_000_000


def test_a_container_of_cgroup_1(tmp_path: Path) -> None:
    root = system(
        tmp_path,
        proc__meminfo=MEMINFO,
        proc__self__cgroup="5:cpu,cpuacct:/app\n9:memory:/app\n",
        sys__fs__cgroup__memory__app__memory_dot_limit_in_bytes="2000000000\n",
        sys__fs__cgroup__memory__app__memory_dot_usage_in_bytes="1900000000\n",
        sys__fs__cgroup__memory__memory_dot_limit_in_bytes="9223372036854771712\n",
        sys__fs__cgroup__memory__memory_dot_usage_in_bytes="3000000000\n",
    )
    assert free(root) == 100_000_000


def test_a_system_that_does_not_tell(tmp_path: Path) -> None:
    assert free(tmp_path) is None
    check(SMALL, 1 << 60, None)


def test_this_machine() -> None:
    found = free()
    assert found is None or 1_000_000 < found < 1 << 50


def test_what_a_model_needs() -> None:
    assert needed(SMALL, "openvino", 1) == 1_600_000_000 + TOKENS * 57_344 + OVERHEAD
    assert needed(SMALL, "openvino", 16) == needed(SMALL, "openvino", 1) + 15 * TOKENS * 57_344
    wide = ModelFile(Path("m"), "m", "safetensors", "qwen3", 600_000_000, 1_200_000_000, 40960, "BF16")
    assert needed(wide, "transformers", 1) == 1_200_000_000 + OVERHEAD
    assert needed(wide, "transformers", 1, value_octets=4) == 2_400_000_000 + OVERHEAD


def test_too_little_is_said_with_what_to_do() -> None:
    with pytest.raises(SettingsError) as caught:
        check(SMALL, 2_000_000_000, 1_500_000_000)
    assert "2.0 GB" in str(caught.value)
    assert "1.5 GB" in str(caught.value)
    assert "LOCAL_AT_ONCE" in caught.value.hint("fr")


@pytest.mark.parametrize(("octets", "said"), [(0, "0.0"), (640_000_000, "0.6"), (250_000, "0.0003"), (8 << 30, "8.6")])
def test_gigabytes(octets: int, said: str) -> None:
    assert gigabytes(octets) == said
