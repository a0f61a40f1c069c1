"""Every guarantee has a mutation, and each can still be made."""

import shutil
from pathlib import Path

import pytest

from tests.mutations.mutate import ALL, ROOT, SOURCE, Change, Mutation, NoSuchTextError, mutations


@pytest.mark.parametrize("mutation", mutations(), ids=lambda one: f"{one.guarantee} {one.what}")
def test_it_can_be_made_and_is_still_python(mutation: Mutation, tmp_path: Path) -> None:
    for change in mutation.changes:
        (tmp_path / change.file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(SOURCE / change.file, tmp_path / change.file)
    mutation.make(tmp_path)
    for change in mutation.changes:
        text = (tmp_path / change.file).read_text("utf-8")
        assert text != (SOURCE / change.file).read_text("utf-8")
        compile(text, change.file, "exec")
    for test in mutation.tests:
        assert (ROOT / test.partition("::")[0]).is_file(), test


def test_every_guarantee_has_one() -> None:
    assert {one.guarantee for one in mutations()} == {f"I{number}" for number in range(1, ALL + 1)}


def test_what_cannot_be_made_is_said() -> None:
    for change in (Change("a.py", "x = 2", "x = 3"), Change("a.py", function="g", returns="1")):
        with pytest.raises(NoSuchTextError):
            change.made_in("x = 1\n\n\ndef f() -> int:\n    return 2\n")
    two_lines = "def f(\n    one: int,\n) -> int:\n    return 2\n"
    assert Change("a.py", function="f", returns="1").made_in(two_lines).splitlines()[3] == "    return 1"
