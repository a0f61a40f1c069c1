"""Wrong settings, broken servers, full disks, and mail that was made to break programs: each has a clear message and a
visible end, nothing secret is told, and the next mail is handled."""

import asyncio
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.acceptance.desk import Desk, a_desk, events, side_by_side, with_settings
from tests.acceptance.serving import serving
from tests.support.agent import Ended
from tests.support.certificates import Authority
from tests.support.eventually import eventually
from tests.support.mailserver import MailServer
from tests.support.model_server import ModelServer, fails
from tests.support.needs import missing
from tests.support.scripted import free_port, imap_server

pytestmark = pytest.mark.servers

KEY = "sk-canary-48210"
PASSWORD_CANARY = "mot-de-passe-canari-é"
BODY_CANARY = "canari-du-corps-3317"
MEMORY_LIMIT = 400 * 2**20  # octets, of the program and its children together
MIB = 2**20


def assert_clear(ended: Ended, code: int, *words: str) -> None:
    """It says what is wrong and what to do, in words for people."""
    told = [line for line in ended.err.splitlines() if not line.startswith("{")]
    assert ended.code == code, ended.err[-2000:]
    assert all(word in "\n".join(told) for word in words), told
    assert len(told) >= 2, "a sentence, and under it what to do"
    assert_harmless(ended)


def assert_harmless(ended: Ended) -> None:
    for text in (ended.out, ended.err):
        assert "Traceback" not in text
        assert "unexpected" not in text
        for canary in (KEY, PASSWORD_CANARY, BODY_CANARY):
            assert canary not in text


async def test_what_is_wrong_with_a_mailbox(mail_server: MailServer, tmp_path: Path) -> None:
    nobody = free_port()
    expired = Authority(tmp_path / "ca")
    with imap_server(tls=expired.context("old", expired=True)) as old:
        cases: list[tuple[dict[str, str], str]] = [
            ({"IMAP_PASS": PASSWORD_CANARY}, "refused the sign-in of"),
            ({"IMAP_SERVER": "imap.nowhere.invalid"}, "There is no server called imap.nowhere.invalid."),
            ({"IMAP_PORT": str(nobody)}, f"takes no connection on port {nobody}."),
            ({"MAIL_CA_FILE": ""}, "is not signed by anyone this machine trusts"),
            ({"IMAP_PORT": str(old.port), "MAIL_CA_FILE": str(expired.certificate)}, "has run out or is not valid yet"),
            ({"IMAP_MAILBOX": "Nulle part"}, "There is no folder “Nulle part”"),
        ]
        desks = [a_desk(mail_server, tmp_path, OPENAI_API_KEY=KEY, **changes) for changes, _ in cases]
        for desk in desks:
            desk.deliver(desk.mail("Une question", f"{BODY_CANARY} ?\n"))
        once = await side_by_side(*(desk.run("once") for desk in desks))
        check = await side_by_side(*(desk.run("check") for desk in desks))
    for desk, (_, words), ended, checked in zip(desks, cases, once, check, strict=True):
        assert_clear(ended, 1, words)
        assert ended.out == "", "not even that there is no new mail: nobody could look"
        assert checked.code == 1, words
        assert words in checked.out
        assert_harmless(checked)
        assert desk.flags() == {"Une question": frozenset()}


async def test_secrets_stay_secret_when_everything_is_logged(mail_server: MailServer, tmp_path: Path) -> None:
    """Also those that a server says back to us."""
    says_it_back = fails(401, f"Incorrect API key provided: {KEY}", code="invalid_api_key")
    with ModelServer([says_it_back]) as model:
        secrets = {"OPENAI_API_KEY": KEY, "LOG_LEVEL": "DEBUG"}
        desk = a_desk(mail_server, tmp_path, model, **secrets, SMTP_PASS=PASSWORD_CANARY, MAX_TRIES="1")
        locked_out = a_desk(mail_server, tmp_path, model, **secrets, IMAP_PASS=PASSWORD_CANARY)
        desk.deliver(desk.mail("Une question"))
        words = (["once"], ["check"], ["settings", "--show-source"])
        for ended in await side_by_side(*(one.run(*said) for one in (desk, locked_out) for said in words)):
            for text in (ended.out, ended.err):
                assert KEY not in text
                assert PASSWORD_CANARY not in text
        assert await desk.states() == {"Une question": "held"}


async def test_a_refused_submission_password(mail_server: MailServer, model: ModelServer, tmp_path: Path) -> None:
    desk = a_desk(mail_server, tmp_path, model, SMTP_PASS=PASSWORD_CANARY, MAX_TRIES="2")
    desk.deliver(desk.mail("Une question"))
    ended = await desk.run("once")
    assert ended.code == 1, "a mail failed"
    [entry] = await desk.listed()
    assert (entry["state"], entry["code"]) == ("failed", "smtp.login_refused")
    assert desk.flags() == {"Une question": frozenset()}, "a person must look: it stays unread"
    assert_harmless(ended)
    mended = with_settings(desk, SMTP_PASS=desk.agent.environ["IMAP_PASS"])
    retried = await mended.run("retry", "1")
    assert retried.out.startswith("Mail 1: Answered."), retried
    assert len(desk.left()) == 1


def mount(*words: str) -> None:
    mounted = subprocess.run(["mount", *words], capture_output=True, timeout=60, check=False)
    if mounted.returncode != 0:
        missing(f"no file system can be mounted here: {mounted.stderr.decode().strip()}")


@contextmanager
def small_disk(folder: Path, *, size: int = 4 * MIB) -> Iterator[Path]:
    """A file system of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Takes what room is left; the file that does so."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096) == 4096:
                pass
        except OSError:
            return ballast
    return ballast


async def test_a_full_disk(mail_server: MailServer, model: ModelServer, tmp_path: Path) -> None:
    with small_disk(tmp_path / "full") as disk, small_disk(tmp_path / "fills") as another:
        fill(disk)
        from_the_start = a_desk(mail_server, tmp_path, model, REPONDEUR_DATA_DIR=str(disk))
        assert_clear(await from_the_start.run("once"), 1, "full")
        assert_clear(await from_the_start.run("messages", "list"), 1, "full")

        desk = a_desk(mail_server, tmp_path, model, REPONDEUR_DATA_DIR=str(another), OPENAI_API_KEY=KEY)
        desk.deliver(desk.mail("Avant", author=desk.customer(1)))
        await desk.once()
        ballast = fill(another)
        desk.deliver(desk.mail("Pendant", f"Avez-vous reçu ma {BODY_CANARY} ?\n", author=desk.customer(2)))
        full = await desk.run("once")
        assert_clear(full, 1, "full")
        assert desk.flags()["Pendant"] == frozenset()
        assert len(desk.left()) == 1
        ballast.unlink()
        await desk.once()
        assert await desk.states() == {"Avant": "answered", "Pendant": "answered"}
        assert len(desk.left()) == 2


async def test_a_disk_that_fills_under_a_running_agent(
    mail_server: MailServer, model: ModelServer, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk") as disk:
        desk = a_desk(mail_server, tmp_path, model, REPONDEUR_DATA_DIR=str(disk), POLL_INTERVAL="1")
        async with serving(desk.agent) as agent:
            ballast = fill(disk)
            desk.deliver(desk.mail("Pendant"))
            await eventually(agent.reasons)
            assert await agent.reasons() == ["store.full"]
            ballast.unlink()
            await eventually(desk.left)
            await eventually(agent.is_ready)
            assert_harmless(await agent.stop())
        assert await desk.states() == {"Pendant": "answered"}
        assert len(desk.left()) == 1


async def test_a_place_where_nothing_can_be_written(mail_server: MailServer, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        mount("-o", "remount,ro", str(disk))
        desk = a_desk(mail_server, tmp_path, REPONDEUR_DATA_DIR=str(disk / "data"))
        by_url = a_desk(mail_server, tmp_path, DATABASE_URL=f"sqlite:///{disk}/own.db")
        assert_clear(await desk.run("once"), 2, "REPONDEUR_DATA_DIR", str(disk))
        assert_clear(await by_url.run("once"), 2, str(disk))


async def test_a_database_of_a_newer_version(mail_server: MailServer, tmp_path: Path) -> None:
    desk = a_desk(mail_server, tmp_path)
    assert (await desk.run("database", "upgrade")).code == 0
    file = Path(desk.agent.environ["REPONDEUR_DATA_DIR"]) / "repondeur.db"
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for ended in await side_by_side(*(desk.run(*words) for words in (["once"], ["messages", "list"]))):
        assert_clear(ended, 2, "newer version", "9999")


async def test_a_file_that_is_no_database(mail_server: MailServer, tmp_path: Path) -> None:
    desk = a_desk(mail_server, tmp_path)
    file = Path(desk.agent.environ["REPONDEUR_DATA_DIR"]) / "repondeur.db"
    file.parent.mkdir()
    file.write_bytes(b"Dear diary, " * 1000)
    assert_clear(await desk.run("once"), 2, "is no database")


def raw(*header: str, body: str = "") -> bytes:
    return "\r\n".join([*header, "", body]).encode("utf-8", "surrogateescape")


def nested(depth: int) -> str:
    """A multipart within a multipart within …"""
    lines = [f'Content-Type: multipart/mixed; boundary="b{level}"\r\n\r\n--b{level}' for level in range(depth)]
    return "\r\n".join(lines) + "\r\nContent-Type: text/plain\r\n\r\nau fond\r\n"


def huge(author: str, to: str, size: int) -> Iterator[bytes]:
    """A mail with an attachment of this size, in pieces."""
    yield raw(author, to, "Subject: huge", "Message-ID: <huge@client.test>", "MIME-Version: 1.0")[:-2]
    yield b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n'
    yield BODY_CANARY.encode() + b"\r\n--b\r\nContent-Type: application/octet-stream\r\n"
    yield b"Content-Transfer-Encoding: base64\r\n\r\n"
    line = b"QUJD" * 19 + b"\r\n"
    for _ in range(size // (1000 * len(line))):
        yield line * 1000
    yield b"--b--\r\n"


@dataclass(frozen=True)
class Hostile:
    """A mail that was made to break programs. state, code: how it has to end."""

    raw: bytes
    state: str
    code: str


def hostile(desk: Desk) -> dict[str, Hostile]:
    to, author = f"To: {desk.address}", f"From: {desk.customer(1)}"
    words = "\r\n ".join(["=?utf-8?q?=C3=A9t=C3=A9?="] * 20_000)
    body = f"{BODY_CANARY} : où en est ma commande ?\r\n"

    def letter(subject: str, number: int, **fields: Any) -> bytes:
        return desk.mail(subject, body, author=desk.customer(number), **fields)

    return {
        "no header": Hostile(b"\r\n" + body.encode(), "held", "screen.no_author"),
        "no author": Hostile(raw(to, "Subject: no author", body=body), "held", "screen.no_author"),
        "no address": Hostile(raw("From: Claire", to, "Subject: no address", body=body), "held", "screen.no_author"),
        "two From": Hostile(
            raw(author, "From: b@evil.test", to, "Subject: two From", body=body), "held", "decide.author_uncertain"
        ),
        "1000 deep": Hostile(
            raw(author, to, "Subject: 1000 deep", "MIME-Version: 1.0")[:-2] + nested(1000).encode(),
            "held",
            "mail.too_deep",
        ),
        "20,000 words": Hostile(raw(author, to, f"Subject: {words}", body=body), "held", "mail.field_too_large"),
        "20,000 addresses": Hostile(
            raw(author, to, "Cc: " + ",\r\n ".join(f"c{n}@x.test" for n in range(20_000)), body=body),
            "held",
            "mail.field_too_large",
        ),
        "no Message-ID": Hostile(
            letter("no Message-ID", 2, message_id=None), "answered", "decide.answer_without_passage"
        ),
        "an unknown charset": Hostile(
            letter("an unknown charset", 3).replace(b"utf-8", b"x-klingon-8"),
            "answered",
            "decide.answer_without_passage",
        ),
        "NUL": Hostile(
            letter("NUL", 4).replace(b"commande", b"comm\0ande"), "answered", "decide.answer_without_passage"
        ),
        "100 MB": Hostile(b"".join(huge(author, to, 100 * MIB)), "held", "mail.too_large"),
    }


@dataclass(frozen=True)
class Day:
    """An inbox with a good mail after each hostile one. listed: in the order of delivery. memory: octets at most."""

    desk: Desk
    hostile: dict[str, Hostile]
    ended: Ended
    listed: list[dict[str, Any]]
    memory: int

    def entry(self, name: str) -> dict[str, Any]:
        return self.listed[2 * list(self.hostile).index(name)]


async def a_day(desk: Desk) -> Day:
    mails = hostile(desk)
    for number, one in enumerate(mails.values()):
        desk.deliver(one.raw, desk.mail(f"Ensuite {number}", author=desk.customer(100 + number)))
    async with memory_of(await desk.agent.start("repondeur", "once")) as (process, peak):
        out, err = await asyncio.wait_for(process.communicate(), 240)
    assert process.returncode is not None
    return Day(desk, mails, Ended(process.returncode, out.decode(), err.decode()), await desk.listed(), max(peak))


@asynccontextmanager
async def memory_of(
    process: asyncio.subprocess.Process,
) -> AsyncIterator[tuple[asyncio.subprocess.Process, list[int]]]:
    """The peaks of the process and its children (VmHWM, proc(5)), added up again and again until it ends."""
    peaks = [0]

    async def look() -> None:
        while process.returncode is None:
            peaks.append(sum(map(high_water_mark, family(process.pid))))
            await asyncio.sleep(0.02)

    looking = asyncio.create_task(look())
    yield process, peaks
    await looking


def family(pid: int) -> list[int]:
    """Without a child that still is its parent: between vfork and exec it shows the parent's memory as its own."""
    try:
        parent = psutil.Process(pid)
        words = parent.cmdline()
        return [pid, *(child.pid for child in parent.children(recursive=True) if child.cmdline() != words)]
    except psutil.NoSuchProcess:
        return []


def high_water_mark(pid: int) -> int:
    """Octets; 0 for one that has just ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text("ascii")
    except OSError:
        return 0
    marks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(marks[0]) * 1024 if marks else 0


@pytest.fixture(scope="module")
def day(mail_server: MailServer, model: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Day:
    return asyncio.run(a_day(a_desk(mail_server, tmp_path_factory.mktemp("hostile"), model, OPENAI_API_KEY=KEY)))


HOSTILE = [
    "no header", "no author", "no address", "two From", "1000 deep", "20,000 words", "20,000 addresses",
    "no Message-ID", "an unknown charset", "NUL", "100 MB",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_has_a_visible_end(day: Day, name: str) -> None:
    expected, entry = day.hostile[name], day.entry(name)
    assert (entry["state"], entry["code"]) == (expected.state, expected.code)
    assert entry["reason"] in day.ended.out


def test_all_hostile_mail_is_tried(day: Day) -> None:
    assert list(day.hostile) == HOSTILE
    assert day.ended.code == 0, day.ended.err[-2000:]
    assert f"{2 * len(HOSTILE)} mails handled" in day.ended.out
    assert events(day.ended).count("mail.ended") == 2 * len(HOSTILE)
    assert_harmless(day.ended)


def test_the_next_mail_is_handled(day: Day) -> None:
    assert {one["subject"]: one["state"] for one in day.listed[1::2]} == {
        f"Ensuite {number}": "answered" for number in range(len(HOSTILE))
    }


def test_what_is_held_stays_unread(day: Day) -> None:
    held = sum(one.state == "held" for one in day.hostile.values())
    with day.desk.server.imap(day.desk.address) as client:
        assert len(client.search("UNSEEN")) == held


def test_memory_stays_small(day: Day, figure: Callable[[str], None]) -> None:
    figure(f"hostile mails: {day.memory / MIB:.0f} MiB at most")
    assert day.memory < MEMORY_LIMIT, f"{day.memory / MIB:.0f} MiB"
