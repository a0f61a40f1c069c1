"""What is kept of people, from the command line: sealed, exported, forgotten."""

import json
from pathlib import Path

import pytest

from tests.acceptance.desk import Desk, a_desk, with_settings
from tests.acceptance.serving import serving
from tests.support.agent import Ended
from tests.support.eventually import eventually
from tests.support.mailserver import MailServer
from tests.support.model_server import ModelServer, answers

pytestmark = pytest.mark.servers

CANARY = "canari-5d1c"
ANSWER = "Votre zibeline turquoise est bien partie."


def refused(ended: Ended, code: int, words: str) -> bool:
    return (ended.code, words in ended.err, "Traceback" in ended.err) == (code, True, False)


def on_disk(desk: Desk, words: str) -> list[str]:
    """Names of the files of the program that hold these words."""
    files = [path for path in Path(desk.agent.environ["REPONDEUR_DATA_DIR"]).rglob("*") if path.is_file()]
    assert files
    return [path.name for path in files if words.encode() in path.read_bytes()]


@pytest.fixture
def desk(mail_server: MailServer, tmp_path: Path) -> Desk:
    return a_desk(mail_server, tmp_path)


def with_model(desk: Desk, model: ModelServer, **more: str) -> Desk:
    ours = {"MODEL": "openai:test-model", "OPENAI_BASE_URL": model.base_url, "OPENAI_API_KEY": "sk-test"}
    return with_settings(desk, **ours, **more)


async def test_a_person_is_exported_and_forgotten(desk: Desk, tmp_path: Path) -> None:
    raw = desk.mail("Ma commande", f"Où est ma commande {CANARY} ?\n")
    with ModelServer([answers(reply=ANSWER, language="fr", needs_human=True, confidence=0.9)]) as model:
        desk = with_model(desk, model)
        desk.deliver(raw)
        await desk.once()
    file = tmp_path / "person.json"
    exported = await desk.run("database", "export", "--author", desk.author.upper(), str(file))
    assert (exported.code, file.stat().st_mode & 0o077) == (0, 0)
    found = json.loads(file.read_text("utf-8"))
    assert (found["address"].lower(), len(found["mails"])) == (desk.author, 1)
    assert CANARY in found["mails"][0]["message"]["text"]
    assert ANSWER in found["mails"][0]["actions"][0]["text"]
    assert refused(await desk.run("database", "export", "--author", desk.author, str(file)), 1, "exists already")
    written = await desk.run("database", "export", "--author", desk.author, "-")
    assert json.loads(written.out)["mails"] == found["mails"]

    assert refused(await desk.run("database", "purge", "--author", desk.author), 2, "--yes")
    for nobody in ("nobody", ""):  # an empty variable of a script is no order to forget everything
        assert refused(await desk.run("database", "purge", "--author", nobody, "--yes"), 2, f"“{nobody}” is not")
    assert on_disk(desk, CANARY)
    erased = await desk.run("database", "purge", "--author", desk.author, "--yes")
    assert (erased.code, erased.out.split()[0]) == (0, "1")
    assert [on_disk(desk, words) for words in (CANARY, ANSWER, desk.author, "Ma commande")] == [[], [], [], []]
    assert await desk.states() == {"": "ignored"}
    again = await desk.run("database", "purge", "--author", desk.author, "--yes")
    assert (again.code, again.out) == (0, f"Nothing is stored of {desk.author}.\n")
    desk.deliver(raw)
    assert (await desk.once()).out.strip() == "No new mail.", "that it was handled is never forgotten"
    assert desk.left() == []


async def test_bodies_are_sealed_with_a_key_and_nothing_works_without(desk: Desk) -> None:
    key = (await desk.run("database", "key")).out.strip()
    raw = desk.mail("Ma commande", f"Où est ma commande {CANARY} ?\n")
    with ModelServer([answers(reply=ANSWER, language="fr", needs_human=True, confidence=0.9)]) as model:
        sealed = with_model(desk, model, ENCRYPTION_KEY=key)
        sealed.deliver(raw)
        ended = await sealed.once()
        assert key not in ended.err
        assert [on_disk(sealed, words) for words in (CANARY, ANSWER, key)] == [[], [], []]
        assert refused(await with_model(desk, model).run("once"), 2, "ENCRYPTION_KEY")
        wrong = (await desk.run("database", "key")).out.strip()
        assert refused(await with_model(desk, model, ENCRYPTION_KEY=wrong).run("messages", "list"), 2, "ENCRYPTION_KEY")
        bad = await with_model(desk, model, ENCRYPTION_KEY=f"{key}-and-more").run("messages", "list")
        assert refused(bad, 2, "repondeur database key")
        assert key not in bad.err
        changed = with_model(desk, model, ENCRYPTION_KEY=f"{wrong} {key}")
        assert (await changed.run("database", "encrypt")).code == 0
        newest = with_model(desk, model, ENCRYPTION_KEY=wrong)
        approved = await newest.run("approve", "1")
        assert approved.code == 0, approved.err
    assert [ANSWER in one.get_content() for one in newest.left()] == [True]
    decrypted = await newest.run("database", "decrypt")
    assert "ENCRYPTION_KEY" in decrypted.out, decrypted.err
    assert (await with_model(desk, model).run("messages", "show", "1")).code == 0


async def test_nothing_is_sealed_beside_an_agent_that_has_no_key(desk: Desk) -> None:
    key = (await desk.run("database", "key")).out.strip()
    keyed = with_settings(desk, ENCRYPTION_KEY=key)
    async with serving(desk.agent) as agent:
        desk.deliver(desk.mail("Ma commande", f"Où est ma commande {CANARY} ?\n"))
        await eventually(lambda: agent.events("mail.ended"))
        assert refused(await keyed.run("database", "encrypt"), 2, "without the first key")
        for command in (["pause"], ["resume"], ["messages", "show", "1"]):
            assert (await keyed.run(*command)).code == 0, "what people need to stop it goes on working"
        assert (await agent.is_ready(), (await agent.get("/messages/1")).status_code) == (True, 200)
    assert on_disk(desk, CANARY)
    assert (await keyed.run("database", "encrypt")).code == 0
    assert on_disk(desk, CANARY) == []


async def test_bodies_that_are_not_stored_are_gone_when_the_mail_is_done(desk: Desk) -> None:
    with ModelServer([answers(reply=ANSWER, language="fr", confidence=0.95)]) as model:
        desk = with_model(desk, model, STORE_BODIES="false")
        desk.deliver(desk.mail("Ma commande", f"Où est ma commande {CANARY} ?\n"))
        await desk.once()
    assert await desk.states() == {"Ma commande": "answered"}
    assert len(desk.left()) == 1
    assert [on_disk(desk, words) for words in (CANARY, ANSWER)] == [[], []]


async def test_serve_forgets_by_itself_what_is_old(desk: Desk) -> None:
    async with serving(desk.agent) as agent:
        await eventually(lambda: agent.events("purge.done"))
    async with serving(desk.agent) as agent:
        await eventually(lambda: agent.events("serve.started"))
        assert agent.events("purge.done") == [], "once a night"
