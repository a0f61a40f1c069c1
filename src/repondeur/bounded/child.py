"""The other side of the pool: `python -m repondeur.bounded.child ENTRY LIMITS` with a pipe on stdin and stdout.

ENTRY is "module:function", bytes to bytes; LIMITS is a ChildLimits as JSON. It ends when stdin does, or with its
parent, however that one ends. It has no network where the kernel allows to give it up, and writes no files.
"""

import ctypes
import faulthandler
import gc
import json
import math
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import BinaryIO, Final

from repondeur.bounded.frames import HEADER, Kind, header
from repondeur.bounded.limits import ChildLimits
from repondeur.errors import MessageUnreadable

# Numbers of the kernel interface: linux/prctl.h, linux/sched.h.
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000

Entry = Callable[[bytes], bytes]


def main(entry_name: str, limits: ChildLimits) -> None:
    # Stops meant for the parent (Ctrl-C, systemd's SIGTERM to the whole group) must not make the mail at hand look as
    # if it had crashed us: the parent ends us when it is done.
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    faulthandler.enable()
    requests, answers = _take_pipes()
    entry = _load(entry_name)
    _isolate()
    _limit(limits)
    _send(answers, Kind.READY, b"")
    while (payload := _receive(requests, answers)) is not None:
        kind, octets = _answer(entry, payload, limits)
        del payload
        _send(answers, kind, octets)
        if kind is Kind.MEMORY:
            return


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The two pipes under numbers of their own, so that a stray print cannot end up in an answer."""
    requests, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return open(requests, "rb", buffering=1 << 16), open(answers, "wb", buffering=0)  # noqa: PTH123 - descriptors


def _isolate() -> None:
    """No network, no new rights, and an end when the parent ends. Best effort: each only where the kernel offers it."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNET) != 0:
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    # After unshare, which takes it away again.
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _load(entry_name: str) -> Entry:
    module, _, function = entry_name.partition(":")
    entry: Entry = getattr(import_module(module), function)
    # What is loaded stays: the collector need not walk it again for every mail.
    gc.freeze()
    return entry


def _limit(limits: ChildLimits) -> None:
    """After loading: the modules themselves need files and address space."""
    for what, value in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (bound, bound))


def _receive(requests: BinaryIO, answers: BinaryIO) -> bytes | None:
    """The next payload; None at the end of the input, and when there is no memory for it."""
    head = requests.read(HEADER.size)
    if len(head) < HEADER.size:
        return None
    _, length = HEADER.unpack(head)
    try:
        payload = requests.read(length)
    except MemoryError:
        _send(answers, Kind.MEMORY, b"")
        return None
    return payload if len(payload) == length else None


def _answer(entry: Entry, payload: bytes, limits: ChildLimits) -> tuple[Kind, bytes]:
    _start_clock(limits.seconds)
    try:
        octets = entry(payload)
    except MemoryError:
        return Kind.MEMORY, b""
    except MessageUnreadable as error:
        return Kind.UNREADABLE, json.dumps([error.reason.code, dict(error.reason.params)]).encode()
    except Exception as error:  # noqa: BLE001 - whatever a mail does to the parser is told to the parent, which decides
        return Kind.FAILED, json.dumps([type(error).__name__, _place(error)]).encode()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    if len(octets) > limits.answer_bytes:
        return Kind.TOO_LARGE, b""
    return Kind.ANSWER, octets


def _place(error: Exception) -> str:
    """Where it was raised, innermost last, as "parse.py:40 headers.py:12": finds the fault without the mail."""
    steps = [(Path(frame.f_code.co_filename).name, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    return " ".join(f"{name}:{line}" for name, line in steps[-4:])


def _start_clock(seconds: float) -> None:
    """CPU time from now on: SIGPROF ends the process, in C code too; RLIMIT_CPU stands behind it."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    used = resource.getrusage(resource.RUSAGE_SELF)
    bound = math.ceil(used.ru_utime + used.ru_stime + seconds) + 2
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (bound if hard == resource.RLIM_INFINITY else min(bound, hard), hard))


def _send(answers: BinaryIO, kind: Kind, octets: bytes) -> None:
    answers.write(header(kind, len(octets)))
    rest = memoryview(octets)
    while rest:
        rest = rest[answers.write(rest) :]


if __name__ == "__main__":
    main(sys.argv[1], ChildLimits(**json.loads(sys.argv[2])))
