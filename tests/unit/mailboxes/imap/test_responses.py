"""What IMAP servers say, understood."""

import pytest

from repondeur.mailboxes.imap.responses import (
    field_values,
    identifiers,
    numbers,
    printable,
    quoted,
    refusal,
    searchable,
    sequence_windows,
)


@pytest.mark.parametrize(
    ("said", "kind", "seconds"),
    [
        pytest.param("[AUTHENTICATIONFAILED] Authentication failed.", "login", 0, id="Dovecot, wrong password"),
        pytest.param("[UNAVAILABLE] Temporary authentication failure.", "unavailable", 0, id="Dovecot, backend away"),
        pytest.param(
            "[UNAVAILABLE] Maximum number of connections from user+IP exceeded (mail_max_userip_connections=3)",
            "limit",
            0,
            id="the text says more than the code",
        ),
        pytest.param("[ALERT] Too many simultaneous connections. (Failure)", "limit", 0, id="Gmail"),
        pytest.param("[LIMIT] Too many keywords", "unavailable", 0, id="a limit of another kind"),
        pytest.param(
            "Request is throttled. Suggested Backoff Time: 2995 milliseconds", "throttled", 2.995, id="Exchange"
        ),
        pytest.param("Suggested Backoff Time: 9999999 milliseconds", "throttled", 900, id="never a whole day"),
        pytest.param("[THROTTLED] slow down", "throttled", 60, id="Gmail throttles"),
        pytest.param("Account exceeded command or bandwidth limits", "throttled", 60, id="Gmail says why"),
        pytest.param("User is authenticated but not connected.", "unavailable", 0, id="Exchange, backend away"),
        pytest.param("LOGIN failed.", "refused", 0, id="Exchange, wrong password"),
        pytest.param("[NONEXISTENT] Unknown Mailbox: x (Failure)", "missing", 0, id="Gmail, no such folder"),
        pytest.param("Mailbox doesn't exist: Done", "missing", 0, id="Dovecot, no such folder"),
        pytest.param("[TRYCREATE] No folder", "missing", 0, id="to be made first"),
        pytest.param("", "refused", 0, id="nothing at all"),
    ],
)
def test_what_a_refusal_means(said, kind, seconds):
    understood = refusal(said)
    assert (understood.kind, understood.seconds) == (kind, seconds)


@pytest.mark.parametrize(
    ("data", "uids"),
    [
        pytest.param([b"3 1 2"], [1, 2, 3], id="ascending"),
        pytest.param([b"1 2 "], [1, 2], id="Yahoo's trailing blank"),
        pytest.param([b" "], [], id="a blank alone"),
        pytest.param([None], [], id="no line"),
        pytest.param([b""], [], id="an empty line"),
        pytest.param([b"1 2", b"3"], [1, 2, 3], id="several lines"),
        pytest.param([b"1 2 (MODSEQ 917162500)"], [1, 2], id="with MODSEQ (RFC 7162)"),
    ],
)
def test_numbers_of_a_search(data, uids):
    assert numbers(data) == uids


@pytest.mark.parametrize(
    ("message_id", "part"),
    [
        ("<a.b@c.example>", "a.b@c.example"),
        ("a.b@c.example", "a.b@c.example"),
        ('<we"ird.but.long@c.example>', "ird.but.long@c.example"),
        ("<\r\nDELETE@x>", "DELETE@x"),
        ("<é@très-long.example>", "s-long.example"),
        ("<>", ""),
        ("<éà>", ""),
    ],
)
def test_the_part_of_a_message_id_that_can_be_searched_for(message_id, part):
    assert searchable(message_id) == part


def test_identifiers_are_read_from_folded_fields_of_that_name_only():
    header = b"X-Message-ID: <no@x>\r\nmessage-id:\r\n <one@\r\n\tx>\r\nIn-Reply-To: <two@x> <three@x>\r\n\r\n"
    assert identifiers(header, "Message-ID") == {"one@x"}
    assert identifiers(header, "In-Reply-To") == {"two@x", "three@x"}
    assert identifiers(b"Message-ID: bare@x\r\n", "Message-ID") == {"bare@x"}
    assert field_values(b"", "Message-ID") == []


def test_huge_folders_are_searched_in_windows():
    assert list(sequence_windows(120, 50)) == ["1:50", "51:100", "101:120"]
    assert list(sequence_windows(0, 50)) == []


def test_server_words_are_one_short_line():
    assert printable("a\r\nb\x00 c\x1b[31m") == "a b c [31m"
    assert len(printable("x" * 999)) == 200


def test_quoted_strings():
    assert quoted('a "b" \\c') == '"a \\"b\\" \\\\c"'
