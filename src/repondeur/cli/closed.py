"""The memory of this process is nobody else's business: it holds every secret and the mail at hand."""

import ctypes
import resource
import sys
from contextlib import suppress

_SET_DUMPABLE = 4  # PR_SET_DUMPABLE, linux/prctl.h


def close_memory() -> None:
    """No core dump when the program crashes, and, on Linux, none to a crash reporter either; other processes of the
    same user cannot read its memory or its environment (prctl(2), PR_SET_DUMPABLE; core(5)). Programs that it starts
    are as ever, but for the core dumps."""
    with suppress(OSError, ValueError):  # a limit that was lowered already
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_DUMPABLE, 0, 0, 0, 0)
