"""What `repondeur check` says of the model that tells passages of the same meaning, where settings name one."""

import time
from collections.abc import AsyncIterator

from repondeur.engines.embedding import Embedder, embedder
from repondeur.errors import RepondeurError
from repondeur.mailboxes.base import Finding
from repondeur.settings.schema import Settings
from repondeur.texts import Reason

WHAT = "check.embeddings"
SECONDS = 20.0  # a model on this machine is read from disk first


async def check_embeddings(settings: Settings) -> AsyncIterator[Finding]:
    """It is asked once, for the vector of next to nothing."""
    try:
        model = embedder(settings)
        if model is not None:
            yield Finding(WHAT, "ok", await _asked(model))
    except RepondeurError as error:
        yield Finding(WHAT, "failed", error.reason)


async def _asked(model: Embedder) -> Reason:
    began = time.monotonic()
    try:
        (vector,) = await model.embed(["?"], SECONDS, asked=True)
    finally:
        await model.close()
    seconds = f"{time.monotonic() - began:.1f}"
    return Reason("check.embeddings_answer", {"model": model.name, "seconds": seconds, "length": len(vector)})
