"""`repondeur explain`: what would be done with mail in files, one object a mail, in order, whatever they hold."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.agent import ROOT, RUN_SECONDS, Agent, Ended
from tests.support.forking import Forked
from tests.support.mailserver import mail
from tests.support.scripted import free_port

CORPUS = ROOT.parent / "shared" / "corpus"
ADDRESS = {"name", "address"}
TOP = {"path", "error", "message", "screening", "analysis", "decision", "reply"}
MESSAGE = {
    "message_id", "subject", "author", "to", "cc", "date", "language", "text", "quoted", "signature", "forward", "body",
    "attachments", "invitation", "failed_recipients", "hidden", "problems",
}  # fmt: skip
ANALYSIS = {
    "intent", "summary", "entities", "priority", "sentiment", "language", "needs_reply", "needs_human", "confidence",
    "reply", "passages", "engine",
}  # fmt: skip
US = "support@boutique.test"
WITH_ATTACHMENT = """\
From: Claire <claire@client.test>
To: <support@boutique.test>
Cc: Paul <paul@client.test>
Subject: Facture
Date: Fri, 20 Nov 2026 10:00:00 +0100
Message-ID: <invoice@client.test>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

Bonjour, voici la facture de la commande 77120. Est-elle payée ?

--b
Content-Type: application/pdf; name="facture.pdf"
Content-Disposition: attachment; filename="facture.pdf"
Content-Transfer-Encoding: base64

JVBERi0xLjQK
--b--
"""


@pytest.fixture
def agent(tmp_path: Path) -> Forked:
    """Nothing is set up but a model that is none."""
    home = tmp_path / "home"
    home.mkdir()
    return Forked({"MODEL": "builtin", "LANG": "C.UTF-8"}, home)


def letter(number: int) -> bytes:
    return mail(f"Question {number}", to=US, message_id=f"<{number}@client.test>")


async def explained(agent: Agent, *words: str, code: int = 0) -> list[dict[str, Any]]:
    ended = await agent.run("repondeur", "explain", "--json", *words)
    assert ended.code == code, ended.err
    return [json.loads(line) for line in ended.out.splitlines()]


async def test_one_mail_has_all_that_is_promised(agent: Agent, tmp_path: Path) -> None:
    file = tmp_path / "a.eml"
    file.write_text(WITH_ATTACHMENT, "utf-8")
    (tmp_path / "savoir.md").write_text("# Facture\n\nUne facture est payée à la commande.\n", "utf-8")
    knowledge = ("--knowledge", str(tmp_path / "savoir.md"))
    [found] = await explained(agent, *knowledge, str(file))
    assert set(found) >= TOP
    assert (found["path"], found["error"]) == (str(file), None)
    message = found["message"]
    assert set(message) >= MESSAGE
    assert message["author"] == {"name": "Claire", "address": "claire@client.test"}
    assert [set(one) for one in (*message["to"], *message["cc"])] == [ADDRESS, ADDRESS]
    assert message["date"] == "2026-11-20T10:00:00+01:00"
    assert message["message_id"] == "invoice@client.test"
    assert message["forward"] is None
    [attachment] = message["attachments"]
    assert {"name": "facture.pdf", "media_type": "application/pdf", "size": 9}.items() <= attachment.items()
    assert set(found["screening"]) >= {"verdict", "reason"}
    assert found["screening"]["verdict"] == "answerable"
    assert set(found["analysis"]) >= ANALYSIS
    assert {"type": "order_number", "value": "77120"} in found["analysis"]["entities"]
    assert set(found["decision"]) >= {"verdict", "reason", "actions"}
    assert found["decision"]["verdict"] in {"answer", "draft", "hold", "file", "ignore"}
    assert not list(agent.home.iterdir()), "no database, no trace"


async def test_without_a_model_it_ends_after_screening(agent: Agent, tmp_path: Path) -> None:
    file = tmp_path / "a.eml"
    file.write_bytes(letter(1))
    [found] = await explained(agent, "--no-model", str(file))
    assert found["screening"]["verdict"] == "answerable"
    assert (found["analysis"], found["decision"], found["reply"]) == (None, None, None)


async def test_files_folders_maildirs_mboxes_and_standard_input(agent: Agent, tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_bytes(letter(1))
    maildir = tmp_path / "maildir"
    for name in ("cur", "new", "tmp"):
        (maildir / name).mkdir(parents=True)
    (maildir / "cur" / "1.host:2,S").write_bytes(letter(2))
    (maildir / "new" / "2.host").write_bytes(letter(3))
    (maildir / "tmp" / "3.host").write_bytes(b"half a mail")
    lines = b"".join(b"From claire@client.test Fri Nov 20 10:00:00 2026\n" + letter(n) + b"\n" for n in (4, 5))
    (tmp_path / "box.mbox").write_bytes(lines.replace(b"\r\n", b"\n"))
    folder = tmp_path / "folder" / "inner"
    folder.mkdir(parents=True)
    (folder / "b.eml").write_bytes(letter(7))
    (folder / "a.eml").write_bytes(letter(6))
    paths = [str(tmp_path / name) for name in ("one.eml", "maildir", "box.mbox", "folder")]
    found = await explained(agent, "--no-model", *paths)
    assert [one["message"]["subject"] for one in found] == [f"Question {n}" for n in range(1, 8)]
    piped = with_input(agent, letter(8), "explain", "--json", "--no-model", "-")
    assert json.loads(piped.out)["message"]["subject"] == "Question 8"
    assert json.loads(piped.out)["path"] == "-"


def with_input(agent: Agent, given: bytes, *words: str) -> Ended:
    command = [sys.executable, "-m", "repondeur", *words]
    environ = {"PATH": os.environ["PATH"], **agent.environ}
    ended = subprocess.run(
        command, input=given, capture_output=True, cwd=agent.home, env=environ, timeout=RUN_SECONDS, check=False
    )
    return Ended(ended.returncode, ended.stdout.decode(), ended.stderr.decode())


async def test_a_bad_one_does_not_stop_it(agent: Agent, tmp_path: Path) -> None:
    good = tmp_path / "good.eml"
    good.write_bytes(letter(1))
    nothing, deep, large = tmp_path / "none.eml", tmp_path / "deep.eml", tmp_path / "large.eml"
    dangling, unreadable = tmp_path / "dangling.eml", Path("/proc/self/mem")  # root may read what others may not
    dangling.symlink_to(tmp_path / "nowhere")
    deep.write_bytes(b"From: a@x.test\r\n" + b"".join(parts(1000)))
    with large.open("wb") as file:
        file.write(b"From: a@x.test\r\nSubject: Plans\r\n\r\n")
        file.truncate(26 * 2**20)
    paths = [good, nothing, good, deep, dangling, large, unreadable, good]
    found = await explained(agent, "--no-model", *map(str, paths), code=1)
    assert [one["path"] for one in found] == list(map(str, paths))
    assert [one["error"] is None for one in found] == [True, False, True, False, False, False, False, True]
    assert "No such file" in found[1]["error"]
    assert [one["path"] for one in found if one["error"] and one["message"]] == [str(deep), str(large)]
    assert (found[5]["message"]["subject"], found[5]["message"]["body"]) == ("Plans", ""), "what its header tells"
    assert all(one["screening"] is None for one in found if one["error"])
    assert all(set(one) >= TOP for one in found)


async def test_a_header_longer_than_we_read_is_held(agent: Agent, tmp_path: Path) -> None:
    long = tmp_path / "long.eml"
    long.write_bytes(b"From: a@x.test\r\nSubject: Plans\r\nX-Long: " + b"x" * 20_000 + b"\r\n\r\nHello\r\n")
    (found,) = await explained(agent, str(long))
    assert found["error"] is None
    assert found["message"]["subject"] == "Plans"
    assert (found["screening"]["verdict"], found["decision"]["verdict"]) == ("unreadable", "hold")


def parts(depth: int) -> list[bytes]:
    return [b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (level, level) for level in range(depth)]


async def test_what_is_no_file_is_passed_over(agent: Agent, tmp_path: Path) -> None:
    """A pipe in a folder would never end; a file that cannot be followed is told."""
    folder = tmp_path / "folder"
    folder.mkdir()
    os.mkfifo(folder / "a-pipe")
    (folder / "b-link.eml").symlink_to(tmp_path / "nowhere")
    (folder / "c.eml").write_bytes(letter(1))
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(folder / "d-socket"))
        found = await explained(agent, "--no-model", str(folder), code=1)
    assert [(Path(one["path"]).name, one["error"] is None) for one in found] == [("b-link.eml", False), ("c.eml", True)]


async def test_a_pipe_given_by_its_path_is_told_and_not_waited_for(agent: Agent, tmp_path: Path) -> None:
    for name in ("pipe", "pipe.mbox", "pipe.eml"):
        os.mkfifo(tmp_path / name)
    good = tmp_path / "good.eml"
    good.write_bytes(letter(1))
    paths = [*(str(tmp_path / name) for name in ("pipe", "pipe.mbox", "pipe.eml")), "/dev/zero", str(good)]
    found = await explained(agent, "--no-model", *paths, code=1)
    assert [(one["path"], one["error"] is None) for one in found] == [
        *((path, False) for path in paths[:4]),
        (paths[4], True),
    ]
    assert "not a file" in found[0]["error"]


async def test_an_mbox_by_any_name(agent: Agent, tmp_path: Path) -> None:
    separator = b"From claire@client.test Fri Nov 20 10:00:00 2026\n"
    numbers = range(1, 301)
    every = b"".join(separator + letter(number).replace(b"\r\n", b"\n") + b"\n" for number in numbers)
    (tmp_path / "Inbox").write_bytes(every)
    found = await explained(agent, "--no-model", str(tmp_path / "Inbox"))
    assert [one["path"] for one in found] == [f"{tmp_path / 'Inbox'}#{number}" for number in numbers]
    assert [one["message"]["subject"] for one in found] == [f"Question {number}" for number in numbers]


async def test_a_thousand_in_order(agent: Agent, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(1000):
        (folder / f"{number:04}.eml").write_bytes(letter(number))
    found = await explained(agent, "--no-model", str(folder))
    assert [one["message"]["subject"] for one in found] == [f"Question {number}" for number in range(1000)]


async def test_a_model_that_is_away_is_said_and_no_success(agent: Agent, tmp_path: Path) -> None:
    """Every mail is still explained: it would be held. With a model that works something else may become of it."""
    question, of_list = tmp_path / "a.eml", tmp_path / "list.eml"
    question.write_bytes(letter(1))
    of_list.write_bytes(letter(2).replace(b"Subject:", b"List-Id: <l.outside.test>\r\nSubject:", 1))
    away = Forked({"MODEL": "openai:m", "OPENAI_BASE_URL": f"http://127.0.0.1:{free_port()}/v1"}, agent.home)
    ended = await away.run("repondeur", "explain", "--json", str(question), str(of_list))
    held, filed = (json.loads(line) for line in ended.out.splitlines())
    assert (ended.code, held["error"], held["decision"]["verdict"]) == (1, None, "hold")
    assert held["unasked"]["code"] == held["decision"]["code"] == "engine.unreachable"
    assert (filed["screening"]["verdict"], filed["unasked"]) == ("list", None)
    assert "No model could be asked about 1 of these mails" in ended.err


async def test_for_people(agent: Agent, tmp_path: Path) -> None:
    file = tmp_path / "a.eml"
    file.write_bytes(letter(1))
    ended = await agent.run("repondeur", "explain", str(file), str(tmp_path / "none"))
    assert ended.code == 1
    lines = ended.out.splitlines()
    assert lines[:2] == [str(file), "  Question 1 — alice@outside.test"]
    assert lines[-2] == str(tmp_path / "none")
    assert "No such file" in lines[-1]
    no_path = await agent.run("repondeur", "explain")
    assert no_path.code == 2


@pytest.mark.corpus
async def test_the_whole_corpus(agent: Agent) -> None:
    """One object for every file, and no error for what is a whole message."""
    kinds = {
        str(facts.parent / row["file"]): row.get("kind")
        for facts in sorted(CORPUS.rglob("expected.jsonl"))
        for row in map(json.loads, facts.read_text("utf-8").splitlines())
    }
    files = sorted(str(path) for path in CORPUS.rglob("*") if path.is_file() and path.suffix != ".mbox")
    ended = await agent.run("repondeur", "explain", "--json", "--no-model", *files)
    found = [json.loads(line) for line in ended.out.splitlines()]
    assert [one["path"] for one in found] == files
    errors = {one["path"]: one["error"] for one in found if one["error"] and kinds.get(one["path"]) == "eml"}
    assert errors == {}
    assert len([kind for kind in kinds.values() if kind == "eml"]) > 300
