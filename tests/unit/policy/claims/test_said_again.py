"""What a passage says, in other words; and what only sounds like it."""

import pytest

from repondeur.policy.claims.compare import foreign

CARDS = "We take transfers and cards; there is no card fee. Delivery costs £5."
ILLNESS = "A lesson that is called off late is due in full, except in case of illness."
MALADIE = "Une leçon reportée trop tard est due, sauf en cas de maladie."
KITCHEN = "The kitchen has a dishwasher, an electric cooker and a kettle. Call us before you set out."
CARTES = "Nous prenons les cartes. Il n'y a pas de frais de carte. La livraison coûte 5 €."
RESERVATION = "Pas de frais de réservation."
ELSEWHERE = "The workshop is open on weekdays."


def stopped(reply, passage):
    return bool(foreign(reply, [passage]))


@pytest.mark.parametrize(
    ("reply", "passage"),
    [
        ("We don't charge any card fees.", CARDS),
        ("We do not charge extra for cards.", CARDS),
        ("We charge no fee for cards.", CARDS),
        ("Paying by card is free.", CARDS),
        ("There's no charge for paying by card.", CARDS),
        ("There is no card fee.", CARDS),
        ("Le paiement par carte est gratuit.", CARTES),
        ("Il n'y a aucun frais de carte.", CARTES),
        ("La réservation est gratuite.", RESERVATION),
        ("Illness is an exception.", ILLNESS),
        ("It is due in full, but illness is an exception if you call.", ILLNESS),
        ("The only exception is illness.", ILLNESS),
        ("La maladie fait exception.", MALADIE),
        ("La seule exception est la maladie.", MALADIE),
        ("You'll have a dishwasher and a kettle.", KITCHEN),
        ("You will have an electric cooker.", KITCHEN),
        ("You won't need a key.", ELSEWHERE),
        ("I am afraid you won’t find it open.", ELSEWHERE),
        ("A fee is charged: we charge a £5 fee.", "A £5 fee is charged."),
        ("We don't charge you until the parcel leaves.", "You are charged when the parcel leaves."),
    ],
)
def test_what_a_passage_says_in_other_words_leaves(reply, passage):
    assert not stopped(reply, passage)


@pytest.mark.parametrize(
    ("reply", "passage"),
    [
        ("Delivery is free.", CARDS),
        ("Delivery is free if you pay by card.", CARDS),
        ("Delivery is free, and you may pay by card.", CARDS),
        ("La livraison est gratuite.", CARTES),
        ("Livraison gratuite par carte.", CARTES),
        ("Les cartes sont gratuites.", CARTES),
        ("We do not charge extra for dogs.", CARDS),
        ("Cards are free.", CARDS),
        ("We won't charge you for the repair.", CARDS),
        ("We won't charge you for the repair.", ELSEWHERE),
        ("There is no booking fee.", ELSEWHERE),
        ("We don't charge any card fees.", ELSEWHERE),
        ("On se charge des frais.", ELSEWHERE),
        ("Illness is an exception.", ELSEWHERE),
        ("Holidays are an exception.", ILLNESS),
        ("We'll make an exception for you.", ILLNESS),
        ("The exception is granted.", ILLNESS),
        ("Your illness is an exception for you.", ILLNESS),
        ("Nous ferons une exception.", MALADIE),
        ("You'll have a private chef.", KITCHEN),
        ("You'll have a call.", KITCHEN),
        ("You won a car.", ELSEWHERE),
        ("You won T-shirts.", ELSEWHERE),
    ],
)
def test_what_no_passage_says_does_not(reply, passage):
    assert stopped(reply, passage)
