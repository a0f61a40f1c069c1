"""`repondeur knowledge` and folders of knowledge, as people meet them."""

import json
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.desk import a_desk, with_settings
from tests.acceptance.serving import serving
from tests.support.agent import Ended
from tests.support.embedding_server import EmbeddingServer
from tests.support.eventually import eventually
from tests.support.forking import Forked, Forks
from tests.support.mailserver import MailServer
from tests.support.office import docx, pdf

KNOWN = {"id", "title", "language", "visibility", "source"}
DELAIS = "# Délais de livraison\n\nNous livrons en deux jours ouvrés en France, en quatre jours en Suisse.\n"


@pytest.fixture
def agent(tmp_path: Path, forks: Forks) -> Forked:
    home = tmp_path / "home"
    home.mkdir()
    return Forked({"LANG": "C.UTF-8", "MODEL": "builtin"}, home, forks)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "savoir"
    made.mkdir()
    (made / "delais.md").write_text(DELAIS, "utf-8")
    (made / "marge.md").write_text("---\nvisibility: internal\n---\nForty per cent on every lamp.\n", "utf-8")
    (made / "faq.csv").write_text("question;réponse\nOuvrez-vous le lundi ?;Non, du mardi au samedi.\n", "utf-8")
    return made


async def listed(agent: Forked, *words: str) -> list[dict[str, Any]]:
    ended = await agent.run("repondeur", "knowledge", *words, "--json")
    assert ended.code == 0, ended.err
    found: list[dict[str, Any]] = json.loads(ended.out)
    return found


def lines(ended: Ended) -> list[str]:
    return ended.out.splitlines()


async def test_files_of_every_kind_and_what_is_told_of_each(agent: Forked, folder: Path) -> None:
    (folder / "retours.docx").write_bytes(docx([("Heading1", "Retours"), ("", "Trente jours pour rendre un article.")]))
    (folder / "cgv.pdf").write_bytes(pdf([["Conditions", "Paiement à la commande par carte bancaire."]]))
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    (folder / "broken.json").write_text("{")
    added = await agent.run("repondeur", "knowledge", "add", "--public", str(folder))
    assert added.code == 1
    marks = {Path(line.split(" — ")[0].split(",")[0][2:]).name: line[0] for line in lines(added) if line[0] in "✓!✗"}
    assert marks == {
        "broken.json": "✗",
        "broken.pdf": "✗",
        "cgv.pdf": "✓",
        "delais.md": "✓",
        "faq.csv": "✓",
        "marge.md": "✓",
        "retours.docx": "✓",
    }
    assert lines(added)[-2:] == ["Passages added: 5.", "Files that were not taken: 2."]
    found = await listed(agent, "list")
    assert all(set(one) == KNOWN for one in found)
    assert {one["id"]: one["visibility"] for one in found} == {
        "kb:cgv": "public",
        "kb:delais": "public",
        "kb:faq-ouvrez-vous-le-lundi": "public",
        "kb:marge": "internal",
        "kb:retours": "public",
    }
    removed = await agent.run("repondeur", "knowledge", "remove", str(folder / "cgv.pdf"), "kb:retours")
    assert (removed.code, len(lines(removed))) == (0, 2)
    assert len(await listed(agent, "list")) == 3


async def test_wrong_inputs_are_told_and_lose_nothing(agent: Forked, folder: Path, tmp_path: Path) -> None:
    agent = agent.under(LANG="fr_FR.UTF-8")
    await agent.run("repondeur", "knowledge", "add", "--public", str(folder))
    before = await listed(agent, "list")
    (tmp_path / "empty").mkdir()
    (tmp_path / "binary.md").write_bytes(bytes(range(256)))
    (folder / "delais.md").write_text("---\nvisibilty: public\n---\nAll new\n")
    with (tmp_path / "huge.pdf").open("wb") as huge:
        huge.truncate(300_000_000)
    missing = await agent.run("repondeur", "knowledge", "add", str(tmp_path / "none"), str(folder))
    assert (missing.code, missing.out) == (2, "")
    assert "none n’existe pas." in missing.err
    wrong = [str(tmp_path / name) for name in ("empty", "binary.md", "huge.pdf", "savoir/delais.md")]
    ended = await agent.run("repondeur", "knowledge", "add", *wrong)
    assert ended.code == 1
    for path in wrong:
        assert path in ended.out + ended.err
    assert lines(ended)[-1] == "Fichiers non pris : 3."
    assert await listed(agent, "list") == before


async def test_a_search_says_why_and_whether_that_answers(agent: Forked, folder: Path) -> None:
    agent = agent.under(KNOWLEDGE_PUBLIC=str(folder))
    asked = "Livrez-vous en combien de jours en Suisse ?"
    best, *_ = await listed(agent, "search", asked)
    assert set(best) == KNOWN | {"score", "why", "answers"}
    assert best["id"] == "kb:delais"
    assert {"suisse"} <= {one["asked"] for one in best["why"]}
    assert all(set(one) == {"asked", "found", "how"} for one in best["why"])
    shown = await agent.run("repondeur", "knowledge", "search", asked)
    assert "Suisse" in lines(shown)[0]
    assert best["answers"]
    assert "Without a model, this would be answered with kb:delais." in shown.err


async def test_a_search_says_of_a_question_what_becomes_of_a_mail_with_it(
    agent: Forked, folder: Path, tmp_path: Path
) -> None:
    agent = agent.under(KNOWLEDGE_PUBLIC=str(folder), REPLY="draft")
    asked = [
        "Pour un piano, combien coûte la location en Suisse ?",
        "Ouvrez-vous le lundi ?",
        "Ouvrez-vous le lundi ? Mon avocat insiste.",
    ]
    verdicts = [await agent.run("repondeur", "knowledge", "search", *one.split()) for one in asked]
    said = [one.err.strip() for one in verdicts]
    assert "held" in said[0]
    assert "kb:delais, leaves open “piano, location”" in said[0]
    assert said[1] == "Without a model, this would be answered with kb:faq-ouvrez-vous-le-lundi."
    assert "held" in said[2]
    assert "A legal matter" in said[2]
    for number, one in enumerate(asked):
        (tmp_path / f"{number}.eml").write_bytes(a_letter(one))
    mails = [str(tmp_path / f"{number}.eml") for number in range(len(asked))]
    explained = await agent.run("repondeur", "explain", "--json", *mails)
    decided = [json.loads(line)["decision"] for line in lines(explained)]
    assert [one["verdict"] for one in decided] == ["hold", "draft", "hold"]
    assert all(one["reason"] in told for one, told in zip(decided, said, strict=True) if one["verdict"] == "hold")


async def test_what_is_added_again_stays_as_public_as_it_was(agent: Forked, folder: Path) -> None:
    async def visibility(*words: str) -> str:
        assert (await agent.run("repondeur", "knowledge", "add", *words, str(folder / "delais.md"))).code == 0
        [one] = await listed(agent, "list")
        return str(one["visibility"])

    assert [await visibility(*one) for one in ((), ("--public",), (), ("--internal",), ())] == [
        "internal",
        "public",
        "public",
        "internal",
        "internal",
    ]


async def test_what_is_of_no_use_is_told(agent: Forked, folder: Path) -> None:
    nothing = await agent.run("repondeur", "knowledge", "list")
    assert (nothing.code, nothing.out, "Nothing is known yet." in nothing.err) == (0, "", True)
    assert "Nothing is known yet." in (await agent.run("repondeur", "knowledge", "search", "Suisse")).err
    (folder / "empty.md").write_text("# Only a heading\n")
    (folder / "old.md").write_text("---\nvalid_until: 2020-01-01\n---\nClosed in January.\n")
    (folder / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    added = await agent.run("repondeur", "knowledge", "add", str(folder))
    told = {Path(line.split(" — ")[0][2:]).name: line for line in lines(added)}
    assert told["empty.md"].startswith("! ")
    assert "nothing in it that could be found" in told["empty.md"]
    assert "kb:old (until 2020-01-01, no longer found)" in told["old.md"]
    assert f"1 ({folder / 'photo.jpg'})" in added.err
    photo = await agent.run("repondeur", "knowledge", "add", str(folder / "photo.jpg"))
    assert (photo.code, "is of a kind that is not read" in photo.out) == (1, True)
    nothing = await agent.run("repondeur", "knowledge", "search", "???")
    assert (nothing.code, "no word to search for" in nothing.err) == (1, True)
    unknown = await agent.run("repondeur", "knowledge", "remove", "")
    assert (unknown.code, "“”" in unknown.err) == (1, True)
    removed = await agent.run("repondeur", "knowledge", "remove", str(folder))
    assert (removed.code, await listed(agent, "list")) == (0, [])


async def test_words_of_ones_own_trade_are_searched_by(agent: Forked, folder: Path) -> None:
    words = agent.home.parent / "words.toml"
    words.write_text('[delay]\nfr = "délais, lambinage"\n', "utf-8")
    agent = agent.under(KNOWLEDGE_PUBLIC=str(folder))
    assert await listed(agent, "search", "Quel lambinage ?") == []
    agent = agent.under(GLOSSARY_FILE=str(words))
    assert [one["id"] for one in await listed(agent, "search", "Quel lambinage ?")] == ["kb:delais"]
    words.write_text("[delay", "utf-8")
    refused = await agent.run("repondeur", "knowledge", "search", "Quel lambinage ?")
    assert refused.code == 2
    assert "words.toml" in refused.err


async def test_what_is_in_a_folder_is_known_and_what_is_wrong_there_is_told(agent: Forked, folder: Path) -> None:
    (folder / "broken.json").write_text("{")
    watching = agent.under(KNOWLEDGE_PUBLIC=f"{folder},/nowhere/at/all")
    ended = await watching.run("repondeur", "knowledge", "list")
    assert ended.code == 0
    assert len(lines(ended)) == 3
    assert "broken.json" in ended.err
    assert "/nowhere/at/all does not exist." in ended.err
    refused = await watching.run("repondeur", "knowledge", "remove", "kb:delais")
    assert refused.code == 1
    assert "watched folder" in refused.err
    (folder / "delais.md").unlink()
    assert {one["id"] for one in await listed(watching, "list")} == {"kb:faq-ouvrez-vous-le-lundi", "kb:marge"}
    # A shell that does not know of the folder changes nothing.
    assert len(await listed(agent, "list")) == 2


def a_letter(text: str) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "claire@client.example", "support@boutique.example", "Question"
    mail["Message-ID"], mail["Date"] = "<q@client.example>", "Fri, 20 Nov 2026 10:00:00 +0100"
    mail.set_content(text)
    return mail.as_bytes()


async def test_a_dry_run_answers_from_the_folder(agent: Forked, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "q.eml").write_bytes(a_letter("Bonjour,\n\nOuvrez-vous le lundi ?\n"))
    (folder / "broken.json").write_text("{")
    watching = agent.under(KNOWLEDGE_PUBLIC=str(folder))
    ended = await watching.run("repondeur", "explain", "--json", str(tmp_path / "q.eml"))
    assert ended.code == 0
    assert "broken.json" in ended.err
    found = json.loads(ended.out)
    assert found["analysis"]["passages"] == ["kb:faq-ouvrez-vous-le-lundi"]
    assert "du mardi au samedi" in found["analysis"]["reply"]
    assert not list(agent.home.iterdir()), "no database, no trace"


async def test_what_is_alike_in_meaning_is_found_as_the_agent_finds_it(
    agent: Forked, folder: Path, tmp_path: Path
) -> None:
    (folder / "ride.md").write_text("# Promenades\n\nLe manège prête une selle.\n", "utf-8")
    (tmp_path / "q.eml").write_bytes(a_letter("Bonjour,\n\nOù loge le poney ?\n"))
    explained = ("repondeur", "explain", "--json", str(tmp_path / "q.eml"))
    with EmbeddingServer("poney manège selle") as server:
        agent = agent.under(
            KNOWLEDGE_PUBLIC=str(folder), EMBEDDINGS="openai:small", EMBEDDINGS_BASE_URL=server.base_url
        )
        assert (await agent.run(*explained)).code == 0
        assert "poney" in server.asked[-1][0], "the dry run asks for the mail's vector too"
        assert not list(agent.home.iterdir()), "no trace"
        (best, *_) = await listed(agent, "search", "Où loge le poney ?")
        assert (best["id"], [one["how"] for one in best["why"]]) == ("kb:ride", ["meaning"])
        assert "Forty" not in str(server.asked)
        shown = await agent.run("repondeur", "knowledge", "search", "Où loge le poney ?")
        assert "alike in meaning" in lines(shown)[0]
        server.status = 503
        ended = await agent.run("repondeur", "knowledge", "search", "Livrez-vous en Suisse ?")
        assert (ended.code, "status 503" in ended.err, "delais" in lines(ended)[0]) == (0, True, True)
        assert "status 503" in (await agent.run(*explained)).err


async def test_check_asks_the_embedding_model_once(agent: Forked) -> None:
    agent = agent.under(IMAP_SERVER="127.0.0.1", IMAP_PORT="1", IMAP_USER="a@b.example", IMAP_PASS="x", SMTP_PORT="1")
    with EmbeddingServer("a") as server:
        agent = agent.under(EMBEDDINGS="openai:small", EMBEDDINGS_BASE_URL=server.base_url)
        for status, told in ((200, "ok"), (503, "failed")):
            server.status, server.asked = status, []
            ended = await agent.run("repondeur", "check", "--json")
            (found,) = [one for line in lines(ended) if (one := json.loads(line))["what"] == "check.embeddings"]
            assert (found["status"], bool(found["hint"]), len(server.asked)) == (told, status != 200, 1)


async def test_the_demo_answers_from_a_folder_of_ones_own(agent: Forked, folder: Path) -> None:
    ended = await agent.run("repondeur", "demo", "--once", "--knowledge", str(folder))
    assert ended.code == 0, ended.err
    by_setting = await agent.under(KNOWLEDGE_PUBLIC=str(folder)).run("repondeur", "demo", "--once")
    assert lines(by_setting)[-1] == lines(ended)[-1]
    assert "Answered 0" in lines(ended)[-1] or "Answered" not in lines(ended)[-1], "none of the samples is about that"
    missing = await agent.run("repondeur", "demo", "--once", "--knowledge", "/nowhere/at/all")
    assert (missing.code, "does not exist" in missing.err) == (2, True)


@pytest.mark.servers
async def test_a_running_agent_follows_its_folder_and_remembers_what_lacks(
    mail_server: MailServer, tmp_path: Path, folder: Path, forks: Forks
) -> None:
    desk = with_settings(a_desk(mail_server, tmp_path, REPLY="strict"), KNOWLEDGE_PUBLIC=str(folder))
    async with serving(desk.agent) as agent:
        desk.deliver(
            desk.mail("Suisse", "Bonjour,\n\nAvez-vous un magasin à Lyon ?\n", author=desk.customer(1)),
            desk.mail("Lundi", "Bonjour,\n\nOuvrez-vous le lundi ?\n", author=desk.customer(2)),
        )
        await eventually(lambda: len(agent.events("mail.ended")) == 2)
        (folder / "lyon.md").write_text("# Magasin à Lyon\n\nNotre magasin de Lyon est au 4 rue Mercière.\n", "utf-8")
        await eventually(lambda: agent.events("knowledge.refreshed"))
        desk.deliver(desk.mail("Lyon", "Bonjour,\n\nAvez-vous un magasin à Lyon ?\n", author=desk.customer(3)))
        await eventually(lambda: len(agent.events("mail.ended")) == 3)
    desk = replace(desk, agent=Forked(desk.agent.environ, desk.agent.home, forks))
    states = await desk.states()
    assert states == {"Suisse": "held", "Lundi": "answered", "Lyon": "answered"}
    assert {one["id"] for one in await listed(desk.agent, "list")} == {
        "kb:delais",
        "kb:faq-ouvrez-vous-le-lundi",
        "kb:lyon",
        "kb:marge",
    }
    gaps = await listed(desk.agent, "gaps")
    assert "Avez-vous un magasin à Lyon ?" in gaps[0]["questions"]
    assert set(gaps[0]) == {"count", "first", "last", "language", "questions", "mails", "nearest"}
    assert "Lyon" in (await desk.run("knowledge", "gaps")).out
    checked = await desk.run("check", "--json")
    [found] = [one for one in map(json.loads, lines(checked)) if one["what"] == "check.knowledge"]
    assert (found["status"], found["code"]) == ("ok", "knowledge.passages_ready")
