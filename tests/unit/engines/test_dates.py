"""Which day a mail means, counted from the day on which it was written: Friday 20 November 2026, 10 o'clock, +01:00."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repondeur.engines.dates import MAX_DATES, normalised, with_dates
from repondeur.policy.analysis import Entity

WRITTEN = datetime(2026, 11, 20, 10, tzinfo=timezone(timedelta(hours=1)))
CASES = {
    "fr": {
        "demain": "2026-11-21",
        "Demain matin": "2026-11-21",
        "après-demain": "2026-11-22",
        "avant-hier": "2026-11-18",
        "aujourd’hui": "2026-11-20",
        "ce soir": "2026-11-20",
        "mardi prochain": "2026-11-24",
        "d'ici vendredi": "2026-11-27",
        "ce vendredi": "2026-11-20",
        "dès lundi": "2026-11-23",
        "lundi dernier": "2026-11-16",
        "mardi de la semaine prochaine": "2026-11-24",
        "vendredi en huit": "2026-12-04",
        "mardi 24": "2026-11-24",
        "mardi 25": "",
        "lundi 23 novembre à 14h": "2026-11-23T14:00:00+01:00",
        "lundi 24 novembre à 14h": "",
        "jeudi 3 décembre à 10 h": "2026-12-03T10:00:00+01:00",
        "mercredi 25 novembre de 14h à 16h": "2026-11-25T14:00:00+01:00",
        "demain midi": "2026-11-21T12:00:00+01:00",
        "demain après-midi": "2026-11-21",
        "14h30": "2026-11-20T14:30:00+01:00",
        "à 9h": "2026-11-21T09:00:00+01:00",
        "25h": "",
        "3 mars": "2027-03-03",
        "3 mars dernier": "2026-03-03",
        "1er mars 2027": "2027-03-01",
        "3\u00a0novembre": "2026-11-03",
        "samedi 1er août": "2026-08-01",
        "5 janv. 2027": "2027-01-05",
        "29 février": "2028-02-29",
        "31 février": "",
        "30/02/2026": "",
        "24/11": "2026-11-24",
        "03/04/2027": "2027-04-03",
        "24.11.26": "2026-11-24",
        "2026-11-24": "2026-11-24",
        "le 3": "2026-12-03",
        "le 31 du mois": "2026-12-31",
        "fin du mois": "2026-11-30",
        "d'ici la fin du mois": "2026-11-30",
        "fin février 2028": "2028-02-29",
        "fin de semaine": "2026-11-20",
        "dans deux semaines": "2026-12-04",
        "dans un mois": "2026-12-20",
        "d'ici 10 jours": "2026-11-30",
        "sous 48h": "2026-11-22",
        "il y a 3 jours": "2026-11-17",
        "la semaine prochaine": "",
        "mars 2026": "",
        "du 3 au 5 mars": "2027-03-03",
        "12-13 décembre": "2026-12-12",
        "12 – 13 décembre 2027": "2027-12-12",
        "du 28 novembre au 3 décembre": "2026-11-28",
        "28 au 3 décembre": "2026-11-28",
        "du 28 décembre au 3 janvier": "2026-12-28",
        "entre le 3 et le 5 mars": "",
        "du lundi 7 au mercredi 9 décembre": "2026-12-07",
        "premier décembre": "2026-12-01",
        "le premier décembre 2027": "2027-12-01",
        "12/24/2026": "2026-12-24",
        "12/24": "",
        "30/11": "2026-11-30",
        "2026/12/05": "2026-12-05",
        "3 fév. 2027": "2027-02-03",
        "vendredi en quinze": "2026-12-11",
        "demain à 8h du matin": "2026-11-21T08:00:00+01:00",
        "demain à 8 h du soir": "2026-11-21T20:00:00+01:00",
        "mardi à 3 heures de l'après-midi": "2026-11-24T15:00:00+01:00",
        "demain à 9 heures et demie": "2026-11-21T09:30:00+01:00",
        "demain à neuf heures et quart": "2026-11-21T09:15:00+01:00",
        "demain à 9 heures moins le quart": "2026-11-21T08:45:00+01:00",
        "demain à 10h moins dix": "2026-11-21T09:50:00+01:00",
        "demain à midi et demi": "2026-11-21T12:30:00+01:00",
        "demain à onze heures": "2026-11-21T11:00:00+01:00",
        "demain à 14h, heure de Londres": "2026-11-21T14:00:00+00:00",
        "demain à 14h UTC": "2026-11-21T14:00:00+00:00",
        "demain à 14h heure de Sydney": "",
        "3 mois": "",
        "lundi 24 novembre 2026": "",
    },
    "en": {
        "next Tuesday": "2026-11-24",
        "by Friday": "2026-11-27",
        "this Friday": "2026-11-20",
        "last Monday": "2026-11-16",
        "Monday next week": "2026-11-23",
        "Tuesday 24th": "2026-11-24",
        "in two weeks": "2026-12-04",
        "a week from now": "2026-11-27",
        "3 days ago": "2026-11-17",
        "within 48 hours": "2026-11-22",
        "tomorrow at 2pm": "2026-11-21T14:00:00+01:00",
        "the day after tomorrow": "2026-11-22",
        "tonight": "2026-11-20",
        "March 3rd, 2027": "2027-03-03",
        "the 3rd of March": "2027-03-03",
        "Tuesday, Nov 24": "2026-11-24",
        "Thursday 3 December, around 10.30": "2026-12-03T10:30:00+01:00",
        "Nov 24 at 2:30 p.m.": "2026-11-24T14:30:00+01:00",
        "between 2pm and 4pm on Tuesday": "2026-11-24T14:00:00+01:00",
        "2026-11-24T14:00:00Z": "2026-11-24T14:00:00+00:00",
        "end of the month": "2026-11-30",
        "the 24th of next month": "2026-12-24",
        "noon": "2026-11-20T12:00:00+01:00",
        "03/04/2027": "2027-04-03",
        "at 3": "",
        "24 November 2026 at 14:00 UTC": "2026-11-24T14:00:00+00:00",
        "tomorrow at 2 pm EST": "2026-11-21T14:00:00-05:00",
        "tomorrow at 14:00 GMT+2": "2026-11-21T14:00:00+02:00",
        "tomorrow, 14:00 (CET)": "2026-11-21T14:00:00+01:00",
        "tomorrow at 2pm London time": "2026-11-21T14:00:00+00:00",
        "1 July 2027 at 9 am Eastern time": "2027-07-01T09:00:00-04:00",
        "2026-12-24 14:00 +0200": "2026-12-24T14:00:00+02:00",
        "2026-12-24T14:00:00-05:00": "2026-12-24T14:00:00-05:00",
        "tomorrow at 2pm Sydney time": "",
        "tomorrow at half past nine": "2026-11-21T09:30:00+01:00",
        "tomorrow at quarter to 3": "2026-11-21T02:45:00+01:00",
        "tomorrow at 8 o'clock in the evening": "2026-11-21T20:00:00+01:00",
        "December 3-7": "2026-12-03",
        "Nov 28 to 30, 2026": "2026-11-28",
        "28 November to 3 December": "2026-11-28",
        "12/24/2026": "2026-12-24",
        "24/12/2026": "2026-12-24",
        "the first of December": "2026-12-01",
        "the day before yesterday": "2026-11-18",
        "a week from today": "2026-11-27",
        "next week": "",
        "February 30": "",
        "Monday 24 November": "",
    },
    "de": {"morgen": "2026-11-21", "24.11.": "2026-11-24", "am 24.11.2026 um 14 Uhr": "2026-11-24T14:00:00+01:00"},
    "es": {"24 de noviembre": "2026-11-24", "mañana": "2026-11-21"},
}


@pytest.mark.parametrize(
    ("language", "value", "told"), [(spoken, *case) for spoken, cases in CASES.items() for case in cases.items()]
)
def test_days_and_moments(language, value, told):
    assert normalised(value, written=WRITTEN, language=language) == told


@pytest.mark.parametrize(
    ("offset", "zone", "told"),
    [
        (-5, "", "2027-03-04"),
        (1, "", "2027-04-03"),
        (0, "", ""),
        (0, "America/New_York", "2027-03-04"),
        (0, "Europe/London", "2027-04-03"),
        (-5, "Europe/London", "2027-04-03"),
    ],
)
def test_in_english_the_place_tells_what_stands_first(offset, zone, told):
    written = WRITTEN.astimezone(timezone(timedelta(hours=offset)))
    assert normalised("03/04/2027", written=written, language="en", zone=zone) == told


def test_the_zone_of_the_mailbox_goes_before_that_of_the_mail():
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    assert normalised("demain", written=late, language="fr", zone="Europe/Paris") == "2026-11-22"
    assert normalised("demain", written=late, language="fr", zone="No/Where") == "2026-11-21"
    summer = normalised("1er juillet 2027 à 9h", written=late, language="fr", zone="Europe/Paris")
    assert summer == "2027-07-01T09:00:00+02:00"


@pytest.mark.parametrize(
    ("text", "value", "told"),
    [
        ("J'ai reçu le colis vendredi.", "vendredi", "2026-11-13"),
        ("J'ai reçu le colis ce vendredi.", "ce vendredi", "2026-11-20"),
        ("Le colis sera livré vendredi.", "vendredi", "2026-11-27"),
        ("Il me le faut pour vendredi", "vendredi", "2026-11-27"),
        ("Ma commande du 3 mars n'est pas arrivée", "3 mars", "2027-03-03"),
        ("Ma commande passée le 3 mars n'est pas arrivée", "3 mars", "2026-03-03"),
        ("J'ai payé le 12", "le 12", "2026-11-12"),
        ("Bien reçu. Rendez-vous lundi", "lundi", "2026-11-23"),
        ("I ordered it on Monday, when will it come?", "Monday", "2026-11-16"),
        ("It must be received by Monday", "Monday", "2026-11-23"),
        ("en panne depuis lundi", "depuis lundi", "2026-11-16"),
        ("La livraison était prévue pour le 12 décembre", "12 décembre", "2026-12-12"),
        ("La livraison était prévue pour le 30/11", "30/11", "2026-11-30"),
        ("Elle devait arriver le 1er décembre", "1er décembre", "2026-12-01"),
        ("Elle était pour le 12 décembre", "12 décembre", "2026-12-12"),
        ("J'avais commandé pour le 12 décembre", "12 décembre", "2026-12-12"),
        ("Vous m'aviez promis le 25", "le 25", "2026-11-25"),
        ("La livraison était prévue le 12 octobre", "12 octobre", "2026-10-12"),
        ("La livraison était prévue le 3 juin", "3 juin", "2026-06-03"),
        ("It was meant for Dec 3rd", "Dec 3rd", "2026-12-03"),
        ("It was scheduled on Tue 24 Nov", "Tue 24 Nov", "2026-11-24"),
        ("You had it down for 5 January", "5 January", "2027-01-05"),
        ("J'ai acheté la lampe le 15 décembre", "15 décembre", "2025-12-15"),
        ("I bought it on December 15", "December 15", "2025-12-15"),
        ("Il y avait une panne le 3 mars", "3 mars", "2026-03-03"),
    ],
)
def test_the_words_before_a_date_tell_what_was_from_what_will_be(text, value, told):
    [found] = with_dates([Entity("date", value)], text, written=WRITTEN, language="fr")
    assert found.normalised == told


def test_what_was_meant_for_after_the_new_year():
    written = datetime(2026, 12, 28, 10, tzinfo=UTC)
    [found] = with_dates(
        [Entity("date", "4 janvier")], "Elle était prévue le 4 janvier", written=written, language="fr"
    )
    assert found.normalised == "2027-01-04"


@pytest.mark.parametrize(("value", "told"), [("3 mars 2026", "2026-03-03"), ("demain", ""), ("3 mars", ""), ("9h", "")])
def test_without_a_day_to_count_from_only_whole_dates_are_told(value, told):
    assert normalised(value, written=None, language="fr") == told


def test_only_the_first_dates_of_a_mail_and_short_ones_are_read():
    many = [Entity("date", f"{number} mars 2027") for number in range(1, 26)]
    found = with_dates([Entity("person", "demain"), *many], "", written=WRITTEN, language="fr")
    assert found[0].normalised == ""
    assert sum(bool(one.normalised) for one in found) == MAX_DATES
    assert normalised(f"{'le ' * 30}3 mars", written=WRITTEN, language="fr") == ""


@given(st.text(alphabet="0123456789 :/-.hamplendtufrivsoj'é", max_size=60), st.sampled_from(["fr", "en"]))
def test_any_text_is_a_date_or_none(value, language):
    told = normalised(value, written=WRITTEN, language=language)
    assert not told or datetime.fromisoformat(told)


@pytest.mark.parametrize(
    "value", ["12am \u200b", "demain", "hier", "à 14h", "in 3 weeks", "il y a 3 ans", "vor 2 Tagen"]
)
@pytest.mark.parametrize("offset", [-12, 0, 14])
@pytest.mark.parametrize("day", [(1, 1, 1), (9999, 12, 31)])
def test_where_the_calendar_ends_nothing_fails(day, offset, value):
    for hour in (0, 23):
        written = datetime(*day, hour, 30, tzinfo=timezone(timedelta(hours=offset)))
        for zone in ("", "Europe/Paris", "America/New_York"):
            found = normalised(value, written=written, language="de" if value.startswith("vor") else "fr", zone=zone)
            assert found == "" or datetime.fromisoformat(found)
