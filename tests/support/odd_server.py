"""An HTTPS server on loopback that answers as a test wants."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.certificates import Authority
from tests.support.graph.wire import Handler, Wire


@contextmanager
def serving(answer: Handler, home: Path) -> Iterator[tuple[str, Path]]:
    """Its URL, and the certificate of the authority to trust."""
    authority = Authority(home / "odd-ca")
    wire = Wire(answer, authority.context("odd"))
    wire.start()
    try:
        yield f"https://localhost:{wire.port}", authority.certificate
    finally:
        wire.stop()
