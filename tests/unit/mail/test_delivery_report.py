"""Whom a mail did not reach: reports, bounces in the words of many mail systems, and nobody for ordinary mail."""

import pytest

from repondeur.mail.message import FailedRecipient
from repondeur.mail.parse import parse

DAEMON = "Mail Delivery System <MAILER-DAEMON@mx.isp.example>"


def bounce(text, subject="Undelivered Mail Returned to Sender", author=DAEMON, fields=""):
    header = f"From: {author}\nTo: sav@shop.example\nSubject: {subject}\n{fields}Message-ID: <b@mx.isp.example>\n"
    return parse(f"{header}Content-Type: text/plain; charset=utf-8\n\n{text}\n".encode())


def report(blocks, media_type="message/delivery-status", kind="delivery-status", text="See below.", **header):
    fields = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in header.items())
    return parse(
        f"From: {DAEMON}\nTo: sav@shop.example\nSubject: Undelivered\n{fields}"
        f"Content-Type: multipart/report; report-type={kind}; boundary=r\n\n"
        f"--r\n\n{text}\n--r\nContent-Type: {media_type}\n\n{blocks}\n--r--\n".encode()
    )


def addresses(message):
    return [failed.address for failed in message.failed_recipients]


def test_every_recipient_of_a_report_with_what_is_known():
    message = report(
        "Reporting-MTA: dns; mx.isp.example\n\n"
        "Original-Recipient: rfc822;ventes@client.example\nFinal-Recipient: RFC822; <Marie@client.example>\n"
        "Action: failed\nStatus: 5.1.1 (unknown)\nDiagnostic-Code: smtp; 550 5.1.1\n User unknown\n\n"
        "Final-Recipient: rfc822; lent@client.example\nAction: Delayed\nStatus: 4.4.1\n"
    )
    assert message.failed_recipients == (
        FailedRecipient("Marie@client.example", "failed", "5.1.1", "550 5.1.1 User unknown"),
        FailedRecipient("lent@client.example", "delayed", "4.4.1"),
    )


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        pytest.param("Original-Recipient: rfc822;a@b.example\nAction: failed", ["a@b.example"], id="original only"),
        pytest.param(
            "Final-Recipient: local; |/usr/bin/x\nOriginal-Recipient: rfc822; a@b.example\nAction: failed",
            ["a@b.example"],
            id="a pipe is no address",
        ),
        pytest.param(
            "Final-Recipient: rfc822; a@b.example\n\nAction: failed\nStatus: 5.0.0", ["a@b.example"], id="a gap"
        ),
        pytest.param(
            "Final-Recipient: rfc822; a@b.example\nStatus: 5.0.0\nFinal-Recipient: rfc822; c@b.example",
            ["a@b.example", "c@b.example"],
            id="no gap",
        ),
        pytest.param(
            "Final-Recipient: rfc822; a@b.example\n\nFinal-Recipient: rfc822; A@B.example",
            ["a@b.example"],
            id="once",
        ),
        pytest.param(
            "Final-Recipient: rfc822; a@b.example\nAction: delivered\n\nFinal-Recipient: rfc822; c@d.example",
            ["c@d.example"],
            id="who got it is not named",
        ),
        pytest.param("Final-Recipient: utf-8; zo\\x{E9}@b.example\nAction: failed", ["zoé@b.example"], id="RFC 6533"),
        pytest.param("Final-Recipient: rfc822; jo...@b.example\nAction: failed", [], id="cut by an archive"),
        pytest.param("Final-Recipient: rfc822; nobody\nAction: failed", [], id="no domain"),
        pytest.param("no fields at all", [], id="nothing"),
    ],
)
def test_what_reports_are_really_like(blocks, expected):
    assert addresses(report(blocks)) == expected


def test_global_reports_and_reports_inside_of_a_mail_that_came_back():
    assert addresses(
        report("Final-Recipient: utf-8; a@b.example\nAction: failed", "message/global-delivery-status")
    ) == ["a@b.example"]
    inner = "From: x@isp.example\nContent-Type: message/delivery-status\n\nFinal-Recipient: rfc822; a@b.example\n"
    wrapped = (
        f"From: {DAEMON}\nSubject: Delivery failure\nContent-Type: multipart/mixed; boundary=m\n\n"
        f"--m\nContent-Type: message/rfc822\n\n{inner}\n--m--\n"
    )
    assert addresses(parse(wrapped.encode())) == ["a@b.example"]
    # The same from a person, who asks what it means, names nobody.
    assert addresses(parse(wrapped.replace(DAEMON, "jo@client.example").replace("failure", "?").encode())) == []


def test_an_abuse_report_names_who_complained():
    message = report(
        "Feedback-Type: abuse\nOriginal-Mail-From: <sav@shop.example>\nOriginal-Rcpt-To: <jo@client.example>",
        "message/feedback-report",
        "feedback-report",
    )
    assert message.failed_recipients == (FailedRecipient("jo@client.example", diagnostic="abuse"),)


def test_exims_field_counts_and_the_text_says_more():
    message = bounce(
        "The following address(es) failed:\n\n  a@b.example\n    550 5.1.1 No such user\n",
        fields="X-Failed-Recipients: a@b.example,\n c@d.example\n",
    )
    assert message.failed_recipients == (
        FailedRecipient("a@b.example", "failed", "5.1.1", "550 5.1.1 No such user"),
        FailedRecipient("c@d.example", "failed"),
    )


@pytest.mark.parametrize(
    "text",
    [
        "<jo@client.example>: host mx.client.example[192.0.2.1] said: 550 5.1.1\n    User unknown",
        "The following address(es) failed:\n\n  jo@client.example\n    Unrouteable address",
        "I wasn't able to deliver your message.\n\n<jo@client.example>:\nSorry, no mailbox here by that name. (#5.1.1)",
        "  ----- These addresses had permanent fatal errors -----\n<jo@client.example>\n  (expanded from: a@b.example)",
        "   ----- Transcript of session follows -----\n550 <jo@client.example>... User unknown",
        "Delivery has failed to these recipients:\n\nJo Doe (jo@client.example)\nThe address couldn't be found.",
        "did not reach the following recipient(s):\n\n'jo@client.example' on Mon, 3 Nov 2025 10:00\n    Not found",
        "c=US;a= ;p=X;o=Y;dda:SMTP=jo@client.example; on Mon, 3 Nov 2025",
        "Your message wasn't delivered to jo@client.example because the address couldn't be found.",
        "Votre message n'a pas été remis à jo@client.example, car l'adresse est introuvable.",
        "Ihre Nachricht wurde nicht an jo@client.example zugestellt.",
        "Tu mensaje no se entregó a jo@client.example porque no se encontró la dirección.",
        "Échec de la remise pour ces destinataires :\n\njo@client.example\nAdresse introuvable.",
        "以下の宛先へメールを配信できませんでした。\n\n  <jo@client.example>\n\n理由: 不明",
        "收件人：jo@client.example\n\n退信原因： 550",
        "К сожалению, Ваше письмо не может быть доставлено:\n\njo@client.example:\nuser not found",
        "They did NOT receive a copy of your message:\n\n> jo@client.example\n\n--- Log ---\n MAIL From:<a@b.example>",
        "Unknown user: jo@client.example\n\nRCPT TO generated following response:\n550 no",
        "User mailbox exceeds allowed size: jo@client.example",
        "Error-for:  jo@client.example\nError-Code: 3",
        "Your mail could not be delivered to:\n\n   Jo Doe <jo@client.example>",
        "The message was undeliverable to the following:\n\tjo@client.example (user not found)",
        "Ihre Nachricht konnte nicht zugestellt werden: jo@client.example",
        "Impossibile recapitare a jo@client.example",
        "Delivery has failed to these recipients or groups: jo@client.example",
        "Nie dostarczono do jo@client.example. Pomoc: contact help@isp.example",
        # What stands beside it belongs to others.
        "A message sent by\n\n  <a@shop.example>\n\ncould not be delivered:\n\n  jo@client.example\n    no such user",
        "jo@client.example: unknown\n\nFor help write to help@isp.example or contact\nadmin@isp.example.",
        "<jo@client.example>: unknown\n\n--- Below this line is a copy of the message.\n\n<c@d.example>:",
        "<jo@client.example>: unknown\n\nReceived: from x\nTo: a@b.example\n\nc@d.example",
    ],
)
def test_the_words_of_mail_systems(text):
    assert addresses(bounce(text)) == ["jo@client.example"]


def test_users_without_a_domain_are_those_of_the_system():
    text = "Your mail to the following recipients could not be delivered because of its size:\n\tjo.doe"
    assert addresses(bounce(text)) == ["jo.doe@mx.isp.example"]


def test_the_subject_names_the_recipient_when_the_text_does_not():
    assert addresses(bounce("Sorry.", subject="Your message to jo@client.example couldn't be delivered")) == [
        "jo@client.example"
    ]
    assert addresses(bounce("Sorry.", subject="Undeliverable: write to jo@client.example")) == []


def test_a_paragraph_below_the_only_recipient_says_why():
    [failed] = bounce("Could not be delivered to:\n\n  jo@client.example\n\n550 5.2.2 Mailbox full\n").failed_recipients
    assert (failed.status, failed.diagnostic) == ("5.2.2", "550 5.2.2 Mailbox full")
    several = bounce("Could not be delivered to:\n\n  jo@client.example\n  zoe@client.example\n\n550 5.2.2 Full\n")
    assert [failed.status for failed in several.failed_recipients] == ["", ""]


@pytest.mark.parametrize(
    "text",
    [
        "It has not yet been delivered.\n\n<jo@client.example>: timed out",
        "jo@client.example\n\nWill be retried for 2 days",
    ],
)
def test_a_delay_is_no_failure(text):
    assert [
        failed.action for failed in bounce(text, subject="Delayed Mail (still being retried)").failed_recipients
    ] == ["delayed"]


@pytest.mark.parametrize(
    "message",
    [
        bounce("Write to <jo@client.example>: it is a good address.", "Contacts", "Jo <jo@client.example>"),
        bounce(
            "<jo@client.example>: 550 5.1.1 unknown. I get this, help!", "Delivery failure", "Zoé <z@client.example>"
        ),
        bounce("Your mail could not be delivered. Ask postmaster@isp.example."),
        bounce("Your mail could not be delivered. For help contact help@isp.example."),
        bounce("Your mail could not be delivered, ask anna@isp.example or otto@isp.example."),
        bounce("Reported by sav@shop.example\n\nsav@shop.example"),
        bounce("Your message was read.", "Read: x", "Jo <jo@client.example>"),
        bounce("<jo@client.example>: I am away", "Automatic reply: x", "Jo <jo@client.example>", "Auto-Submitted: x\n"),
    ],
)
def test_no_address_is_made_up(message):
    assert message.failed_recipients == ()


@pytest.mark.parametrize(
    "text",
    [
        "a" * 300_000,
        "@" * 300_000,
        "a@b." * 80_000,
        "x@y.example\n" * 30_000,
        "deliver " + "a " * 150_000 + "to x@y.example",
        "<" * 300_000,
        " " * 300_000,
        "".join(f"<a{number}@b.example>: no\n" for number in range(20_000)),
    ],
    ids=lambda text: repr(text[:12]),
)
def test_hostile_bounces_are_read_too(text):
    assert len(bounce(text).failed_recipients) <= 200
    assert len(report(text).failed_recipients) <= 200
