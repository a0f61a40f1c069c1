"""Mail that its author would not want to see outside the house, and mail that only looks so."""

from typing import Any

import pytest
from tests.support.analysing import context, mail

from repondeur.engines.prompt import build
from repondeur.mail.message import Address, Attachment, Forward, Invitation
from repondeur.policy.sensitive_numbers import bank_account, card, social_security
from repondeur.policy.sensitivity import sensitivity

NOTICE = """Merci d'avance.

Ce message et ses pièces jointes sont strictement confidentiels et destinés à leur seul destinataire. Si vous l'avez
reçu par erreur, merci de le détruire.

This e-mail is confidential and intended only for the addressee."""


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Voici notre compte : FR76 3000 6000 0112 3456 7890 189, merci.", "money"),
        ("Please refund to gb82west12345698765432", "money"),
        ("IBAN DE89370400440532013000 BIC COBADEFF", "money"),
        ("RIB : 30006 00001 12345678901 89", "money"),
        ("20041 01005 0500013M026 06", "money"),
        ("Ma carte 4111 1111 1111 1111 a été débitée deux fois", "money"),
        ("Card 3782-822463-10005 was charged", "money"),
        ("Je vous envoie mes coordonnées bancaires demain.", "money"),
        ("Mon numéro est 2 69 05 49 588 157 80", "identity"),
        ("Mon n° de sécu : 269054958815780", "identity"),
        ("Vous trouverez ma carte d’identité ci-jointe.", "identity"),
        ("Le mot de passe est Lune-42!", "secret"),
        ("Identifiant : claire, mdp : azerty12", "secret"),
        ("the password for the shop is Tr0ub4dor&3", "secret"),
        ("Voici la clé d'API : sk-proj-abcdefghijklmnop1234", "secret"),
        ("AKIAIOSFODNN7EXAMPLE does not work any more", "secret"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE", "secret"),
        ("Je suis en ARRET MALADIE depuis lundi", "health"),
        ("I was diagnosed with diabetes and need a refund", "health"),
        ("Je conteste mon licenciement", "staff"),
        ("Please correct my payslip", "staff"),
        ("Merci d'effacer mes données", "privacy"),
        ("Vous recevrez une lettre de mon avocat", "legal"),
        ("Ceci doit rester confidentiel.", "confidential"),
        ("I tell you this in strict confidence.", "confidential"),
    ],
)
def test_what_is_sensitive(text: str, kind: str) -> None:
    assert sensitivity(mail(text)) == kind


@pytest.mark.parametrize(
    "text",
    [
        "Bonjour, où en est ma commande 77120 ?",
        "J'ai oublié mon mot de passe, que faire ?",
        "Mon mot de passe : oublié. Aidez-moi !",
        "Le mot de passe est incorrect, dit la page.",
        "The password is not accepted. My password is wrong?",
        "Your password: see https://shop.example/reset?id=12",
        "Mot de passe : 24h/24 refusé",
        "Quel est votre IBAN pour le virement ?",
        "IBAN FR76 3000 6000 0112 3456 7890 188 (faux chiffre)",
        "Commande 4111 1111 1111 1112, colis 6A12345678901",
        "Suivi 8R12 3456 7890 1234 ou 123456789012345678",
        "SIRET 380 129 866 46850, TVA FR83404833048",
        "Référence 30006 00001 12345678901 88",
        "IMEI 356938035643809, tél. 06 12 34 56 78",
        "Facture n° 2 69 05 49 588 157 81 du 3 mai",
        "Le diagnostic de la voiture est prêt, votre avocat (le fruit) est mûr",
        "Avez-vous une lampe pour personnes à mobilité réduite ?",
        "The results of your test drive, please",
        NOTICE,
        "Salut\n\nAVIS DE CONFIDENTIALITÉ : ce courriel est confidentiel.",
        "",
    ],
)
def test_what_only_looks_so(text: str) -> None:
    assert sensitivity(mail(text)) == ""


def test_the_author_says_so_above_a_notice() -> None:
    assert sensitivity(mail(f"Ceci est confidentiel, merci.\n\n{NOTICE}")) == "confidential"
    assert sensitivity(mail("Bonjour", subject="CONFIDENTIEL : offre")) == "confidential"


def test_all_that_a_model_is_shown_is_looked_at() -> None:
    note = Attachment("arrêt_maladie-mai.pdf", "application/pdf", 9)
    assert sensitivity(mail("Ci-joint.", attachments=(note,))) == "health"
    assert sensitivity(mail("Oui", invitation=Invitation("REQUEST", "Entretien préalable de licenciement"))) == "staff"
    forward = Forward(Address("", "a@b.example"), "Arrêt maladie", "Voir ci-joint", "")
    assert sensitivity(mail("FYI", forward=forward)) == "health"
    assert sensitivity(mail("Merci !"), ["Mon IBAN : DE89370400440532013000"]) == "money"
    assert sensitivity(mail("Merci !"), ["Je suis enceinte"]) == "health"
    assert sensitivity(mail("Merci !", quoted="> mot de passe : Lune-42")) == "secret"
    assert sensitivity(mail("Merci !", signature="IBAN DE89370400440532013000")) == "money"


TELLING = "arrêt maladie"
AT = Address("", "a@b.example")


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"subject": TELLING}, id="subject"),
        pytest.param({"text": TELLING}, id="text"),
        pytest.param({"text": "", "body": TELLING}, id="body"),
        pytest.param({"quoted": f"> Bonjour,\n> votre {TELLING}"}, id="quote"),
        pytest.param({"signature": f"Claire, en {TELLING}"}, id="signature"),
        pytest.param({"authors": (Address(TELLING, AT.address),)}, id="name of the author"),
        pytest.param({"authors": (Address("", "arret-maladie@b.example"),)}, id="address of the author"),
        pytest.param({"attachments": (Attachment("arrêt_maladie.pdf", "application/pdf", 9),)}, id="attachment"),
        pytest.param({"forward": Forward(AT, TELLING, "Ci-joint", "")}, id="forwarded subject"),
        pytest.param({"forward": Forward(AT, "", TELLING, "")}, id="forwarded text"),
        pytest.param({"forward": Forward(Address(TELLING, ""), "", "Ci-joint", "")}, id="author of the forwarded mail"),
        pytest.param({"invitation": Invitation("REQUEST", TELLING)}, id="invitation"),
        pytest.param({"invitation": Invitation("REQUEST", "", location=TELLING)}, id="place"),
        pytest.param({"invitation": Invitation("REQUEST", "", organizer=Address(TELLING, AT.address))}, id="organizer"),
    ],
)
def test_what_is_shown_of_a_mail_is_looked_at(more: dict[str, Any]) -> None:
    message = mail(**{"text": "Oui, voir ci-dessous.", **more})
    assert "maladie" in str(build(message, context()))
    assert sensitivity(message) == "health"


@pytest.mark.parametrize(
    ("quoted", "kind"),
    [
        ("> Objet : licenciement pour faute", "staff"),
        ("> Merci.\n>\n> Je vais saisir le tribunal.\n>\n> This message is for the addressee.", "legal"),
        ("> Merci d'effacer mes données.", "privacy"),
        ("> Ceci reste confidentiel.\n>\n> Paul", "confidential"),
    ],
)
def test_a_quote_says_as_much_as_a_text(quoted: str, kind: str) -> None:
    assert sensitivity(mail("Oui, voir ci-dessous.", quoted=quoted)) == kind


@pytest.mark.parametrize(
    "footer",
    [
        NOTICE,
        "Confidentiel – usage interne",
        "Conformément au RGPD, vous disposez d'un droit d'accès à vos données personnelles.",
        "We process personal data in accordance with the GDPR.",
        "This e-mail may contain viruses. The sender does not accept liability for any damage.",
        "Our privacy policy tells how we use personal data.",
    ],
)
def test_what_the_law_wants_under_a_mail_is_not_what_it_says(footer: str) -> None:
    assert sensitivity(mail("Merci !", signature=f"Paul\n\n{footer}")) == ""
    if not footer.startswith("Confidentiel"):
        quoted = "".join(f"> {line}\n" for line in f"Bonjour\n\n{footer}".splitlines())
        assert sensitivity(mail("Merci !", quoted=quoted)) == ""


@pytest.mark.parametrize(
    "number",
    [
        "NL91ABNA0417164300",
        "BE68 5390 0754 7034",
        "CH93 0076 2011 6238 5295 7",
        "LU28 0019 4006 4475 0000",
        "IT60X0542811101000000123456",
    ],
)
def test_bank_accounts_of_other_countries(number: str) -> None:
    assert bank_account(f"à {number}.")
    assert not bank_account(number.replace("0", "1", 1))


def test_check_digits_of_persons_and_cards() -> None:
    assert social_security("1 85 05 2A 123 456 " + f"{97 - int('1850519123456') % 97:02d}")
    assert not social_security("1 85 13 78 006 084 42")
    assert card("5555555555554444")
    assert not card("0000000000000000")
    assert not card("14111111111111111")


@pytest.mark.parametrize(
    "unit",
    [
        *("FR76 3000 ", "4111 ", "mot de passe ", "password:" + " " * 40, "password is", "confidentiel\n"),
        *("\n \n", "\n ", "1 23 45 ", "eyJaaaaaaaaaaaa", "a=", "2A", "> ", ">\n"),
    ],
)
def test_hostile_text_is_judged_too(unit: str) -> None:
    # A pattern of quadratic time would need many minutes for this, and nobody could overlook it.
    text = unit * (200_000 // len(unit))
    assert sensitivity(mail(text, quoted=text)) == sensitivity(mail(text, quoted=text + unit))
