"""A defect that one mail brings to light costs only this one its turn."""

import asyncio
from datetime import UTC, datetime

import structlog

from repondeur.attachments.reader import FileReader
from repondeur.bounded.pool import Pool
from repondeur.bounded.reading import ENTRY
from repondeur.engines.base import Context
from repondeur.engines.builtin import BuiltinEngine
from repondeur.knowledge.index import Index
from repondeur.mail.message import Message
from repondeur.pipeline.explain import Explainer, Source, explain_all
from repondeur.policy.analysis import Analysis
from repondeur.settings.schema import Settings


class Flawed(BuiltinEngine):
    async def analyse(self, message: Message, context: Context) -> Analysis:
        if message.subject == "2":
            raise RuntimeError(message.text)
        return await super().analyse(message, context)


def source(number: int) -> Source:
    written = (
        f"From: Ann <ann@client.test>\r\nTo: us@shop.test\r\nSubject: {number}\r\n\r\nWhere is my secret parcel?\r\n"
    )
    return Source(f"{number}.eml", written.encode)


async def test_a_defect_is_told_and_the_others_go_on() -> None:
    explainer = Explainer(Settings(), None, Flawed(), Index(()), "en", datetime.now(UTC), asyncio.Semaphore(2))
    async with Pool(ENTRY, size=1) as reader, FileReader() as files:
        with structlog.testing.capture_logs() as logged:
            found = [one async for one in explain_all(explainer, map(source, (1, 2, 3)), reader, files)]
    assert [one["error"] is None for one in found] == [True, False, True]
    assert found[1]["error"] == "This program failed in a way nobody foresaw (RuntimeError)."
    assert (found[1].keys(), found[1]["analysis"]) == (found[0].keys(), None)
    [line] = [line for line in logged if line["event"] == "explain.failed"]
    assert line["path"] == "2.eml"
