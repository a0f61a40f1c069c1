"""What a test needs beside Python. Missing: skipped with the reason; where it must be there, a failure in CI."""

import os
from pathlib import Path
from typing import Final, NoReturn

import pytest

SHARED: Final = Path(__file__).parents[3] / "shared"


def beside_the_project(path: Path) -> None:
    """Ends the test where this file or folder of the collections beside the project is absent. Who has no collections
    at all, as most people, skips in CI too; where there are some, one that is gone is a failure there."""
    if path.exists():
        return
    reason = f"no {path.relative_to(SHARED.parent)} beside the project"
    if SHARED.is_dir():
        missing(reason)
    pytest.skip(reason)


def missing(reason: str) -> NoReturn:
    """Ends the test that asks for something this machine does not have."""
    if os.environ.get("CI", "").lower() in {"1", "true", "yes"}:
        pytest.fail(f"needed in CI: {reason}", pytrace=False)
    pytest.skip(reason)
