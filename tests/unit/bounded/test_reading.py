"""Mail read in a child is the mail that was sent, and comes back with its language."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from repondeur.bounded.pool import Pool
from repondeur.bounded.reading import ENTRY, read
from repondeur.errors import MessageUnreadable

HEADER = b"From: Ann <ann@client.example>\r\nTo: aide@shop.example\r\nSubject: %s\r\nMessage-ID: <a@client.example>\r\n"
QUESTION = HEADER % b"Commande 77120" + "\r\nBonjour,\r\n\r\noù en est ma commande ?\r\n".encode()

FORWARD = b"""
---------- Forwarded message ---------
From: Eve <eve@client.example>
Date: Mon, 2 Nov 2026
Subject: Ma facture
To: <ann@client.example>

Pouvez-vous renvoyer ma facture, s'il vous plait ?
"""


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def reader() -> AsyncIterator[Pool]:
    async with Pool(ENTRY) as pool:
        yield pool


async def test_a_mail_comes_back_whole(reader: Pool) -> None:
    message = await read(reader, QUESTION, ("en", "fr"))
    assert (message.author.address, message.subject, message.language) == ("ann@client.example", "Commande 77120", "fr")
    assert "où en est ma commande ?" in message.text
    assert message.size == len(QUESTION)


async def test_the_language_is_one_of_ours(reader: Pool) -> None:
    assert (await read(reader, QUESTION, ("en", "de"))).language in {"en", "de"}


@pytest.mark.parametrize(
    ("raw", "language"),
    [
        pytest.param(HEADER % b"Where is my order? I am still waiting" + b"\r\n", "en", id="only a subject"),
        pytest.param(HEADER % b"Fwd: x" + FORWARD, "fr", id="only a forward"),
        pytest.param(HEADER % b"" + b"\r\n", "", id="nothing at all"),
    ],
)
async def test_the_language_of_a_mail_without_new_text(reader: Pool, raw: bytes, language: str) -> None:
    assert (await read(reader, raw, ("en", "fr"))).language == language


async def test_a_mail_over_a_limit_is_refused_and_its_header_is_still_read(reader: Pool) -> None:
    raw = HEADER % b"Deep" + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    raw += b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" * 2000
    with pytest.raises(MessageUnreadable) as caught:
        await read(reader, raw, ("en", "fr"))
    assert caught.value.reason.code.startswith("mail.")
    message = await read(reader, raw, ("en", "fr"), header_only=True)
    assert (message.subject, message.text) == ("Deep", "")


async def test_lone_surrogates_survive_the_way_back(reader: Pool) -> None:
    raw = HEADER % b"=?utf-8?b?7aC9?= =?utf-7?q?+2D0-?=" + b"\r\n\xff\xfe\xed\xa0\xbd\r\n"
    assert (await read(reader, raw, ("en", "fr"))).author.address == "ann@client.example"
