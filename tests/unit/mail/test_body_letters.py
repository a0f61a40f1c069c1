"""What people write that looks like the words of programs is kept; what programs of many kinds write is not."""

import pytest

from repondeur.mail.body import split

ANN = "ann@old.example"
ATTRIBUTION = "On Mon, 2 Mar 2026 at 14:05, Ann Old <ann@old.example> wrote:"

LETTERS = [
    "Ce message est confidentiel.\nVoici mon problème :\nle four ne chauffe plus.",
    "Si vous n’êtes pas le bon destinataire, dites-le-moi.\nMerci.",
    "Questo messaggio è confidenziale.\nUn virus nel mio computer.\nAiuto.",
    "This email is confidential.\nPlease do not tell my employer.",
    "I bought it in May.\n\nIf you have received my letter by mistake, please send it back to me, for I need it.",
    "Diese Mail ist nur für Sie bestimmt.\n\nWenn Sie nicht der richtige Empfänger sind, sagen Sie es mir.",
    "Sent from Paris by post.\nNothing came.",
    "Provenance : Chine\nCouleur : rouge",
    "Nothing came.\n\nSent from the Leeds office, as always.",
    "On me dit « voir le 3 mars à 10:00, shop@x.example a écrit : rien »\nElle écrit :\nQue faire ?",
    'Le technicien a écrit "à changer" le 3/11/2026.\nMon adresse : jo@x.example :\nMerci.',
    "Your colleague Ann <ann@x.example> wrote on 3 March 2026 that it is fine.\nShe writes:\nall is well.",
    "Le 4 mars 2026 à 9:00, Mme Roux <roux@x.example> a écrit à la direction :\naucune réponse.",
    "Am Montag, den 2. November 2026 um 17:05\nAntwort an: jo@x.example\nVon der Firma geschrieben\nDanke.",
    "Complétez :\n________________________________\n\nJe reste à votre disposition pour la suite.",
    "One.\n\n--\n\nTwo, which is not a name.\n\n--\n\nThree.",
    "It is broken.\n--\nCould you send somebody? I am free on Thursday.\nMy customer number is 77120.",
    "It is unreadable.\n-----Original Message-----\nis all that I see.\n\nWhat now?",
    "It says:\n\n---------- Forwarded message ---------\n\nand nothing else. Why?",
    "Look:\n\nReturn-Path: <a@b.example>\nReceived: from mx\nFrom: a@b.example\nTo: c@d.example\nSubject: x\n\nSo?",
    "Sender: me\nMy address: jo@x.example\nRecipient: you\nDate: 3 March",
    "Oggetto: viaggio\nDa: Roma\nLa collega Anna <anna@x.example> dice che va bene.\nAllegati: due foto",
]


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("ending", ["", "\n\nMerci.", "\nMany thanks for a quick answer."])
def test_a_letter_is_kept_whole(letter, ending):
    text = f"Bonjour,\n{letter}{ending}"
    found = split(text, "Question")
    assert (found.text, found.quoted, found.signature, found.forward) == (text, "", "", None)
    assert split(f"{text}\n\n{ATTRIBUTION}\n\n> Old text.\n", "Re: Question").text == text


@pytest.mark.parametrize(
    "line",
    [
        "##- Veuillez répondre au-dessus de cette ligne -##", "## Bitte oberhalb antworten ##",
        "=-=-=-= Pour répondre par courriel, écrivez au-dessus de cette ligne =-=-=-=",
        "____ Écrire au-dessus de cette ligne ____", "-- Reply above this line --",
        "***** Antworten Sie bitte oberhalb dieser Zeile *****", "---- Escriba encima de esta línea ----",
    ],
)  # fmt: skip
def test_below_the_line_of_a_ticket_system_all_is_old(line):
    assert split(f"The answer.\n\n{line}\n\nYour request 12 came.\n", "Re: [12]").text == "The answer."


@pytest.mark.parametrize(
    ("line", "signs"),
    [
        ("Sent from my Verizon, Samsung Galaxy smartphone", True),
        ("Sent via the Samsung Galaxy S21 5G, an AT&T 5G smartphone", True),
        ("https://www.avast.com/antivirus", True),
        ("Envoyé de mon Trucphone", True),
        ("Sent from my heart, this is a complaint", False),
        ("Envoyé de Rennes par la poste.", False),
    ],
)
def test_a_device_line_names_a_device_or_stands_alone(line, signs):
    assert split(f"The answer.\n\n{line}").text == ("The answer." if signs else f"The answer.\n\n{line}")


@pytest.mark.parametrize("verb", ["écrit", "writes", "schreibt", "escribe", "scrive", "schrijft", "escreve", "skriver"])
def test_a_name_and_a_verb_above_a_quote_are_an_attribution(verb):
    assert split(f"The answer.\n\nAnn Old <{ANN}> {verb} :\n\n> Old text.\n").text == "The answer."


HEADERS = {
    "fi": "Lähettäjä: {}\nLähetetty: tiistai 3. marraskuuta 2026 9.58\nVastaanottaja: Jo\nAihe: Parcel",
    "da": "Fra: {}\nSendt: 3. november 2026 09:58\nTil: Jo\nEmne: Parcel",
    "sv": "Från: {}\nSkickat: den 3 november 2026 09:58\nTill: Jo\nÄmne: Parcel",
    "tr": "Kimden: {}\nGönderildi: 3 Kasım 2026 Salı 09:58\nKime: Jo\nKonu: Parcel",
    "hu": "Feladó: {}\nElküldve: 2026. november 3. 9:58\nCímzett: Jo\nTárgy: Parcel",
}


@pytest.mark.parametrize(
    ("language", "prefix", "passed_on"),
    [
        ("fi", "VS", False), ("da", "VS", True), ("fi", "VL", True), ("sv", "VB", True), ("sv", "SV", False),
        ("tr", "YNT", False), ("tr", "İLT", True), ("hu", "VÁ", False), ("hu", "TOV", True),
    ],
)  # fmt: skip
def test_a_prefix_means_what_it_means_in_its_language(language, prefix, passed_on):
    below = HEADERS[language].format(f"Ann Old <{ANN}>")
    found = split(f"The answer.\n\n{below}\n\nOld.\n", f"{prefix}: Parcel")
    assert (found.text, found.forward is not None) == ("The answer.", passed_on)


@pytest.mark.parametrize(
    ("shown", "name"),
    [
        (f"DUPONT Jean (DSI) <{ANN}>", "DUPONT Jean (DSI)"),
        (f'"Old, Ann (FR - Lyon)" <{ANN}>', "Old, Ann (FR - Lyon)"),
        (f'Ann "AO" Old <{ANN}>', 'Ann "AO" Old'),
        (f"Ann Old<mailto:{ANN}>", "Ann Old"),
        (f"Ann Old <mailto:{ANN}> <{ANN}>", "Ann Old"),
    ],
)
def test_a_header_block_names_people_as_it_shows_them(shown, name):
    forward = split(
        f"De : {shown}\nEnvoyé le :mardi 3 novembre 2026 09:58\nÀ : Jo\nObjet : x\n\nOld.\n", "TR: x"
    ).forward
    assert forward is not None
    assert (forward.author.name, forward.author.address) == (name, ANN)


@pytest.mark.parametrize(
    "old",
    [
        f"----------  Forwarded Message  ----------\n\nSubject: Parcel\nFrom: Ann Old <{ANN}>\n\nOld.\n\n{'-' * 41}",
        (
            f"This is a forwarded message\nFrom: Ann Old <{ANN}>\nTo: jo@x.example\nSubject: Parcel\n\n"
            "===8<==============Original message text===============\nOld.\n===8<====End of original message text===="
        ),
        (
            f"-------- Message transféré --------\nSujet : \tParcel\nDate de renvoi : \tFri, 20 Nov 2026\n"
            f"De (renvoi) : \tjo@x.example\nDate : \t3 mars 2026\nDe : \tAnn Old <{ANN}>\n\nOld."
        ),
    ],
)
def test_frames_of_forwards_are_not_in_them(old):
    forward = split(f"For you.\n\n{old}\n", "Fwd: Parcel").forward
    assert forward is not None
    assert (forward.before, forward.author.address, forward.subject, forward.text) == (
        "For you.",
        ANN,
        "Parcel",
        "Old.",
    )


@pytest.mark.parametrize(
    "mark",
    [
        ">>> Shop <s@shop.example> 03/11/2026 09:40\n>>>",
        "De : Shop <s@shop.example>\nEnvoyé : lundi 3 mars 2026 10:00\n",
        "Le 3 mars 2026 à 10:00, Ann Old <ann@old.example> a écrit : Where is it?",
        "Ann Old <ann@old.example> ezt írta (időpont: 2026.\nnov. 20., P, 9:15):",
        "Ann Old igorleak hau idatzi du (2026 aza. 20, or.\n(09:15)):",
    ],
)
def test_rarer_marks_of_answers(mark):
    assert split(f"The answer.\n\n{mark}\nOld.\n", "Re: Parcel").text == "The answer."


def test_a_quote_may_be_longer_than_what_is_looked_at():
    assert split(f"The answer.\n\n{ATTRIBUTION}\n" + "> Old text.\n" * 6_000).text == "The answer."
