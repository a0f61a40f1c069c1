"""A single line is enough to tell whether an answer is in the language of the mail."""

import pytest

from repondeur.words.everyday import is_in, told_language

FRENCH = """
Oui, bien sûr. | Non, désolé. | Merci ! | Merci beaucoup pour votre message. | C'est noté. | C'est parti hier. |
Votre colis est en route. | Votre commande part demain. | Expédié ce matin. | Livraison prévue lundi 23
novembre. | Nous sommes ouverts jusqu'à 18 h. | D'accord. | Avec plaisir. | Il arrive vendredi. | J'ai bien reçu
votre demande. | Elle coûte 49,90 €. | Dans 3 jours. | Pas encore. | Comptez 48 h. | Bien reçu, merci. | Vous
serez remboursée sous 14 jours. | Nous n'avons plus la lampe Bright Light en stock. | Voici le lien :
https://shop.example/track/the-order-is-here | Je m'en occupe. | Votre numéro de suivi est AB12345. |
Malheureusement, non. | Oui. | C'est possible. | À demain. | Nous livrons en Belgique et au Luxembourg. | La
garantie est de deux ans. | Entendu. | Votre rendez-vous est confirmé. | La Table The Oak est disponible. | Le
retour est gratuit. | Désolée pour ce retard. | OUI, C'EST POSSIBLE. | Non, pas le samedi. | Je vous appelle à
14 h. | Rien à payer. | Bon week-end à vous. | Félicitations ! | Ampoule E27,
40 W maximum. | Réparation en cours.
"""
ENGLISH = """
Yes, we do. | Your parcel has left. | Yes. | It is on its way. | Your order is on its way. | No, sorry. | Thank
you! | I'm sorry, but I can't assist with that. | Of course. | Sure. | Done. | It costs 49.90 €. | In 3 days. |
Not yet. | Shipped this morning. | Delivery is planned for Monday. | We are open until 6 pm. | With pleasure. |
It arrives on Friday. | We've received your request. | You will be refunded within 14 days. | Here is the link:
https://shop.example/suivi/le-colis | I'll see to it. | Your tracking number is AB12345. | Unfortunately not. |
That is possible. | See you tomorrow. | We deliver to Belgium and Luxembourg. | The warranty is two years. |
Your appointment is confirmed. | Returns are free. | The lampe Belle Étoile is available. | Sorry for the delay.
| YES, THAT IS POSSIBLE. | Not on Saturdays. | Nothing to pay. | Great, thanks. | I will call you at 2 pm.
| Nice weekend to you. | Congratulations! | Bulb E27,
40 W maximum. | Noted.
"""
OTHERS = """
Ja, das geht. | Sí, claro. | Sì, certo. | Sim, claro. | Nein, leider nicht. | Ihr Paket ist unterwegs. | Su
pedido está en camino. | Il suo ordine è in viaggio. | Uw bestelling is onderweg. | Tak, oczywiście. | Da,
desigur. | Да, конечно. | はい。 | 好的，没问题。
| Gracias. | Danke schön! | Grazie mille. | Obrigada. | Bedankt. | Evet,
mümkün. | Ano, samozřejmě. | Kyllä. | Ja, det går bra. | Igen, természetesen. | Ναι, βεβαίως. | نعم | Wir
liefern auch nach Belgien. | No hay problema. | Non c'è problema. | Abrimos a las 9. | Die Lampe kostet 49 Euro.
| No lo sé. | È possibile. | Não temos em stock. | Wij zijn open tot 18 uur.
"""
LETTERS = (
    "{}",
    "Bonjour,\n\n{}\n\nCordialement",
    "Hello Ana,\n\n{}\n\nBest",
    "Dear Ana,\n\n{}\n\nBien cordialement,\nLéa",
    "Bonjour Madame Yes,\n{}",
    "Hello, {}",
)


def lines(text):
    return [" ".join(line.split()) for line in text.split("|")]


@pytest.mark.parametrize("line", lines(FRENCH))
def test_french_in_any_letter(line):
    assert [is_in(form.format(line), "fr") for form in LETTERS] == [True] * len(LETTERS)
    assert not any(is_in(form.format(line), "en") for form in LETTERS)


@pytest.mark.parametrize("line", lines(ENGLISH))
def test_english_in_any_letter(line):
    assert [is_in(form.format(line), "en") for form in LETTERS] == [True] * len(LETTERS)
    assert not any(is_in(form.format(line), "fr") for form in LETTERS)


@pytest.mark.parametrize("line", lines(OTHERS))
def test_what_is_neither(line):
    assert not any(is_in(form.format(line), language) for form in LETTERS for language in ("en", "fr"))


@pytest.mark.parametrize(
    "text",
    [
        "Bonjour,\n\nCordialement",
        "Bonjour,\n\n12,50 €\n\nCordialement",
        "Bonjour Ana,\n\nOK.\n\nBonne journée",
    ],
)
def test_where_there_is_nothing_else_the_formulae_tell(text):
    assert is_in(text, "fr")


@pytest.mark.parametrize("text", ["", "12", "AB-12345", "https://shop.example/le/colis/est/la", "Ana", "xyzzy plugh"])
def test_what_nobody_can_tell(text):
    assert is_in(text, "fr") is None
    assert is_in(text, "xx") is None


def test_half_and_half_is_in_neither():
    text = "Bonjour,\n\nYour order est en route."
    assert not is_in(text, "fr")
    assert not is_in(text, "en")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Bonjour, où en est ma commande ? Je n'ai rien reçu.", "fr"),
        ("Guten Tag, ich habe meine Lieferung noch nicht erhalten.", "de"),
        ("Hello, where is my order? I have heard nothing.", "en"),
        ("Dzień dobry, gdzie jest moje zamówienie? Nie mam żadnych wiadomości od was.", ""),
        ("OK", ""),
        ("", ""),
    ],
)
def test_the_language_that_words_tell(text, language):
    assert told_language(text) == language


def test_long_texts_take_linear_time():
    assert is_in("b-" * 500_000, "fr") is None
    assert is_in(" " * 1_000_000, "fr") is None
