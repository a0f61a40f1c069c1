"""What leads to a person is replaced before a model elsewhere is asked, and put back into its answer."""

import re
import tomllib
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.analysing import SHOP, context, mail, passage

from repondeur.engines import prompt
from repondeur.engines.base import Turn
from repondeur.engines.hiding import hide, question, restored
from repondeur.engines.people import folded, named, of_address, signed
from repondeur.engines.personal import identifiers
from repondeur.engines.pseudonyms import Pseudonyms
from repondeur.mail.message import Address, Attachment, Forward, Invitation
from repondeur.policy.analysis import Analysis, Entity

# Values that stay together in a text, and words that belong to none of them.
TOLD = ("Élodie Vasseur", "e.vasseur@mail.example", "06 12 34 56 78", "FR76 3000 6000 0112 3456 7890 189", "CMD-774120")
PLAIN = ("bonjour", "le colis", "n'est pas là", "12 mars", "120 €", "d'", "(", ")", ".", ",", "\n", "à 14h30")

HONEST = tomllib.loads((Path(__file__).parents[2] / "fixtures" / "honest.toml").read_text("utf-8"))
MOST_HIDDEN = 8  # words of a mail: two names and a telephone number


def spans(text):
    return [(one.kind, text[one.start : one.end]) for one in identifiers(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ma commande 77120 et la 77121", [("NUMBER", "77120")]),
        ("commandes 77120, 77121 et 77122", [("NUMBER", "77120"), ("NUMBER", "77121"), ("NUMBER", "77122")]),
        ("order no. CMD-2024-0012, parcel 1Z999AA10123456784", None),
        ("facture n° 2024-0117", None),
        ("SIRET 732 829 320 00074", [("NUMBER", "732 829 320 00074")]),
        ("facture_77120.pdf", [("NUMBER", "77120")]),
        ("https://shop.example/suivi?id=99887766&m=jo%40x.example", None),
        ("tél. 06.12.34.56.78", [("PHONE", "06.12.34.56.78")]),
        ("+33 (0)6 12 34 56 78", [("PHONE", "+33 (0)6 12 34 56 78")]),
        ("020 7946 0958 or (555) 123-4567", [("PHONE", "020 7946 0958"), ("PHONE", "(555) 123-4567")]),
        ("jean [at] exemple [point] fr", [("EMAIL", "jean [at] exemple [point] fr")]),
        ("BE68 5390 0754 7034 avec plaisir", [("IBAN", "BE68 5390 0754 7034")]),
        ("12 bis rue des Lilas, 75011 Paris demain", [("ADDRESS", "12 bis rue des Lilas, 75011 Paris")]),
        ("221B Baker Street, London NW1 6XE", [("ADDRESS", "221B Baker Street, London NW1 6XE")]),
        ("4111 1111 1111 1111", [("NUMBER", "4111 1111 1111 1111")]),
        ("chaussée de Wavre 88 bte 4, 1050 Ixelles ou", [("ADDRESS", "chaussée de Wavre 88 bte 4, 1050 Ixelles")]),
        ("Chemin des Mousquines 3bis\n1005 Lausanne", [("ADDRESS", "Chemin des Mousquines 3bis\n1005 Lausanne")]),
        ("Hohlstraße 41, 8004 Zürich", [("ADDRESS", "Hohlstraße 41, 8004 Zürich")]),
        ("Korenmarkt 7\n9000 Gent", [("ADDRESS", "Korenmarkt 7\n9000 Gent")]),
        ("Konrad-Adenauer-Platz 2, D-40210 Düsseldorf", [("ADDRESS", "Konrad-Adenauer-Platz 2, D-40210 Düsseldorf")]),
        ("6 impasse du lavoir 44000 nantes svp", [("ADDRESS", "6 impasse du lavoir 44000 nantes")]),
        ("rue du vivier 12 1348 louvain-la-neuve", [("ADDRESS", "rue du vivier 12 1348 louvain-la-neuve")]),
        ("Unit 9, Quayside Industrial Estate, Galway H91 X2K7", None),
        ("0496/33.21.08 ou 04/223.45.67", [("PHONE", "0496/33.21.08"), ("PHONE", "04/223.45.67")]),
        ("089/4413278 und 0160 5512348", [("PHONE", "089/4413278"), ("PHONE", "0160 5512348")]),
        ("my number is 0160 5512348", [("PHONE", "0160 5512348")]),
        ("Portable : 41 79 555 01 22", [("PHONE", "41 79 555 01 22")]),
        ("01\u200944\u200955\u200966\u200977, 01\u201144\u201155\u201166\u201178", None),
        ("au zéro six, 98 76 54 32", [("PHONE", "zéro six, 98 76 54 32")]),
        ("０１４４５５６６７７", [("PHONE", "０１４４５５６６７７")]),
        ("06 12 34 56 79 240 €", [("PHONE", "06 12 34 56 79")]),
        ("colis n° 4\u20117710\u201122", [("NUMBER", "4\u20117710\u201122")]),
        ("la facture 3 410 228 est", [("NUMBER", "3 410 228")]),
        ("(n° d'adhérent : 71-40-33)", [("NUMBER", "71-40-33")]),
        ("ma cde 40817", [("NUMBER", "40817")]),
        ("commande internet 40817, payée", [("NUMBER", "40817")]),
        ("parcel number is QX 41 77 20 B", [("NUMBER", "QX 41 77 20 B")]),
        ("sort code 11-10-12", [("NUMBER", "11-10-12")]),
        ("Kundennummer: 55120", [("NUMBER", "55120")]),
        ("numéro national 85.07.30-033.61", [("NUMBER", "85.07.30-033.61")]),
        ("lea point roux arobase poste point fr", [("EMAIL", "lea point roux arobase poste point fr")]),
    ],
)
def test_numbers_and_addresses_of_people_are_found(text, found):
    assert spans(text) == found if found is not None else len(spans(text)) >= 1


@pytest.mark.parametrize(
    "text",
    [
        "le 03/11/2026 à 14h30, du 3 au 5 mai 2026, 2026-11-03",
        "1 250,00 € puis 20 % de 1 200 000 euros",
        "facture du 12/11/2024 de 1250 €",
        "ouvert 10-12 14-18, 2700K, E27, 1080p, 2024-2025",
        "la lampe LX-200, 15,5 kg, 100000 km",
        "trois commandes en 2026",
        "2 cours de yoga et 1 place de parking, cours de yoga 12 euros",
        "la route des Vins 14 h, la rue du Port 3,5 km",
        "I want to order 150 lamps; je commande 2 000 unités; la commande 1 250 exemplaires",
        "client fidèle depuis 2019, commande passée 2025, une commande de 15000 ampoules",
        "Springfield Spring 2026, Norwich 2025",
        "ampoule E27 2700K, 806 lumens, A60 E27",
        "ouvert 24h/24 et 7j/7, 24h/7j",
        "meet us at the red dot, look at it",
        "ouvert 08/12 10-12, le 06/12 de 14 h à 16 h",
    ],
)
def test_dates_amounts_quantities_and_names_of_things_stay(text):
    assert spans(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Bonjour Madame Lefèvre,\nmerci", "Lefèvre"),
        ("Dear Mr. Smith,\nplease", "Smith"),
        ("Hi Aidan!\n", "Aidan"),
        ("Je m’appelle Oumar Diallo et", "Oumar Diallo"),
        ("Le 3 mai 2026, Jean-Yves de La Tour <jy@x.example> a écrit :", "Jean-Yves de La Tour"),
        ("Merci\n\nCordialement,\npaul legoff", "paul legoff"),
        ("> De : Ines Haddad\n> À : nous", "Ines Haddad"),
        ("please refund Mr Piers K. Ashdown,", "Piers K. Ashdown"),
        ("Regards,\nJ.-P. Maréchal", "J.-P. Maréchal"),
        ("my neighbour Thandeka Mokoena has it", "Thandeka Mokoena"),
        ("pour ma fille Héloée. Merci", "Héloée"),
        ("Attn: Wilhelmina Brackenbury", "Wilhelmina Brackenbury"),
        ("Yours sincerely,\nOrlaith Ó Súilleabháin", "Orlaith Ó Súilleabháin"),
        ("c'est ousmane kouyaté, bonjour", "ousmane kouyaté"),
    ],
)
def test_names_are_found_where_names_stand(text, found):
    assert found in list(named(text))


@pytest.mark.parametrize("text", ["Bonjour à tous,\n", "Hello Team,\n", "Madame, Monsieur,\n"])
def test_words_that_name_nobody_are_no_names(text):
    assert list(named(text)) == []


def test_a_signature_and_an_address_tell_a_name():
    assert list(signed("-- \nZoé Marchetti\nDirectrice Commerciale\nAcme SARL")) == ["Zoé Marchetti"]
    assert of_address("zoe.marchetti@x.example") == "zoe marchetti"
    assert of_address("service.client@x.example") == ""


@pytest.mark.parametrize(
    ("author", "text", "hidden"),
    [
        ("Camille Roux", "Voilà.\nC. ROUX", "Voilà.\nC. PERSON_1B"),
        ("Camille Roux", "En bloc B. Roux clair", "En bloc B. Roux clair"),
        ("Idris Penhaligon", "Zennor Penhaligon l'a, pas Idris", "PERSON_2 l'a, pas PERSON_1A"),
        ("Idris Penhaligon", "Penhaligon-Trewin et les Penhaligons", "PERSON_2 et les PERSON_3"),
        ("Idris Penhaligon", "voir @ipenhaligon", "voir @PERSON_2"),
        ("Idris", "Idris Trewin Mawes", "PERSON_2"),
        ("Idris Penhaligon", "Facture Penhaligon, Lampe Penhaligon", "Facture PERSON_1B, Lampe PERSON_1B"),
        ("Idris Penhaligon", "Idris's lamp, Penhaligon’s", "PERSON_1A's lamp, PERSON_1B’s"),
        ("Jean-Loup Vauban", "Jean‑Loup\u202fVauban", "PERSON_1"),
    ],
)
def test_a_known_name_tells_what_stands_beside_it_and_is_made_of_it(author, text, hidden):
    assert Pseudonyms([text], names=[author]).hidden(text) == hidden


def test_what_the_passages_speak_of_is_no_name_beside_a_known_one():
    text = "La Zennor Penhaligon"
    assert (
        Pseudonyms([text], names=["Idris Penhaligon"], public="la lampe Zennor").hidden(text) == "La Zennor PERSON_1B"
    )


@pytest.mark.parametrize(
    ("author", "text", "greeted"),
    [
        (Address("", "oriane.kessel@x.example"), "Merci\n\nOriane Kessel", "Oriane Kessel"),
        (Address("", "o.kessel@x.example"), "Merci\n\nO. Kessel", "O. Kessel"),
        (Address("", "helene.de.kessel@x.example"), "Merci\n\nHélène", "Hélène de Kessel"),
        (Address("", "jean-loup_kessel@x.example"), "Merci", "Jean Loup Kessel"),
        (Address("oriane kessel", "ok@x.example"), "Merci\n\nOriane KESSEL", "Oriane kessel"),
        (Address("Oriane KESSEL", "ok@x.example"), "Merci\n\nOriane Kessel", "Oriane KESSEL"),
    ],
)
def test_a_name_of_an_address_comes_back_as_people_write_names(author, text, greeted):
    names, hidden, _ = hide(replace(mail(text), authors=(author,)), context())
    assert "essel" not in hidden.text.lower()
    assert names.put_back("PERSON_1").text == greeted


def test_one_thing_has_one_word_however_it_is_spelt():
    names = Pseudonyms(["06 12 34 56 78, 06.12.34.56.78, +33612345678, 0033 6 12 34 56 78"])
    assert names.hidden("+33 6 12 34 56 78 / 06 12 34 56 78") == "PHONE_1 / PHONE_1"


def test_a_name_has_parts_and_a_word_of_the_language_is_none_by_itself():
    text = "Rose Petit ici. Un petit souci, Madame Petit. La rose de ROSE PETIT. Petit rappel."
    names = Pseudonyms([text], names=["Rose Petit"])
    assert names.hidden(text) == "PERSON_1 ici. Un petit souci, Madame PERSON_1B. La rose de PERSON_1. Petit rappel."


def test_a_name_of_many_words_is_replaced_whole_and_comes_back():
    name = " ".join(f"Zo{chr(97 + n)}k" for n in range(20))
    names = Pseudonyms([name], names=[name])
    assert "Zo" not in names.hidden(f"Bonjour {name} !")
    assert names.put_back(names.hidden(name)).text == name


def test_what_the_passages_say_is_said_of_the_mail_too():
    text = "La référence LX-20001 ou votre 01 42 68 53 00 ? Ma commande 77120."
    names = Pseudonyms([text], public="Lampe LX-20001, téléphone 01 42 68 53 00")
    assert names.hidden(text) == "La référence LX-20001 ou votre 01 42 68 53 00 ? Ma commande NUMBER_1."


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Bonjour PERSON_1, NUMBER_1.", "Bonjour Jo Rossi, 77120."),
        ("bonjour person_1", "bonjour Jo Rossi"),
        ("[PERSON_1] {{NUMBER_1}} PERSON\\_1", "Jo Rossi 77120 Jo Rossi"),
        ("PERSON_1's order, d’NUMBER_1", "Jo Rossi's order, d’77120"),
        ("**PERSON_1A** PERSON_1b", "**Jo** Rossi"),
        ("PERSON-1 PERSON1", "Jo Rossi Jo Rossi"),
        ("Hello <PERSON_1>, <NUMBER_1>", "Hello Jo Rossi, 77120"),
        ("PERSON_1 a demandé, A PERSON_1 lamp", "Jo Rossi a demandé, A Jo Rossi lamp"),
    ],
)
def test_pseudonyms_are_put_back_in_the_ways_models_write_them(said, meant):
    names = Pseudonyms(["Jo Rossi, commande 77120"], names=["Jo Rossi"])
    assert (names.put_back(said).text, names.put_back(said).left) == (meant, 0)


@pytest.mark.parametrize(
    "said",
    [
        "PERSON_2 vous répond",
        "PERSON_1C",
        "PERSON_11",
        "PERSON 1",
        "[PERSON]",
        "PERSONNE_1",
        "COMMANDE_1",
        "PERSON_1s",
        "NUMBER_1/2",
        "https://shop.example/NUMBER_1",
        "PERSON_1@shop.example",
        "x=NUMBER_1",
        "NUMBER_1.example",
        "Hello PERSON_1 A,",
        "PERSON_1-B",
        "NUMBER_1-2",
        "Hello Person A,",
        "<PERSON_7>",
    ],
)
def test_what_cannot_be_put_back_for_sure_is_counted(said):
    names = Pseudonyms(["Jo Rossi, commande 77120"], names=["Jo Rossi"])
    assert names.put_back(said).left > 0


def test_an_author_who_writes_a_pseudonym_gets_it_back_and_nothing_else():
    text = "Jo Rossi. PERSON_1 et person-1 et NUMBER_1, commande 77120"
    names = Pseudonyms([text], names=["Jo Rossi"])
    hidden = names.hidden(text)
    assert hidden == "PERSON_1. TEXT_1 et TEXT_2 et TEXT_3, commande NUMBER_1"
    assert names.put_back(hidden).text == text


def test_a_passage_with_such_a_word_keeps_it():
    names = Pseudonyms(["commande 77120"], public="Écrivez NUMBER_1 dans le champ.")
    assert names.hidden("commande 77120") == "commande NUMBER_2"
    assert names.put_back("Écrivez NUMBER_1, commande NUMBER_2").text == "Écrivez NUMBER_1, commande 77120"


def test_no_pseudonym_is_the_beginning_of_another():
    text = "\n".join(f"commande {number}" for number in range(77120, 77135))
    words = Pseudonyms([text]).hidden(text).replace("commande ", "").splitlines()
    assert len(set(words)) == 15
    assert not any(one != other and other.startswith(one) for one in words for other in words)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from(TOLD + PLAIN), max_size=12), st.sampled_from([" ", ", ", "\n", " - "]))
def test_no_value_stays_and_each_comes_back(words, between):
    text = between.join(["Madame Vasseur", *words])
    names = Pseudonyms([text], names=["Élodie Vasseur"], values=[("EMAIL", TOLD[1])])
    hidden = names.hidden(text)
    assert not [one for one in (*TOLD, "Vasseur", "Élodie") if one in hidden]
    assert (names.put_back(hidden).text, names.put_back(hidden).left) == (text, 0)


@settings(deadline=None, max_examples=40)
@given(st.text(max_size=200), st.lists(st.sampled_from(["PERSON_1", "number_2", "TEXT_1", "EMAIL-1A", "Jo Rossi"])))
def test_any_text_survives_the_way_there_and_back(text, words):
    # A sign that a link or an address is made of keeps a word beside it from being put back.
    whole = " ".join([re.sub(r"[\[{<@/\\=&?%_+.-]", "", text), *words])
    names = Pseudonyms([whole], names=["Jo Rossi"])
    back = names.put_back(names.hidden(whole)).text
    # Only in case, accents and separators may two spellings of one thing differ.
    assert folded("".join(filter(str.isalnum, back))) == folded("".join(filter(str.isalnum, whole)))


@pytest.mark.parametrize(
    "piece", ["1 ", "A.", "Aa ", "PERSON_1 ", "commande 12345 ", "a@", "0.", "Merci\n", "Jo Rossi "]
)
def test_hostile_lengths_are_worked_to_their_end(piece):
    text = piece * (60_000 // len(piece))
    names = Pseudonyms([text], names=["Jo Rossi"])
    assert names.put_back(names.hidden(text)).text


MAIL = replace(
    mail(
        "Bonjour Madame Kowalczyk,\n\nma commande CMD-774120 ? Appelez le 06 12 34 56 78.\n\nCordialement,\nÉlodie",
        subject="Commande CMD-774120 de Vasseur",
        language="fr",
    ),
    authors=(Address("Élodie Vasseur", "elodie.vasseur@mail.example"),),
    to=(Address("Kim Osei", "kim@shop.example"),),
    signature="Élodie Vasseur\n7 allée des Tilleuls, 69003 Lyon\n+33612345678",
    quoted="Le 3 mai, Bob Ndiaye <bob@mail.example> a écrit : voir CMD-774120",
    forward=Forward(Address("Bob Ndiaye", "bob@mail.example"), "Dossier 99412", "Cher Monsieur Ndiaye, 99412", ""),
    attachments=(Attachment("Vasseur_774120.pdf", "application/pdf", 9, text="Client : Mme Vasseur, 06-12-34-56-78"),),
    invitation=Invitation(
        "REQUEST", "Rendez-vous Vasseur", organizer=Address("Élodie V.", "elodie.vasseur@mail.example")
    ),
)
SECRETS = (
    *("Élodie", "Vasseur", "vasseur", "mail.example", "774120", "06 12", "06-12", "3361", "Tilleuls", "Bob", "Ndiaye"),
    *("99412", "Kowalczyk", "Osei"),
)
THREAD = (Turn("elodie.vasseur@mail.example", "Kim Osei m'a dit 774120"), Turn("us", "Bonjour Élodie Vasseur"))


def test_nothing_of_a_person_is_in_the_question_and_passages_are_as_they_were():
    told = passage("returns", "Retours", "Écrivez à Zoé Petit, 774 jours, commande CMD.", "fr")
    _, hidden, about = hide(MAIL, context(told, thread=THREAD))
    system, user = (one["content"] for one in prompt.build(hidden, about))
    assert [one for one in SECRETS if one in system + user] == []
    assert told.text in user
    assert SHOP.name in system
    assert "PERSON_1" in user
    assert prompt.build(MAIL, context(told, thread=THREAD))[0]["content"] == system


def test_a_mail_of_nobody_is_asked_about_as_ever():
    plain = replace(mail("Do you ship to Spain?"), authors=(Address("", ""),))
    names, hidden, about = hide(plain, context())
    assert not names.any
    assert prompt.build(hidden, about) == prompt.build(plain, context())


def test_the_analysis_has_the_values_and_tells_what_is_left():
    names, _, _ = hide(MAIL, context())
    said = Analysis(
        intent="order",
        priority="normal",
        sentiment="neutral",
        language="fr",
        needs_reply=True,
        needs_human=False,
        confidence=1.0,
        passages=(),
        engine="x",
        summary="PERSON_1 veut NUMBER_1.",
        entities=(Entity("order_number", "NUMBER_1"), Entity("person", "PERSON_1B")),
        reply="Bonjour PERSON_1A, votre commande NUMBER_1 part.",
    )
    found = restored(said, names)
    assert found.summary == "Élodie Vasseur veut CMD-774120."
    assert [one.value for one in found.entities] == ["CMD-774120", "Vasseur"]
    assert (found.reply, found.unresolved) == ("Bonjour Élodie, votre commande CMD-774120 part.", 0)
    assert restored(replace(said, reply="Bonjour PERSON_7,"), names).unresolved


def test_a_question_for_embeddings_has_no_person_in_it():
    asked = question(MAIL)
    assert [one for one in SECRETS if one in asked] == []
    assert "commande" in asked
    assert "PERSON" not in asked


def test_ordinary_mail_keeps_every_word_that_it_asks_with():
    mails = [one for trade in HONEST.values() for one in trade["mail"]]
    assert len(mails) > 20
    for one in mails:
        text = re.sub(r"\S+@\S+", "", f"{one['subject']}\n{one['text']}")
        names = Pseudonyms([text], names=["Ann Blake"])
        lost = Counter(re.findall(r"\w+", text)) - Counter(re.findall(r"\w+", names.hidden(text)))
        assert [word for word in lost if word[:1].islower()] == []
        assert len(lost) <= MOST_HIDDEN, names.hidden(text)
