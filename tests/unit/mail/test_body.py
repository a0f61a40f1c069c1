"""New text, quotes, signature, forward: by what mail programs of many languages write."""

import pytest

from repondeur.mail.body import split
from repondeur.mail.html import CUT

QUOTE = "\n\n> Old text.\n"
ATTRIBUTIONS = {
    "fr gmail": "Le mar. 3 nov. 2026 à 09:58, Ann Old <ann@old.example> a écrit :",
    "fr thunderbird": "Le 03/11/2026 à 09:58, Ann Old a écrit :",
    "fr apple": "Le 3 nov. 2026 à 09:58, Ann Old <ann@old.example> a écrit :",
    "fr proton": "Le mardi 3 novembre 2026 à 09:58, Ann Old <ann@old.example> a écrit :",
    "en gmail": "On Tue, Nov 3, 2026 at 9:58 AM Ann Old <ann@old.example> wrote:",
    "en thunderbird": "On 11/3/26 09:58, Ann Old wrote:",
    "en apple": "On 3 Nov 2026, at 09:58, Ann Old <ann@old.example> wrote:",
    "en yahoo": "On Tuesday, November 3, 2026, 09:58:01 AM GMT+1, Ann Old <ann@old.example> wrote:",
    "de gmail": "Am Di., 3. Nov. 2026 um 09:58 Uhr schrieb Ann Old <ann@old.example>:",
    "de thunderbird": "Am 03.11.26 um 09:58 schrieb Ann Old:",
    "es gmail": "El mar, 3 nov 2026 a las 9:58, Ann Old (<ann@old.example>) escribió:",
    "it gmail": "Il giorno mar 3 nov 2026 alle ore 09:58 Ann Old <ann@old.example> ha scritto:",
    "nl gmail": "Op di 3 nov 2026 om 09:58 schreef Ann Old <ann@old.example>:",
    "pt gmail": "Em ter., 3 de nov. de 2026 às 09:58, Ann Old <ann@old.example> escreveu:",
    "da gmail": "Den tirs. 3. nov. 2026 kl. 09.58 skrev Ann Old <ann@old.example>:",
    "sv gmail": "Den tis 3 nov. 2026 kl 09:58 skrev Ann Old <ann@old.example>:",
    "no gmail": "tir. 3. nov. 2026 kl. 09:58 skrev Ann Old <ann@old.example>:",
    "fi gmail": "ti 3. marrask. 2026 klo 9.58 Ann Old (ann@old.example) kirjoitti:",
    "pl gmail": "wt., 3 lis 2026 o 09:58 Ann Old <ann@old.example> napisał(a):",
    "cs gmail": "út 3. 11. 2026 v 9:58 odesílatel Ann Old <ann@old.example> napsal:",
    "hu gmail": "Ann Old <ann@old.example> ezt írta (időpont: 2026. nov. 3., K, 9:58):",
    "ro gmail": "În mar., 3 nov. 2026 la 09:58, Ann Old <ann@old.example> a scris:",
    "ru gmail": "вт, 3 нояб. 2026 г. в 09:58, Ann Old <ann@old.example>:",
    "tr gmail": "Ann Old <ann@old.example>, 3 Kas 2026 Sal, 09:58 tarihinde şunu yazdı:",
    "ja gmail": "2026年11月3日(火) 9:58 Ann Old <ann@old.example>:",
    "zh gmail": "Ann Old <ann@old.example> 于2026年11月3日周二 09:58写道：",
}


@pytest.mark.parametrize("attribution", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS)
def test_an_attribution_and_its_quote_are_not_new(attribution):
    found = split(f"The answer.\n\n{attribution}{QUOTE}")
    assert found.text == "The answer."
    assert "Old text." in found.quoted


@pytest.mark.parametrize("attribution", [text for text in ATTRIBUTIONS.values() if "<" in text and " " in text])
def test_a_wrapped_attribution_is_one(attribution):
    words = attribution.replace("<", "\n<", 1) if len(attribution) % 2 else attribution.replace("<", "<\n", 1)
    assert split(f"The answer.\n\n{words}{QUOTE}").text == "The answer."


@pytest.mark.parametrize("attribution", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS)
def test_an_attribution_stands_for_itself_where_quotes_have_no_marks(attribution):
    if "@" not in attribution:
        pytest.skip("without an address only a quote can tell")
    assert split(f"The answer.\n\n{attribution}\n\nOld text.\n").text == "The answer."


def block(*lines):
    return "\n".join(lines)


BLOCKS = {
    "fr": block(
        "De : Ann Old <ann@old.example>",
        "Envoyé : mardi 3 novembre 2026 09:58",
        "À : Jo <jo@client.example>",
        "Cc : x@y.example",
        "Objet : Old subject",
    ),
    "fr stars": block(
        "*De :* Ann Old <ann@old.example>",
        "*Date :* mardi 3 novembre 2026",
        "*À :* Jo",
        "*Objet :* Old subject",
    ),
    "en": block(
        "From: Ann Old <ann@old.example>",
        "Sent: Tuesday, November 3, 2026 9:58 AM",
        "To: Jo",
        "Subject: Old subject",
    ),
    "en wrapped": block(
        "From: Ann Old",
        "<ann@old.example>",
        "Sent: Tuesday",
        "To: Jo; Someone With A Very Long Name;",
        " Another",
        "Subject: Old subject",
    ),
    "en double spaced": block(
        "From: Ann Old <ann@old.example>",
        "",
        "Sent: Tuesday",
        "",
        "To: Jo",
        "",
        "Subject: Old subject",
    ),
    "de": block(
        "Von: Ann Old <ann@old.example>",
        "Gesendet: Dienstag, 3. November 2026 09:58",
        "An: Jo",
        "Betreff: Old subject",
    ),
    "es": block(
        "De: Ann Old <ann@old.example>",
        "Enviado: martes, 3 de noviembre de 2026 9:58",
        "Para: Jo",
        "Asunto: Old subject",
    ),
    "it": block(
        "Da: Ann Old <ann@old.example>",
        "Inviato: martedì 3 novembre 2026 09:58",
        "A: Jo",
        "Oggetto: Old subject",
    ),
    "nl": block(
        "Van: Ann Old <ann@old.example>",
        "Verzonden: dinsdag 3 november 2026 09:58",
        "Aan: Jo",
        "Onderwerp: Old subject",
    ),
    "pt": block(
        "De: Ann Old <ann@old.example>",
        "Enviado: terça-feira, 3 de novembro de 2026 09:58",
        "Para: Jo",
        "Assunto: Old subject",
    ),
    "pl": block(
        "Od: Ann Old <ann@old.example>",
        "Wysłano: wtorek, 3 listopada 2026 09:58",
        "Do: Jo",
        "Temat: Old subject",
    ),
    "sv": block(
        "Från: Ann Old <ann@old.example>",
        "Skickat: den 3 november 2026 09:58",
        "Till: Jo",
        "Ämne: Old subject",
    ),
}


@pytest.mark.parametrize("header", BLOCKS.values(), ids=BLOCKS)
@pytest.mark.parametrize("subject", ["Re: Old subject", "Old subject"])
def test_all_below_a_header_block_is_old(header, subject):
    found = split(f"The answer.\n\n{header}\n\nOld text.\n", subject)
    assert (found.text, found.forward) == ("The answer.", None)
    assert "Old text." in found.quoted


@pytest.mark.parametrize("header", BLOCKS.values(), ids=BLOCKS)
@pytest.mark.parametrize("prefix", ["TR:", "Fwd:", "FW:", "WG:", "RV:", "I:", "ENC:", "Tr :"])
def test_the_subject_tells_that_a_header_block_was_passed_on(header, prefix):
    forward = split(f"For you.\n\n{header}\n\nOld text.\n", f"{prefix} Old subject").forward
    assert forward is not None
    assert (forward.author.name, forward.author.address) == ("Ann Old", "ann@old.example")
    assert (forward.subject, forward.text, forward.before) == ("Old subject", "Old text.", "For you.")


SEPARATORS = [
    "---------- Forwarded message ---------", "-------- Forwarded Message --------", "Begin forwarded message:",
    "---------- Message transféré ---------", "-------- Message transféré --------", "Début du message réexpédié :",
    "-------- Weitergeleitete Nachricht --------", "Anfang der weitergeleiteten Nachricht:",
    "---------- Mensaje reenviado ----------", "---------- Messaggio inoltrato ----------",
    "---------- Doorgestuurd bericht ----------", "---------- Mensagem encaminhada ---------",
    "---------- Unheard of words ---------",
]  # fmt: skip


@pytest.mark.parametrize("line", SEPARATORS)
@pytest.mark.parametrize("mark", ["", "> "])
def test_a_separator_announces_a_forward(line, mark):
    old = "\n".join(f"{mark}{part}" for part in [line, *BLOCKS["fr"].splitlines(), "", "Old text."])
    found = split(f"For you.\n\n{old}\n", "Old subject")
    assert found.forward is not None
    assert (found.text, found.forward.before, found.forward.text) == ("For you.", "For you.", "Old text.")


@pytest.mark.parametrize(
    "line", ["============ Forwarded message ============", "---------- Forwarded message ---------"]
)
@pytest.mark.parametrize("below", ["", "\n", "\n\n>\n", f"\n{CUT}"])
def test_a_separator_may_be_the_last_line(line, below):
    header = "From: Ann Old <ann@old.example>\nTo: x@y.example\nDate: 3 Nov 2026 09:58\nSubject: s\n"
    for last in (line, f"> {line}", "--- Original ---", "Message d'origine :"):
        forward = split(f"For you.\n\n{line}\n{header}\n{last}{below}").forward
        assert forward is not None
        assert (forward.author.name, forward.before) == ("Ann Old", "For you.")


def test_a_forward_inside_a_quote_is_not_this_authors():
    inner = "> Begin forwarded message:\n>\n> From: x@y.example\n> Subject: s\n"
    found = split(f"The answer.\n\n{ATTRIBUTIONS['en gmail']}\n\n{inner}")
    assert (found.text, found.forward) == ("The answer.", None)


@pytest.mark.parametrize(
    "text",
    [
        "On this day\n\nI wrote something\n\nwhich was interesting.",
        "On Monday at 14:30 I wrote to your hotline:\n\nno answer.",
        "Le 12 mars à 14:30, j'ai écrit :\n\nrien.",
        "I need this > that, and 5 > 3.",
        "From: Paris\nTo: Lyon\nDate: 3 November\n\nTwo seats, please.",
        "The data comes From: our database, not From: elsewhere.",
        "My list:\n\n----\n\n1. one\n2. two\n\n----\n\nThat is all.",
        "2026-01-15 14:30:25\n15.01.2026 14:30\n\nAre these times free?",
        "with regards to the payment\n\nRegards,\nJo",
        "> a line that I quote from your terms\n\nWhat does it mean?",
        "```\n# not a quote\n> nor this\n```\nWhy?",
        "Call me -- this is no signature -- tomorrow.",
    ],
)
def test_nothing_is_taken_from_new_text(text):
    found = split(text)
    assert (found.text, found.quoted, found.signature, found.forward) == (text, "", "", None)


@pytest.mark.parametrize(
    ("text", "new", "signature"),
    [
        ("Hello.\n\n-- \nJo Smith\nSales", "Hello.", "Jo Smith\nSales"),
        ("Hello.\n--\nJo", "Hello.", "Jo"),
        ("Hello.\n\n_______________\nThe list\nhttps://l.example", "Hello.", "The list\nhttps://l.example"),
        ("Hello.\n\nEnvoyé de mon iPhone", "Hello.", "Envoyé de mon iPhone"),
        ("Hello.\n\nEnvoyé depuis mon appareil Galaxy", "Hello.", "Envoyé depuis mon appareil Galaxy"),
        (
            "Hello.\n\nTélécharger Outlook pour iOS<https://aka.ms/x>",
            "Hello.",
            "Télécharger Outlook pour iOS<https://aka.ms/x>",
        ),
        ("Hello.\n\nSent from my Verizon Wireless BlackBerry", "Hello.", "Sent from my Verizon Wireless BlackBerry"),
        ("Hello.\n\nGet Outlook for Android", "Hello.", "Get Outlook for Android"),
        ("Hello.\n\nVon meinem iPhone gesendet", "Hello.", "Von meinem iPhone gesendet"),
        ("Hello.\n\nEnviado desde mi iPhone", "Hello.", "Enviado desde mi iPhone"),
        ("Hello.\n\nInviato da iPhone", "Hello.", "Inviato da iPhone"),
        ("Hello.\n\nVerzonden vanaf mijn iPhone", "Hello.", "Verzonden vanaf mijn iPhone"),
        ("Hello.\n\nBien à vous,\nJo", "Hello.\n\nBien à vous,\nJo", ""),
        ("-- \nJo", "--\nJo", ""),
        ("Hello.\n\n--\n" + "A long text below a line.\n" * 30, None, ""),
    ],
)
def test_signatures(text, new, signature):
    found = split(text)
    assert found.text.strip() == (text.strip() if new is None else new)
    assert found.signature == signature


def test_a_signature_below_the_quote_is_one_too():
    found = split(f"The answer.\n\n{ATTRIBUTIONS['en gmail']}{QUOTE}\n-- \nJo\n")
    assert (found.text, found.signature) == ("The answer.", "Jo")


def test_answers_between_quotes_stay_in_order_with_what_they_answer():
    text = "> First?\n\nYes.\n\n> Second?\n\nNo."
    assert split(f"{ATTRIBUTIONS['en gmail']}\n{text}\n\n> Bye.\n").text == text


def test_a_greeting_above_answers_between_quotes_stays():
    assert split(f"Hi,\n{ATTRIBUTIONS['en gmail']}\n> First?\n\nYes.\n").text == "Hi,\n> First?\n\nYes."


def test_one_answer_below_the_quote_is_the_text():
    assert split(f"{ATTRIBUTIONS['fr gmail']}\n> First?\n\nYes.\n").text == "Yes."


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends_do_not_matter(line_end):
    text = f"The answer.\n\n{ATTRIBUTIONS['fr gmail']}{QUOTE}".replace("\n", line_end)
    assert split(text).text == "The answer."
