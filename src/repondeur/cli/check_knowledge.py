"""What `repondeur check` says of the knowledge: what there is to answer from, and what of the folders is not taken."""

from collections.abc import AsyncIterator, Sequence

from repondeur.cli.knowledge_shown import with_path
from repondeur.errors import RepondeurError
from repondeur.knowledge.gathering import gather, roots
from repondeur.knowledge.reading.documents import file_reader
from repondeur.mailboxes.base import Finding
from repondeur.policy.passage import Passage
from repondeur.settings.schema import Settings
from repondeur.store.database import Database
from repondeur.store.shelf import Shelf
from repondeur.texts import Reason

WHAT = "check.knowledge"


async def check_knowledge(settings: Settings, database: Database) -> AsyncIterator[Finding]:
    """The folders are read as they are now, and nothing is stored. A file that is not taken is a warning: the others
    are answered from."""
    try:
        by_hand = await _by_hand(Shelf(database))
        async with file_reader() as reader:
            found = await gather(roots(settings.knowledge_public, settings.knowledge_internal), reader)
    except RepondeurError as error:
        yield Finding(WHAT, "failed", error.reason)
        return
    for one in found:
        for reason in (*one.notes, *([] if one.refused is None else [one.refused])):
            yield Finding(WHAT, "warning", with_path(one, reason))
    passages = [*by_hand, *(passage for one in found for passage in one.passages)]
    public = sum(passage.visibility == "public" for passage in passages)
    if public:
        files = sum(one.refused is None for one in found)
        said = {"public": public, "internal": len(passages) - public, "files": files}
        yield Finding(WHAT, "ok", Reason("knowledge.passages_ready", said))
    else:
        needed = any(mailbox.reply == "strict" for mailbox in settings.mailboxes)
        yield Finding(WHAT, "warning" if needed else "ok", Reason("knowledge.nothing_public"))


async def _by_hand(shelf: Shelf) -> Sequence[Passage]:
    """What is stored beside the folders."""
    files, owners = await shelf.files(), await shelf.owners()
    return [
        one for one in await shelf.all() if (file := owners.get(one.id, "")) not in files or not files[file].watched
    ]
