"""What is named in a mail."""

import pytest

from repondeur.engines.entities import entities
from repondeur.words.letter import letter

CASES = [
    ("order_number", "Where is my order 77120?", ["77120"]),
    ("order_number", "Order no. A-5531 please", ["A-5531"]),
    ("order_number", "Ma commande n° 90033 passée hier", ["90033"]),
    ("order_number", "commande numéro : CMD-2024-118", ["CMD-2024-118"]),
    ("order_number", "purchase order PO-88/214", ["PO-88/214"]),
    ("order_number", "orders 4411, 4412 and 4413", ["4411", "4412", "4413"]),
    ("order_number", "see #77120", ["77120"]),
    ("order_number", "We want to order 25 units", []),
    ("order_number", "commande de 10 chaises pour 2026", []),
    ("order_number", "my order of 12 May 2026", []),
    ("order_number", "in order to 1000", []),
    ("invoice_number", "Invoice INV-2024-118 is wrong", ["INV-2024-118"]),
    ("invoice_number", "la facture F-2024-0098 d'un montant de 12 €", ["F-2024-0098"]),
    ("invoice_number", "facture n°20481", ["20481"]),
    ("invoice_number", "invoice number 20481", ["20481"]),
    ("invoice_number", "FAC-2025-0012 reste due", ["FAC-2025-0012"]),
    ("invoice_number", "la facture de novembre 2026", []),
    ("date", "on 12 May 2026", ["12 May 2026"]),
    ("date", "before May 3rd, 2026.", ["May 3rd, 2026"]),
    ("date", "le 1er mars", ["1er mars"]),
    ("date", "jeudi 3 décembre à 10 h", ["jeudi 3 décembre à 10 h"]),
    ("date", "lundi 24 novembre 2026 à 14h30, salle 2", ["lundi 24 novembre 2026 à 14h30"]),
    ("date", "Je passe demain matin ou après-demain.", ["demain matin", "après-demain"]),
    ("date", "Reçu hier, renvoyé aujourd’hui", ["hier", "aujourd’hui"]),
    ("date", "d'ici vendredi, avant lundi si possible", ["vendredi", "lundi"]),
    ("date", "Mardi 24 ? Ou mercredi 25 à 9h", ["Mardi 24", "mercredi 25 à 9h"]),
    ("date", "mardi 24 lampes", []),
    ("date", "jeudi à 14h ou vendredi après-midi", ["jeudi à 14h", "vendredi après-midi"]),
    (
        "date",
        "ce vendredi, lundi dernier, mardi de la semaine prochaine",
        ["ce vendredi", "lundi dernier", "mardi de la semaine prochaine"],
    ),
    ("date", "dans deux semaines, il y a 3 jours", ["dans deux semaines", "il y a 3 jours"]),
    ("date", "d'ici la fin du mois", ["fin du mois"]),
    ("date", "Êtes-vous ouverts le samedi ?", []),
    ("date", "ouvert du lundi au vendredi", []),
    ("date", "tomorrow at 2 pm, by Friday, in two weeks", ["tomorrow at 2 pm", "Friday", "in two weeks"]),
    ("date", "on the 24th, for the 2nd time", ["the 24th"]),
    ("date", "Tuesday morning or Tuesday 24 at 10:30", ["Tuesday morning", "Tuesday 24 at 10:30"]),
    ("date", "until the end of the month or end of March", ["the end of the month", "end of March"]),
    ("date", "3 days ago", ["3 days ago"]),
    ("date", "le 24/11 à 9h", ["24/11 à 9h"]),
    ("date", "Thursday 3 December, around 10.30", ["Thursday 3 December"]),
    ("date", "le 15/03/2026 ou 2026-03-16", ["15/03/2026", "2026-03-16"]),
    ("date", "rendez-vous le 15/03", ["15/03"]),
    ("date", "next Tuesday or mardi prochain", ["next Tuesday", "mardi prochain"]),
    ("date", "version 3.2.1 may 500 others", []),
    ("date", "since the day before yesterday", ["the day before yesterday"]),
    ("date", "a week from today at the latest", ["a week from today"]),
    ("date", "vendredi en quinze ou mardi en huit", ["vendredi en quinze", "mardi en huit"]),
    ("date", "demain à 9 heures et demie", ["demain à 9 heures et demie"]),
    ("date", "lundi à 9h moins le quart", ["lundi à 9h moins le quart"]),
    (
        "date",
        "demain à 8h du matin, mardi à 3 heures de l'après-midi",
        ["demain à 8h du matin", "mardi à 3 heures de l'après-midi"],
    ),
    ("date", "at 2026-12-24T14:00:00Z exactly", ["2026-12-24T14:00:00Z"]),
    ("date", "2026-12-24T14:00:00+01:00", ["2026-12-24T14:00:00+01:00"]),
    ("date", "24 November 2026 at 14:00 UTC", ["24 November 2026 at 14:00 UTC"]),
    ("date", "mardi à 14h est possible", ["mardi à 14h"]),
    ("date", "It came on Tue 24 Nov, or Wed. 25 Nov", ["Tue 24 Nov", "Wed. 25 Nov"]),
    ("date", "on Mon, Nov 23", ["Mon, Nov 23"]),
    ("date", "3 fév. 2027 puis premier décembre", ["3 fév. 2027", "premier décembre"]),
    ("date", "livré 30/11, sinon au 3/12 ou 24/07", ["30/11", "3/12", "24/07"]),
    ("date", "24/7, 3/4 of it, 1/2, 16/9", []),
    ("date", "le 2026/12/05", ["2026/12/05"]),
    ("date", "du 3 au 7 décembre", ["3 au 7 décembre"]),
    ("date", "12-13 décembre, du 28 novembre au 3 décembre 2026", ["12-13 décembre", "28 novembre au 3 décembre 2026"]),
    ("date", "December 3-7, Nov 28 to 30, 2026", ["December 3-7", "Nov 28 to 30, 2026"]),
    ("date", "mon mari est venu", []),
    ("amount", "2 x £19.90", ["£19.90"]),
    ("amount", "un montant de 1 250,00 € TTC", ["1 250,00 €"]),
    ("amount", "$2,500,000 or 300 euros", ["$2,500,000", "300 euros"]),
    ("amount", "39,90 euros et 15 EUR", ["39,90 euros", "15 EUR"]),
    ("amount", "EUR 1.250,00", ["EUR 1.250,00"]),
    ("amount", "4€90 l'unité", ["4€90"]),
    ("amount", "12 europeans", []),
    ("phone", "Tél. 06 39 98 12 34", ["06 39 98 12 34"]),
    ("phone", "03.53.01.77.20", ["03.53.01.77.20"]),
    ("phone", "+33 6 39 98 12 34 or +33639981234", ["+33 6 39 98 12 34", "+33639981234"]),
    ("phone", "+44 20 7946 0182", ["+44 20 7946 0182"]),
    ("phone", "call 020 7946 0182", ["020 7946 0182"]),
    ("phone", "call (555) 010-0199", ["(555) 010-0199"]),
    ("phone", "order 0612345678901234", []),
    ("email", "write to ann.b+shop@mail.example.co.uk.", ["ann.b+shop@mail.example.co.uk"]),
    ("email", "a@b", []),
    ("address", "to 4 Mill Lane, York YO1 7AA please", ["4 Mill Lane, York YO1 7AA"]),
    ("address", "14 rue du Beffroi, 59000 Lille", ["14 rue du Beffroi, 59000 Lille"]),
    ("address", "12 bis, avenue de la Gare\n35400 Saint-Malo", ["12 bis, avenue de la Gare\n35400 Saint-Malo"]),
    ("address", "rue des Brasseurs 7, 5000 Namur", ["rue des Brasseurs 7, 5000 Namur"]),
    ("address", "la rue est belle", []),
    ("organisation", "Dupont Frères SARL nous écrit", ["Dupont Frères SARL"]),
    ("organisation", "I work for Acme Widgets Ltd.", ["Acme Widgets Ltd."]),
    ("organisation", "le Cabinet Fontaine", ["Cabinet Fontaine"]),
    ("person", "Mme Vidal et M. Le Goff", ["Mme Vidal", "M. Le Goff"]),
    ("person", "ask Dr. House", ["Dr. House"]),
]


@pytest.mark.parametrize(("kind", "text", "values"), CASES, ids=[f"{kind}: {text}" for kind, text, _ in CASES])
def test_what_is_found(kind, text, values):
    assert [entity.value for entity in entities("", text) if entity.type == kind] == values


@pytest.mark.parametrize("text", [text for _, text, _ in CASES])
def test_every_value_stands_in_the_text(text):
    assert all(entity.value in text for entity in entities("", text))


def test_a_number_is_one_thing_only():
    found = entities("", "IBAN FR76 3000 6000 0112 3456 7890 189, https://shop.example/order/77120?d=12/05/2026")
    assert found == ()


def test_names_are_given_only_where_they_stand():
    found = entities("", "Regards\nRuth Hale", names=("Ruth Hale", "Somebody Else", ""))
    assert [(entity.type, entity.value) for entity in found] == [("person", "Ruth Hale")]


@pytest.mark.parametrize(
    ("text", "body", "signed"),
    [
        ("Hello,\n\nWhere is it?\n\nKind regards,\nRuth Hale", "Where is it?", "Ruth Hale"),
        (
            "Bonjour Madame,\nOù est-il ?\n\nBien cordialement\n\nJeanne Le Bris\n06 39 98 12 34",
            "Où est-il ?",
            "Jeanne Le Bris",
        ),
        ("Dear Sir or Madam,\nWhere is it?\nThanks", "Where is it?", ""),
        ("Where is it?", "Where is it?", ""),
        ("Hello, where is it?", "Hello, where is it?", ""),
        ("Merci\nde me dire où il est.\nBonne journée\nsent from my phone", "Merci\nde me dire où il est.", ""),
        ("", "", ""),
    ],
)
def test_the_parts_of_a_letter(text, body, signed):
    found = letter(text)
    assert (found.body, found.signed) == (body, signed)
