"""Real mail broken at random: always a Message or a refusal, storable, without half characters, in bounded work."""

import json
import sys
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.mail.test_fixtures import MAILS

from repondeur.errors import MessageUnreadable
from repondeur.mail.codec import explain_message, message_from_json, message_to_json
from repondeur.mail.parse import parse, parse_header_only

# Lines of our code for each octet of a mail: one or two are usual, fifteen the most that was seen.
_STEPS = 60
# What a text may end with, where something is looked for below it.
ENDS = st.sampled_from(
    [
        b"\n---------- Forwarded message ---------", b"\n============ Forwarded message ============\n",
        b"\n-----Message d'origine-----", b"\n> D\xc3\xa9but du message transf\xc3\xa9r\xc3\xa9 :", b"\nDe :",
        b"\n-- \n", b"\n>",
        b"\nOn Tue, Nov 3, 2026 at 9:58 AM Ann Old <ann@old.example> wrote:", b"\n________________________________",
    ]
)  # fmt: skip
HEADER = [b"\nFrom: Ann Old <ann@old.example>", b"\nTo: x@y.example", b"\nDate: 3 Nov 2026 09:58", b"\nSubject: s"]
# One mail of each kind, so that hypothesis has a small choice to shrink to.
SEEDS = [mail.read_bytes() for mail in MAILS[::3]]
SPLICES = st.sampled_from(
    [
        b"\n\n", b"\r", b"\x00", b"\xff\xfe", b"\x1b$B", b"=?utf-8?B?", b"?=", b"\n--", b"--\n", b"\nFrom: x@y.z\n",
        b"\nContent-Type: multipart/mixed; boundary=b\n\n--b\n", b"\nContent-Type: message/rfc822\n\n", b"; name*0*=",
        b"\nContent-Transfer-Encoding: base64\n", b"\nbegin 644 x\n", b"; charset=utf-16", b"; charset=utf-7", b"+2AA-",
        b"<div style='display:none'>", b"\nDate: ", b"\nDate: Fri, 31 Dec 9999 23:59:59 -0500\n",
        b"\nDate: Mon, 1 Jan 0001 00:00:00 +0500\n", b"<p style='color:rgb(nan,0,0);opacity:nan;font-size:infpx'>",
        b"<p style='color:hsl(1e308,1e308%,1e308%);background:rgb(inf,inf,inf);left:-1e308px;letter-spacing:1e308em'>",
        b"\xed\xa0\x80", b"=ED=A0=80", b"\xf4\x90\x80\x80", b"BEGIN:",
    ]
)  # fmt: skip


@st.composite
def broken_mail(draw):
    raw = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 6))):
        position = draw(st.integers(0, len(raw)))
        length = draw(st.integers(0, 40))
        match draw(st.sampled_from(["flip", "cut", "repeat", "splice", "end", "append"])):
            case "flip":
                raw[position : position + 1] = bytes([draw(st.integers(0, 255))])
            case "cut":
                del raw[position : position + length]
            case "repeat":
                raw[position:position] = raw[position : position + length] * draw(st.integers(1, 30))
            case "splice":
                raw[position:position] = draw(SPLICES)
            case "end":
                del raw[max(position, 1) :]
            case "append":
                raw += draw(ENDS)
    return bytes(raw)


def texts(value):
    """Every text anywhere in a value of JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def steps_of(work):
    """How many lines of our own code the work runs through."""
    count = 0

    def local(frame, event, argument):
        nonlocal count
        count += 1
        return local

    def trace(frame, event, argument):
        return local if "repondeur" in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


@settings(max_examples=250, deadline=None)
@given(broken_mail())
def test_broken_mail_is_read_or_refused(raw):
    for read in (parse, lambda octets: parse_header_only(octets, len(octets))):
        try:
            message = read(raw)
        except MessageUnreadable:
            continue
        stored = json.loads(json.dumps(message_to_json(message)))
        assert message_from_json(stored) == message
        for text in texts([stored, explain_message(message)]):
            text.encode("utf-8")
            assert "\x00" not in text


@settings(max_examples=250, deadline=None)
@given(
    st.lists(st.one_of(ENDS, st.sampled_from([*HEADER, b"\n", b"\nHello there.", b"\n> Hello."])), max_size=14),
    st.sampled_from([b"", b"Re: ", b"Fwd: "]),
)
def test_lines_that_announce_may_stand_anywhere(lines, prefix):
    parse(
        b"From: a@b.example\nSubject: "
        + prefix
        + b"s\nContent-Type: text/plain; charset=utf-8\n"
        + b"\n"
        + b"".join(lines)
    )


@settings(max_examples=15, deadline=None)
@given(broken_mail().filter(bool))
def test_the_work_is_bounded_by_the_size(raw):
    """Steps for each octet, in a mail long enough for anything quadratic to show."""
    long = raw * (40_000 // len(raw) + 1)

    def work():
        with suppress(MessageUnreadable):
            parse(long)

    assert steps_of(work) < _STEPS * len(long)
