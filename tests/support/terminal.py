"""A program on a terminal of its own."""

import os
import pty
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

SECONDS = 60
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def on_terminal(command: Sequence[str], cwd: Path, columns: int, **environ: str) -> str:
    """What it writes to a terminal of so many columns, stdout and stderr together, without colours."""
    given: Mapping[str, str] = {"PATH": os.environ["PATH"], "HOME": str(cwd), "TERM": "xterm", "PYTHONUTF8": "1"}
    ours, theirs = pty.openpty()
    try:
        with subprocess.Popen(
            command,
            cwd=cwd,
            env={**given, "COLUMNS": str(columns), **environ},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        ) as process:
            os.close(theirs)
            written = b"".join(iter(lambda: _some(ours), b""))
            process.wait(SECONDS)
    finally:
        os.close(ours)
    return _COLOUR.sub("", written.decode()).replace("\r\n", "\n")


def _some(terminal: int) -> bytes:
    """b"" when the other end is closed, which Linux reports as an error."""
    try:
        return os.read(terminal, 65_536)
    except OSError:
        return b""
