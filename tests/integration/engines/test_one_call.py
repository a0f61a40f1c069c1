"""What a model server sees of French and English mail, from outside: `repondeur explain` with a model."""

import json
import subprocess
import sys

import pytest
from tests.support import naive, tokens
from tests.support.model_server import ModelServer, answers

from repondeur.mail.parse import parse

MAILS = {
    "fr": """\
From: Claire Marechal <claire@client.example>
To: Boutique <boutique@shop.example>
Subject: Ma commande 77120
Date: Fri, 20 Nov 2026 10:00:00 +0100
Message-ID: <1@client.example>
Content-Type: text/plain; charset=utf-8

Bonjour,

Pourriez-vous me dire où en est ma commande 77120 ? Je serai absente à partir de mardi prochain.

Merci d'avance,
Claire Maréchal

Le 18 novembre 2026 à 09:12, Boutique <boutique@shop.example> a écrit :

> Bonjour Madame,
>
> Votre commande est enregistrée. Elle sera préparée dans notre atelier, puis remise au transporteur, qui vous
> préviendra par SMS du jour de son passage. Vous pouvez la suivre depuis votre compte, rubrique « Mes commandes ».
> Si vous étiez absente ce jour-là, le colis vous attendrait dix jours au point relais le plus proche de chez vous.
>
> Bien cordialement,
> L'équipe de la boutique
""",
    "en": """\
From: Ruth Mason <ruth@client.example>
To: Sales <sales@other.example>
Subject: Re: Cracked shade
Date: Fri, 20 Nov 2026 10:00:00 +0000
Message-ID: <2@client.example>
Content-Type: text/plain; charset=utf-8

Hello,

the new shade for order 88213 arrived yesterday, and it is cracked as well. Could you send another one before Thursday?

Kind regards,
Ruth Mason

On Wed, 18 Nov 2026 at 09:12, Sales <sales@other.example> wrote:

> Dear Ms Mason,
>
> we are sorry that the shade was broken. A new one left our workshop today, and you will get a message with the day
> of its delivery. You need not send the old one back; please put it into the glass container. Should anything else be
> wrong, we are here from Tuesday to Saturday, from 10 to 7.
>
> Kind regards,
> The team
""",
}
SAID = {
    "entities": [
        {"type": "order_number", "value": "77120"},
        {"type": "order_number", "value": "88213"},
        {"type": "date", "value": "mardi prochain"},
        {"type": "date", "value": "12 May"},
    ],
    "language": "en",
    "summary": None,
    "intent": None,
}


@pytest.fixture(scope="module")
def explained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("one_call")
    mails = folder / "mails"
    mails.mkdir()
    for number in range(6):
        language = ("fr", "en")[number % 2]
        (mails / f"{number}-{language}.eml").write_text(MAILS[language], "utf-8")
    with ModelServer([answers(**SAID)]) as server:
        done = subprocess.run(
            [sys.executable, "-m", "repondeur", "explain", "--json", str(mails)],
            check=True,
            capture_output=True,
            timeout=120,
            cwd=folder,
            env={"MODEL": "openai:stub", "OPENAI_API_KEY": "k", "OPENAI_BASE_URL": server.base_url, "PATH": ""},
        )
        return [json.loads(line) for line in done.stdout.splitlines()], server.requests


def test_one_request_a_mail_with_the_same_prefix(explained):
    objects, requests = explained
    assert len(objects) == len(requests) == 6
    prefixes = {
        json.dumps([one for one in request.body["messages"] if one["role"] == "system"]) for request in requests
    }
    assert len(prefixes) == 1
    schemas = {json.dumps(request.body.get("response_format")) for request in requests}
    assert len(schemas) == 1


def test_the_analysis_is_complete_and_about_the_mail(explained):
    for found in explained[0]:
        analysis, message = found["analysis"], found["message"]
        assert analysis["language"] == message["language"] == found["path"].removesuffix(".eml")[-2:]
        assert analysis["summary"]
        assert analysis["intent"] == "order", "the built-in engine's, for the model gave none"
        assert analysis["needs_human"] is True
        assert analysis["dropped_entities"] == (2 if message["language"] == "fr" else 3)
        assert all(one["value"] in message["text"] for one in analysis["entities"])
        dates = [one["normalised"] for one in analysis["entities"] if one["type"] == "date"]
        assert dates == (["2026-11-24"] if message["language"] == "fr" else [])


def test_the_answer_is_asked_for_in_the_mails_language(explained):
    for request in explained[1]:
        user = request.body["messages"][-1]["content"]
        assert ("reply in French." in user) == ("Claire" in user)
        assert ("reply in English." in user) == ("Ruth" in user)


def test_the_tokens_are_less_than_half_of_the_plain_way(explained):
    ours = sum(tokens.count_chat(request.body["messages"]) for request in explained[1])
    mails = [parse(text.encode()) for text in MAILS.values()] * 3
    assert ours < 0.5 * sum(tokens.count_chat(chat) for one in mails for chat in naive.requests(one, (), ""))
