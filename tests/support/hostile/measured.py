"""Entries of a pool of children (repondeur.bounded.child) that tell what reading a mail has taken, or die of it."""

import json
import os
import resource
from pathlib import Path

from repondeur.bounded.mail import read_mail
from repondeur.errors import MessageUnreadable

DEADLY = b"X-Deadly: yes"


def measured(payload: bytes) -> bytes:
    """JSON: code, "" when it was read, else that of the refusal; seconds of CPU; memory in octets, at its highest."""
    before = _seconds()
    code = ""
    try:
        read_mail(payload)
    except MessageUnreadable as error:
        code = error.reason.code
    return json.dumps({"code": code, "seconds": _seconds() - before, "memory": _high_water_mark()}).encode()


def dies_of_some(payload: bytes) -> bytes:
    """Reads as the program does, but for a mail that says so."""
    if DEADLY in payload:
        os.abort()
    return read_mail(payload)


def _seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _high_water_mark() -> int:
    """Not ru_maxrss, which a process has from the one that started it."""
    [line] = [line for line in Path("/proc/self/status").read_text("ascii").splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024
