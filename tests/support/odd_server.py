"""An HTTPS server on loopback that answers as a test wants."""

from collections.abc import Iterator
from contextlib import contextmanager
from ssl import SSLContext

from tests.support.graph.wire import Handler, Wire


@contextmanager
def serving(answer: Handler, context: SSLContext) -> Iterator[str]:
    """Its URL. context: with a certificate for localhost."""
    wire = Wire(answer, context)
    wire.start()
    try:
        yield f"https://localhost:{wire.port}"
    finally:
        wire.stop()
