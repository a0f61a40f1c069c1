"""Calendar parts as facts: times with their zones, people, answers; broken and hostile calendars never raise."""

from datetime import datetime, timedelta, timezone

import pytest

from repondeur.mail.calendar import read_invitation
from repondeur.mail.codec import explain_message, message_from_json, message_to_json
from repondeur.mail.message import Address
from repondeur.mail.parse import parse

PARIS_SUMMER, PARIS_WINTER = timezone(timedelta(hours=2)), timezone(timedelta(hours=1))


def calendar(*event, before="METHOD:REQUEST"):
    lines = "\r\n".join(("BEGIN:VCALENDAR", before, "BEGIN:VEVENT", *event, "END:VEVENT", "END:VCALENDAR", ""))
    return lines.encode()


def read(*event, before="METHOD:REQUEST", label="", method=""):
    found = read_invitation(calendar(*event, before=before), label, method)
    assert found is not None
    return found


def mail(part, media_type="text/calendar; charset=utf-8; method=REQUEST", fields=""):
    return parse(
        b"From: jo@client.example\nMessage-ID: <a@b>\nContent-Type: multipart/mixed; boundary=m\n\n--m\n\nHello\n--m\n"
        + f"Content-Type: {media_type}\n{fields}\n".encode()
        + part
        + b"\n--m--\n"
    )


def zone(name, *observances):
    return "\r\n".join(("METHOD:REQUEST", "BEGIN:VTIMEZONE", f"TZID:{name}", *observances, "END:VTIMEZONE"))


CENTRAL_EUROPE = (
    "BEGIN:STANDARD", "DTSTART:16010101T030000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100",
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10", "END:STANDARD",
    "BEGIN:DAYLIGHT", "DTSTART:16010101T020000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200",
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3", "END:DAYLIGHT",
)  # fmt: skip


def test_all_the_facts_of_an_invitation():
    found = read(
        "UID:1@client.example",
        "SUMMARY;LANGUAGE=fr:Point de suivi\\, commande 77120",
        "DTSTART;TZID=Europe/Paris:20251110T100000",
        "DTEND;TZID=Europe/Paris:20251110T110000",
        "LOCATION:Salle 3\\; 2e étage",
        'ORGANIZER;CN="Jo Doe, achats":mailto:jo@client.example',
        "ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN=SAV:MAILTO:sav@shop.exam",
        " ple",
        "ATTENDEE;CN=zoe@client.example:mailto:Zoe@client.example",
        "STATUS:confirmed",
        "RRULE:FREQ=WEEKLY;COUNT=3",
        "DESCRIPTION:Bonjour\\,\\nmerci.",
    )
    assert (found.method, found.summary, found.location) == (
        "REQUEST",
        "Point de suivi, commande 77120",
        "Salle 3; 2e étage",
    )
    assert found.start == datetime(2025, 11, 10, 10, tzinfo=PARIS_WINTER)
    assert found.end == datetime(2025, 11, 10, 11, tzinfo=PARIS_WINTER)
    assert not found.all_day
    assert found.organizer == Address("Jo Doe, achats", "jo@client.example")
    assert found.attendees == (Address("SAV", "sav@shop.example"), Address("", "Zoe@client.example"))
    assert (found.status, found.answer, found.recurrence) == ("CONFIRMED", "", "FREQ=WEEKLY;COUNT=3")
    assert (found.description, found.uid) == ("Bonjour,\nmerci.", "1@client.example")


@pytest.mark.parametrize(
    ("name", "hours"),
    [
        *(("Europe/Paris", 2), ("Romance Standard Time", 2), ("W. Europe Standard Time", 2), ("Asia/Tokyo", 9)),
        *(("/freeassociation.sourceforge.net/Europe/Paris", 2), ("/mozilla.org/20050126_1/Europe/Paris", 2)),
        *(("UTC", 0), ("GMT", 0), ("Etc/UTC", 0), ("tzone://Microsoft/Utc", 0), ("America/New_York", -4)),
        *(('"(UTC+01:00) Brussels, Paris"', 1), ("(UTC+01:00) Brussels", 1), ("GMT+0300", 3), ("UTC-5", -5)),
    ],
)
def test_zones_by_their_names(name, hours):
    start = read(f"DTSTART;TZID={name}:20250703T100000").start
    assert start == datetime(2025, 7, 3, 10, tzinfo=timezone(timedelta(hours=hours)))


@pytest.mark.parametrize(
    "name", ["Nowhere/Land", "Customized Time Zone", "../../etc/passwd", "x" * 900, "Europe", "\x00"]
)
def test_a_zone_that_nobody_knows_leaves_the_time_as_it_is(name):
    assert read(f"DTSTART;TZID={name}:20250703T100000").start == datetime(2025, 7, 3, 10)  # noqa: DTZ001 (floating)


@pytest.mark.parametrize(
    ("day", "offset"),
    [
        *(("20250703", PARIS_SUMMER), ("20251110", PARIS_WINTER), ("20251026", PARIS_WINTER)),
        *(("20251025", PARIS_SUMMER), ("20250330", PARIS_SUMMER), ("20250329", PARIS_WINTER)),
    ],
)
def test_zones_that_the_calendar_defines(day, offset):
    found = read(
        f"DTSTART;TZID=Mitteleuropäische Zeit:{day}T100000", before=zone("Mitteleuropäische Zeit", *CENTRAL_EUROPE)
    )
    assert found.start is not None
    assert found.start.utcoffset() == offset.utcoffset(None)
    # One mail's definition is not the next one's.
    after = read(f"DTSTART;TZID=Mitteleuropäische Zeit:{day}T100000")
    assert after.start is not None
    assert after.start.tzinfo is None


def test_a_definition_does_not_change_what_a_known_name_means():
    wrong = zone("Europe/Paris", "BEGIN:STANDARD", "DTSTART:16010101T000000", "TZOFFSETTO:-1100", "END:STANDARD")
    found = read("DTSTART;TZID=Europe/Paris:20250703T100000", before=wrong)
    assert found.start == datetime(2025, 7, 3, 10, tzinfo=PARIS_SUMMER)


@pytest.mark.parametrize(
    ("event", "start", "end", "all_day"),
    [
        (("DTSTART:20251110T090000", "DURATION:PT90M"), "2025-11-10T09:00:00", "2025-11-10T10:30:00", False),
        (("DTSTART:20251110T090000",), "2025-11-10T09:00:00", None, False),
        (("DTSTART;VALUE=DATE:20251110",), "2025-11-10T00:00:00", "2025-11-11T00:00:00", True),
        (("DTSTART;VALUE=DATE:20251110", "DTEND:20251113"), "2025-11-10T00:00:00", "2025-11-13T00:00:00", True),
        (("DTSTART:2025-11-10T09:00:00Z",), "2025-11-10T09:00:00+00:00", None, False),
        (("DTSTART:20251110T090000Z", "DTEND:20251109T090000Z"), "2025-11-10T09:00:00+00:00", None, False),
        (("DTSTART:20251110T090000Z", "DTEND:20251110T100000"), "2025-11-10T09:00:00+00:00", None, False),
        (("DTSTART:20251110T090000Z", "DURATION:P99999999999D"), "2025-11-10T09:00:00+00:00", None, False),
        (("DTSTART:20251399T090000Z",), None, None, False),
        (("SUMMARY:x", "DTSTART:tomorrow", "DTEND:later"), None, None, False),
        (
            ("DTSTART:20251110T000000", "DTEND:20251111T000000", "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE"),
            "2025-11-10T00:00:00", "2025-11-11T00:00:00", True,
        ),
    ],
)  # fmt: skip
def test_when_it_is(event, start, end, all_day):
    found = read(*event)
    assert (found.start.isoformat() if found.start else None, found.end.isoformat() if found.end else None) == (
        start,
        end,
    )
    assert found.all_day is all_day


def test_an_answer_says_who_answered_and_what():
    found = read("ATTENDEE;PARTSTAT=declined;CN=Jo:mailto:jo@client.example", before="METHOD:reply")
    assert (found.method, found.answer, found.attendees) == ("REPLY", "DECLINED", (Address("Jo", "jo@client.example"),))
    assert read("SUMMARY:x", before="METHOD:REQUEST", method="cancel").method == "CANCEL"
    assert read("SUMMARY:x", before="PRODID:x").method == ""


def test_the_series_counts_before_one_of_its_dates():
    changed = calendar("RECURRENCE-ID:20251110T090000Z", "SUMMARY:Changed")
    both = changed.replace(b"END:VCALENDAR", b"BEGIN:VEVENT\r\nSUMMARY:Series\r\nEND:VEVENT\r\nEND:VCALENDAR")
    assert (read_invitation(both, "", "") or read("")).summary == "Series"
    assert (read_invitation(changed, "", "") or read("")).summary == "Changed"


def test_charsets_and_old_calendars():
    latin = calendar("SUMMARY:Réunion").decode().encode("iso-8859-1")
    assert (read_invitation(latin, "iso-8859-1", "") or read("")).summary == "Réunion"
    assert read("SUMMARY;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:R=C3=A9union").summary == "Réunion"
    assert read("ATTENDEE;CN=\"Zoé ^'Z^' K\":mailto:z@k.example").attendees == (Address('Zoé "Z" K', "z@k.example"),)


@pytest.mark.parametrize(
    "octets",
    [b"", b"\xff\xfe", b"no calendar", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", b"BEGIN:VTODO\nSUMMARY:x\nEND:VTODO"],
)
def test_without_an_event_there_is_no_invitation(octets):
    assert read_invitation(octets, "", "") is None


@pytest.mark.parametrize(
    "lines",
    [
        ["ATTENDEE:mailto:a@b.example"] * 40_000, ["SUMMARY:" + "x" * 900_000], ["SUMMARY;" + "A=b;" * 200_000],
        ["RRULE:FREQ=SECONDLY;INTERVAL=1;COUNT=999999999"], ["BEGIN:VEVENT"] * 60_000, ["BEGIN:X"] * 60_000,
        ["END:VEVENT"] * 60_000, ["SUMMARY:" + "\\" * 900_000], ['SUMMARY;A="' + '"' * 900_000], [" x"] * 300_000,
        ["DTSTART;TZID=:20250101T000000"], ["ORGANIZER;CN=:"], ["ATTENDEE"], [";;;:::"],
        ["DTSTART;TZID=" + "a" * 90_000 + ":x"],
    ],
    ids=lambda lines: lines[0][:20],
)  # fmt: skip
def test_hostile_calendars_are_read_too(lines):
    found = read_invitation(calendar("SUMMARY:first", *lines)[:1_000_000], "utf-8", "REQUEST")
    assert found is None or (len(found.attendees) <= 200 and len(found.summary) <= 1000)


def test_a_mail_tells_its_invitation_and_keeps_it_when_stored():
    message = mail(calendar("DTSTART;TZID=Europe/Paris:20251110T100000", "DURATION:PT1H", "SUMMARY:Point"))
    assert message.invitation is not None
    assert message.text.strip() == "Hello"
    assert message_from_json(message_to_json(message)) == message
    shown = explain_message(message)["invitation"]
    assert (shown["start"], shown["end"]) == ("2025-11-10T10:00:00+01:00", "2025-11-10T11:00:00+01:00")
    assert (shown["summary"], shown["organizer"]) == ("Point", {"name": "", "address": ""})
    floating = mail(calendar("DTSTART:20251110T100000"))
    assert message_from_json(message_to_json(floating)) == floating


def test_a_calendar_may_come_as_a_file_or_be_the_whole_mail():
    event = calendar("SUMMARY:Point")
    for media_type in (
        "application/ics; name=invite.ics",
        "application/octet-stream; name=invite.ics",
        "application/ics",
    ):
        assert mail(event, media_type).invitation is not None
    alone = parse(b"From: jo@client.example\nContent-Type: text/calendar; method=REPLY\n\n" + event)
    assert alone.invitation is not None
    assert (alone.invitation.method, alone.text) == ("REPLY", "")
    assert mail(event, "application/pdf; name=a.pdf").invitation is None


def test_an_unreadable_calendar_is_said():
    for part in (b"nothing", calendar("SUMMARY:x", "DESCRIPTION:" + "x" * 1_100_000)):
        message = mail(part)
        assert message.invitation is None
        assert "mail.calendar_unreadable" in message.problems
