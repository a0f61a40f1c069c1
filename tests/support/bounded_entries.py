"""What children of the pool are made to do in its tests."""

import ctypes
import json
import os
import resource
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from repondeur.errors import MessageUnreadable

HOARD: list[bytearray] = []


def obey(payload: bytes) -> bytes:
    """One word says what to do, the rest what to do it with."""
    word, _, rest = payload.partition(b" ")
    return DEEDS[word.decode()](rest)


def spin(_: bytes) -> bytes:
    while True:
        pass


def sleep(_: bytes) -> bytes:
    time.sleep(3600)
    return b""


def eat(size: bytes) -> bytes:
    return str(len(bytearray(int(size)))).encode()


def hoard(size: bytes) -> bytes:
    HOARD.append(bytearray(int(size)))
    return b"kept"


def segfault(_: bytes) -> bytes:
    ctypes.string_at(0)
    return b""


def abort(last_words: bytes) -> bytes:
    os.write(2, last_words + b"\n")
    os.abort()


def leave(_: bytes) -> bytes:
    os._exit(3)


def shout(words: bytes) -> bytes:
    """Prints where it should not."""
    print(words.decode(), flush=True)  # noqa: T201 - that is the point
    sys.stderr.write(words.decode() * 100_000)
    return b"done"


def fail(message: bytes) -> bytes:
    raise RecursionError(message.decode())


def refuse(code: bytes) -> bytes:
    raise MessageUnreadable(code.decode(), limit=5)


def write(path: bytes) -> bytes:
    return _what_happens(lambda: Path(path.decode()).write_bytes(b"x"))


def connect(port: bytes) -> bytes:
    return _what_happens(lambda: socket.create_connection(("127.0.0.1", int(port)), 5).close())


def environ(_: bytes) -> bytes:
    return json.dumps(dict(os.environ)).encode()


def limits(_: bytes) -> bytes:
    names = ("RLIMIT_AS", "RLIMIT_NOFILE", "RLIMIT_FSIZE", "RLIMIT_CORE")
    return json.dumps({name: resource.getrlimit(getattr(resource, name))[0] for name in names}).encode()


DEEDS: dict[str, Callable[[bytes], bytes]] = {
    "echo": lambda rest: rest,
    "pid": lambda _: str(os.getpid()).encode(),
    "answer": lambda size: b"x" * int(size),
    **{
        deed.__name__: deed
        for deed in (spin, sleep, eat, hoard, segfault, abort, leave, shout, fail, refuse, write, connect)
    },
    "environ": environ,
    "limits": limits,
}


def _what_happens(attempt: Callable[[], object]) -> bytes:
    try:
        attempt()
    except OSError as error:
        return type(error).__name__.encode()
    return b"done"
