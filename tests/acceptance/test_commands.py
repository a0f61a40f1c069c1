"""What a person does from the command line: look, approve, reject, have it tried again, look after the database."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.desk import Desk, a_desk, asked, with_settings
from tests.acceptance.serving import serving
from tests.support.agent import Ended
from tests.support.eventually import eventually
from tests.support.mailserver import MailServer
from tests.support.model_server import ModelServer, Request, Step, answers

pytestmark = pytest.mark.servers

PROPOSAL = "Votre lampe part demain."
LISTED = {"id", "mailbox", "message_id", "subject", "author", "state", "reason", "received"}
SHOWN = LISTED | {"message", "steps", "actions", "record"}
KNOWN = {"id", "title", "language", "visibility", "source"}


def cautious(request: Request) -> Step:
    """Proposes an answer and asks for a person."""
    return answers(reply=PROPOSAL, language="fr", needs_human=True, confidence=0.9)


async def number_of(desk: Desk, subject: str) -> str:
    return str(next(one["id"] for one in await desk.listed() if one["subject"] == subject))


async def three_held(desk: Desk) -> list[str]:
    """Numbers of three mails that were just held."""
    desk.deliver(*(desk.mail(f"Question {n}", author=desk.customer(n)) for n in (1, 2, 3)))
    await desk.once()
    listed = await desk.listed()
    assert [one["state"] for one in listed] == ["held"] * 3
    return [str(one["id"]) for one in listed]


async def test_a_person_decides_about_held_mail(mail_server: MailServer, tmp_path: Path) -> None:
    with ModelServer(cautious) as model:
        desk = a_desk(mail_server, tmp_path, model)
        first, second, third = await three_held(desk)
        approved = await desk.run("approve", first)
        assert (approved.code, approved.out.strip()) == (0, f"Mail {first}: Answered. A person approved the answer.")
        rejected = await desk.run("reject", second)
        assert (rejected.code, rejected.out.strip()) == (0, f"Mail {second}: Ignored. A person rejected the answer.")
        model.script = [answers(reply=PROPOSAL, language="fr", confidence=0.95)]
        retried = await desk.run("retry", third)
        assert retried.code == 0
        assert retried.out.startswith(f"Mail {third}: Answered.")
    assert sorted(one["To"] for one in desk.left()) == [desk.customer(1), desk.customer(3)]
    [by_person] = [one for one in desk.left() if one["To"] == desk.customer(1)]
    assert by_person["Auto-Submitted"] is None, "a person has seen it"
    assert PROPOSAL in by_person.get_content()
    flags = desk.flags()
    assert {b"\\Seen", b"\\Answered"} <= flags["Question 1"]
    assert b"\\Answered" not in flags["Question 2"]
    assert b"\\Seen" in flags["Question 2"]
    again = await desk.run("approve", first)
    assert again.code == 1
    assert f"Mail {first} does not wait for a person: it is answered." in again.err
    assert len(desk.left()) == 2
    assert len(desk.messages("Sent")) == 2


async def test_a_running_agent_carries_it_out_at_once(mail_server: MailServer, tmp_path: Path) -> None:
    with ModelServer(cautious) as model:
        desk = a_desk(mail_server, tmp_path, model)
        desk.deliver(*(desk.mail(f"Question {n}", author=desk.customer(n)) for n in (1, 2, 3)))
        async with serving(desk.agent) as agent:
            await eventually(lambda: len(agent.events("mail.ended")) == 3)
            model.script = [answers(reply=PROPOSAL, language="fr", confidence=0.95)]
            words = zip(("approve", "reject", "retry"), ("1", "2", "3"), strict=True)
            said = await asyncio.gather(*(desk.run(word, number) for word, number in words))
            assert [one.code for one in said] == [0, 0, 0], [one.err for one in said]
            assert all("handed to the running agent" in one.out for one in said)
            await eventually(lambda: len(agent.events("mail.ended")) == 6)
    assert await desk.states() == {"Question 1": "answered", "Question 2": "ignored", "Question 3": "answered"}
    assert sorted(one["To"] for one in desk.left()) == [desk.customer(1), desk.customer(3)]


async def test_a_person_decides_about_drafts(mail_server: MailServer, model: ModelServer, tmp_path: Path) -> None:
    desk = a_desk(mail_server, tmp_path, model, REPLY="draft")
    desk.deliver(*(desk.mail(f"Question {n}", author=desk.customer(n)) for n in (1, 2)))
    await desk.once()
    drafts = {one["To"]: one["Message-ID"] for one in desk.messages("Drafts")}
    approved, rejected = await desk.run("approve", "1"), await desk.run("reject", "2")
    assert (approved.code, rejected.code) == (0, 0), approved.err + rejected.err
    [answer] = desk.left()
    assert answer["Message-ID"] == drafts[desk.customer(1)], "what was sent is the draft a person could read"
    assert await desk.states() == {"Question 1": "answered", "Question 2": "ignored"}
    assert [one["To"] for one in desk.messages("Sent")] == [desk.customer(1)], "the draft is the copy in Sent now"
    assert desk.messages("Drafts") == [], "nobody sends by mistake what was rejected"
    assert [one["To"] for one in desk.messages("Trash")] == [desk.customer(2)], "it is not deleted"
    retried = await desk.run("retry", "1")
    assert retried.code == 1


async def test_numbers_that_do_not_exist(mail_server: MailServer, tmp_path: Path) -> None:
    desk = a_desk(mail_server, tmp_path)
    words = (["approve", "9"], ["reject", "9"], ["retry", "9"], ["messages", "show", "9"])
    for said in await asyncio.gather(*(desk.run(*one) for one in words)):
        assert (said.code, said.out) == (1, "")
        assert "There is no mail 9." in said.err
    for said in await asyncio.gather(desk.run("approve", "neuf"), desk.run("approve"), desk.run("aprove", "9")):
        assert (said.code, said.out) == (2, "")
        assert "Traceback" not in said.err
    huge = await desk.run("messages", "show", "9" * 30)
    assert huge.code in {1, 2}
    assert "Something unexpected" not in huge.err


async def test_what_messages_prints(mail_server: MailServer, model: ModelServer, tmp_path: Path) -> None:
    desk = a_desk(mail_server, tmp_path, model)
    bent = "Objet\tà \u202etordre\u2028 [bold]x[/bold]"
    desk.deliver(desk.mail("Premier", author=desk.customer(1)), desk.mail("Dernier", author=desk.customer(2)))
    desk.deliver(desk.mail("x").replace(b"Subject: x", b"Subject: =?utf-8?b?" + in_base64(bent) + b"?="))
    await desk.once()
    as_json, as_text, last, shown, told = await asyncio.gather(
        desk.run("messages", "list", "--json"),
        desk.run("messages", "list"),
        desk.run("messages", "list", "--limit", "1", "--json"),
        desk.run("messages", "show", "1", "--json"),
        desk.run("messages", "show", "1"),
    )
    entries = [json.loads(line) for line in as_json.out.splitlines()]
    assert [entry["id"] for entry in entries] == [3, 2, 1], "the newest first"
    assert all(set(entry) >= LISTED for entry in entries)
    assert entries[2]["author"] == desk.customer(1)
    assert entries[2]["mailbox"] == desk.address
    assert "@" in entries[2]["message_id"]
    assert len(as_text.out.splitlines()) == 3, "one line a mail, whatever its subject holds"
    assert "\u202e" not in as_text.out
    assert json.loads(last.out)["id"] == 3
    found = json.loads(shown.out)
    assert set(found) >= SHOWN
    assert [step["step"] for step in found["steps"]] == ["asked", "understand", "decide", "end"]
    assert found["message"]["subject"] == "Premier"
    assert found["actions"][0]["to"] == desk.customer(1)
    assert "Premier" in told.out


def in_base64(text: str) -> bytes:
    import base64

    return base64.b64encode(text.encode())


async def test_the_database_is_looked_after(mail_server: MailServer, model: ModelServer, tmp_path: Path) -> None:
    desk = a_desk(mail_server, tmp_path, model)
    fresh = await desk.run("database", "upgrade")
    again = await desk.run("database", "upgrade")
    assert (fresh.code, again.code) == (0, 0)
    assert "is now at revision" in fresh.out
    assert "already" in again.out
    raw = desk.mail("À garder")
    desk.deliver(raw)
    copy = tmp_path / "copy.db"
    async with serving(desk.agent) as agent:
        await eventually(lambda: agent.events("mail.ended"))
        written = await desk.run("database", "backup", str(copy))
        assert (written.code, written.out.strip()) == (0, f"1 mails written to {copy}.")
        assert copy.stat().st_mode & 0o077 == 0, "it holds people's mail"
        twice, busy = await asyncio.gather(
            desk.run("database", "backup", str(copy)), desk.run("database", "restore", str(copy))
        )
        assert_refused(twice, 1, "exists already")
        assert_refused(busy, 2, "Another process")
    moved = with_settings(desk, REPONDEUR_DATA_DIR=str(tmp_path / "new"))
    restored = await moved.run("database", "restore", str(copy))
    assert (restored.code, restored.out.strip()) == (0, f"1 mails restored from {copy}.")
    assert_refused(await moved.run("database", "restore", str(copy)), 1, "is not empty")
    assert_refused(await moved.run("database", "restore", str(tmp_path / "none")), 1, "none")
    garbage = tmp_path / "garbage"
    garbage.write_bytes(b"not a database" * 100)
    assert_refused(await moved.run("database", "restore", str(garbage)), 1, "not a backup")
    purged = await moved.run("database", "purge", "--days", "0")
    assert (purged.code, purged.out.startswith("Forgot what 1 mails said")) == (0, True)
    assert await moved.states() == {"": "answered"}
    moved.deliver(raw)
    assert (await moved.once()).out.strip() == "No new mail.", "that it was handled is never forgotten"
    assert len(desk.left()) == 1


def assert_refused(ended: Ended, code: int, words: str) -> None:
    assert (ended.code, ended.out) == (code, ""), ended.out + ended.err
    assert words in ended.err
    assert "unexpected" not in ended.err
    assert "Traceback" not in ended.err


async def test_knowledge_is_kept(mail_server: MailServer, tmp_path: Path) -> None:
    desk = a_desk(mail_server, tmp_path)
    folder = tmp_path / "savoir"
    folder.mkdir()
    (folder / "delais.fr.md").write_text(
        "---\nid: kb:delais\nvisibility: public\n---\n# Délais\n\nNous livrons en deux jours.\n", "utf-8"
    )
    (folder / "marges.md").write_text("# Margins\n\nForty per cent on every lamp.\n", "utf-8")
    added = await desk.run("knowledge", "add", str(folder))
    assert (added.code, added.out.splitlines()[-1]) == (0, "Passages added: 2.")
    listed, found, table = await asyncio.gather(
        desk.run("knowledge", "list", "--json"),
        desk.run("knowledge", "search", "--json", "Quels sont vos délais de livraison ?"),
        desk.run("knowledge", "list"),
    )
    passages: list[dict[str, Any]] = json.loads(listed.out)
    assert all(set(passage) == KNOWN for passage in passages)
    assert {(one["id"], one["language"], one["visibility"]) for one in passages} == {
        ("kb:delais", "fr", "public"),
        ("kb:marges", "en", "internal"),
    }
    best, *_ = json.loads(found.out)
    assert set(best) == KNOWN | {"score", "why", "answers"}
    assert best["id"] == "kb:delais"
    assert len(table.out.splitlines()) == 2
    removed = await desk.run("knowledge", "remove", "kb:delais")
    assert removed.code == 0
    gone = await desk.run("knowledge", "remove", "kb:delais")
    assert_refused(gone, 1, "There is no passage, file or folder “kb:delais”")
    assert_refused(await desk.run("knowledge", "add", str(tmp_path / "none")), 2, "none does not exist")
    assert [one["id"] for one in json.loads((await desk.run("knowledge", "list", "--json")).out)] == ["kb:marges"]


async def test_a_running_agent_learns_at_once(mail_server: MailServer, tmp_path: Path) -> None:
    with ModelServer([answers(passages=["kb:horaires"], language="fr", confidence=0.95)]) as model:
        desk = a_desk(mail_server, tmp_path, model, REPLY="strict")
        (tmp_path / "horaires.md").write_text("# Horaires\n\nLa boutique ouvre à dix heures.\n", "utf-8")
        async with serving(desk.agent) as agent:
            added = await desk.run("knowledge", "add", "--public", str(tmp_path / "horaires.md"))
            assert added.code == 0, added.err
            desk.deliver(desk.mail("Horaires", "À quelle heure ouvre la boutique ?\n"))
            await eventually(lambda: agent.events("mail.ended"))
        [answer] = desk.left()
        assert "dix heures" in answer.get_content()
        assert "dix heures" in asked(model.requests[0])


async def test_settings_say_where_they_come_from_and_no_secret(mail_server: MailServer, tmp_path: Path) -> None:
    desk = a_desk(mail_server, tmp_path, OPENAI_API_KEY="sk-canary-7391", POLL_INTERVAL="77")
    (desk.agent.home / "repondeur.toml").write_text('processed_folder = "Fait"\n', "utf-8")
    sources, as_json, schema = await asyncio.gather(
        desk.run("settings", "--show-source"), desk.run("settings", "--json"), desk.run("settings", "--schema")
    )
    rows = dict(line.split("\t", 1) for line in sources.out.splitlines())
    shown = {name.rpartition(" ")[2].upper(): rest.split("\t") for name, rest in rows.items()}
    assert shown["POLL_INTERVAL"] == ["77.0", "environment"]
    assert shown["PROCESSED_FOLDER"] == ["Fait", "repondeur.toml"]
    assert shown["SMTP_USER"][1] == "IMAP_USER", "it follows from the other"
    assert shown["MAX_TRIES"][1] == "default"
    for said in (sources, as_json, schema):
        assert said.code == 0, said.err
        assert "sk-canary-7391" not in said.out + said.err
        assert desk.agent.environ["IMAP_PASS"] not in said.out + said.err
    assert json.loads(as_json.out)
    assert "imap_server" in json.dumps(json.loads(schema.out))


async def test_check_looks_at_everything(mail_server: MailServer, model: ModelServer, tmp_path: Path) -> None:
    desk = a_desk(mail_server, tmp_path, model)
    broken = a_desk(mail_server, tmp_path, model, IMAP_PASS="wrong-canary-5518")
    well, told, ill, unknown = await asyncio.gather(
        desk.run("check", "--json"), desk.run("check"), broken.run("check", "--json"), desk.run("check", "nobody")
    )
    findings = [json.loads(line) for line in well.out.splitlines()]
    assert well.code == 0, well.out
    assert {one["status"] for one in findings} <= {"ok", "warning"}
    assert {"check.settings", "check.database", "check.model", "check.imap_login"} <= {one["what"] for one in findings}
    assert len([line for line in told.out.splitlines() if line.startswith(("✓ ", "! ", "✗ "))]) == len(findings)
    warnings = sum(one["status"] == "warning" for one in findings)
    assert told.out.endswith(f"\nChecked: {len(findings) - warnings} fine, {warnings} to look at, 0 failed.\n")
    assert f"\n\n{desk.address}\n" in told.out, "what is of a mailbox stands under its name"
    failed = [one for one in map(json.loads, ill.out.splitlines()) if one["status"] == "failed"]
    assert ill.code == 1
    assert "imap.login_refused" in {one["code"] for one in failed}
    assert all(one["hint"] for one in failed), "each finding says what to do"
    assert "wrong-canary-5518" not in ill.out + ill.err
    assert_refused(unknown, 2, "There is no mailbox nobody.")
    assert not desk.left()
    assert not desk.messages("INBOX")


async def test_check_sends_a_mail_to_ourselves(mail_server: MailServer, model: ModelServer, tmp_path: Path) -> None:
    desk = a_desk(mail_server, tmp_path, model)
    ended = await desk.run("check", "--json", "--send-test", "--other-mailbox", "boss@boutique.test")
    found = {one["code"] for one in map(json.loads, ended.out.splitlines())}
    assert ended.code == 0, ended.out + ended.err
    assert {"check.test_sent", "check.test_arrived", "check.other_by_imap"} <= found
    (mail,) = desk.messages("INBOX")
    assert mail["Auto-Submitted"] == "auto-replied"
    await desk.run("once")
    assert [one["state"] for one in await desk.listed()] == ["ignored"]
