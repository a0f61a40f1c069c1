"""Do the tests notice when a guarantee is taken away? `python -m tests.mutations.mutate [I1 I2 …]`, or `make mutate`.

Each mutation of mutations.toml is made in a copy of the program, one at a time, and the tests that are named for it are
run there. First they are all run on a copy as it is: what fails there already shows nothing.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
SOURCE: Final = ROOT / "src" / "repondeur"
ALL: Final = 23  # guarantees
GOAL: Final = 22
PATIENCE: Final = 600  # seconds for the tests of one mutation
FAILED: Final = 1  # pytest's exit status when tests failed; others say that none were run


class NoSuchTextError(Exception):
    """What is to be changed does not stand in the program, or not exactly once."""


@dataclass(frozen=True)
class Change:
    """file: below src/repondeur. Either before and after, or a function and what it gives back at once."""

    file: str
    before: str = ""
    after: str = ""
    function: str = ""
    returns: str = ""

    def made_in(self, text: str) -> str:
        """Raises NoSuchTextError."""
        if self.function:
            return self._returning(text)
        if text.count(self.before) != 1:
            raise NoSuchTextError(f"{self.file}: {text.count(self.before)} times {self.before.strip()!r}")
        return text.replace(self.before, self.after)

    def _returning(self, text: str) -> str:
        found = re.findall(rf"^(?:async )?def {self.function}\((?:.|\n)*?\)(?: -> [^\n]+)?:\n", text, re.MULTILINE)
        if len(found) != 1:
            raise NoSuchTextError(f"{self.file}: {len(found)} functions {self.function}")
        return text.replace(found[0], f"{found[0]}    return {self.returns}\n")


@dataclass(frozen=True)
class Mutation:
    """guarantee: its number. what: the program does when it is taken away."""

    guarantee: str
    what: str
    tests: tuple[str, ...]
    changes: tuple[Change, ...]

    def make(self, program: Path) -> None:
        """program: the copy of src/repondeur. Raises NoSuchTextError, before anything is written."""
        texts: dict[Path, str] = {}
        for change in self.changes:
            file = program / change.file
            texts[file] = change.made_in(texts.get(file) or file.read_text("utf-8"))
        for file, text in texts.items():
            file.write_text(text, "utf-8")


def mutations() -> list[Mutation]:
    rows = tomllib.loads(Path(__file__).with_name("mutations.toml").read_text("utf-8"))["mutation"]
    return [
        Mutation(
            row["guarantee"], row["what"], tuple(row["tests"]), tuple(Change(**change) for change in row["change"])
        )
        for row in rows
    ]


def copied(to: Path) -> Path:
    """The project as far as tests need it, and in it the program where Python finds it before the installed one."""
    for name in ("src", "tests", "benchmarks", "docs"):
        ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
        shutil.copytree(ROOT / name, to / name, ignore=ignored)
    for file in ("pyproject.toml", "README.md", "CHANGELOG.md"):
        shutil.copy2(ROOT / file, to / file)
    (to / "repondeur").symlink_to(to / "src" / "repondeur")
    return to


def tested(project: Path, tests: Iterable[str], *options: str) -> tuple[int, list[str]]:
    """pytest's exit status, and the tests that failed."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--no-header", "--tb=no", *options, *tests],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project), "PYTHONDONTWRITEBYTECODE": "1", "CI": ""},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return done.returncode, re.findall(r"^FAILED (.+?)(?: - .*)?$", done.stdout, re.MULTILINE)


def main(wanted: Sequence[str]) -> int:
    chosen = [one for one in mutations() if not wanted or one.guarantee in wanted]
    noticed: set[str] = set()
    missed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="mutate-") as folder:
        project = copied(Path(folder) / "project")
        status, broken = tested(project, dict.fromkeys(test for one in chosen for test in one.tests))
        if status not in {0, FAILED}:
            _tell(f"Without any mutation the tests do not run: pytest ends with {status}")
            return 2
        for test in broken:
            _tell(f"fails without any mutation, and does not count: {test}")
        for mutation in chosen:
            told = _noticed(mutation, project, broken)
            (noticed.add if told else missed.append)(mutation.guarantee)
            _tell(f"{mutation.guarantee:4} {'noticed' if told else 'NOT NOTICED'}  {mutation.what}: {told}")
    seen = noticed - set(missed)
    _tell(f"{len(seen)} of {len({one.guarantee for one in chosen})} noticed")
    return 0 if wanted or len(seen) >= GOAL else 1


def _noticed(mutation: Mutation, project: Path, broken: Sequence[str]) -> str:
    """The test that noticed, "" when none did. broken: tests that do not count."""
    program = project / "src" / "repondeur"
    kept = {change.file: (program / change.file).read_text("utf-8") for change in mutation.changes}
    mutation.make(program)
    try:
        status, failed = tested(project, mutation.tests, "-x", *(f"--deselect={test}" for test in broken))
    except subprocess.TimeoutExpired:
        return "the tests did not end"
    finally:
        for file, text in kept.items():
            (program / file).write_text(text, "utf-8")
    return failed[0] if status == FAILED and failed else ""


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
