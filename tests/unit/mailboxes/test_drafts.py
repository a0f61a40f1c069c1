"""What counts as a draft that nobody has changed."""

import pytest

from repondeur.mailboxes.drafts import unchanged

OURS = (
    "From: bot@example.test\r\nTo: Alice <alice@outside.test>\r\n"
    "Subject: =?utf-8?q?R=C3=A9=3A_ma_commande_num=C3=A9ro_douze_qui_est_longue?=\r\n"
    "In-Reply-To: <q@x>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n\r\nBonjour,\r\n\r\nr=C3=A9ponse =\r\nentière.\r\n"
).encode()
SAME = [
    pytest.param(OURS, id="as it was"),
    pytest.param(OURS.replace(b"\r\n", b"\n"), id="other line ends"),
    pytest.param(OURS + b"\r\n", id="one more line end"),
    pytest.param(b"X-Mailer: y\r\nReceived: z\r\n" + OURS, id="fields were added"),
    pytest.param(
        OURS.replace(b"=\r\nenti\xc3\xa8re", "entière".encode())
        .replace(b"r=C3=A9ponse", "réponse".encode())
        .replace(b"quoted-printable", b"8bit"),
        id="another transfer encoding",
    ),
    pytest.param(
        OURS.replace(b"=?utf-8?q?R=C3=A9=3A_", b"=?utf-8?b?UsOpOg==?=\r\n =?utf-8?q?_"), id="words encoded otherwise"
    ),
]
CHANGED = [
    pytest.param(OURS.replace(b"Bonjour", b"Bonsoir"), id="text"),
    pytest.param(OURS + b"P.S.\r\n", id="text added"),
    pytest.param(OURS.replace(b"=\r\nenti\xc3\xa8re", b""), id="text taken away"),
    pytest.param(OURS.replace(b"douze", b"treize"), id="subject"),
    pytest.param(OURS.replace(b"alice@", b"bob@"), id="recipient"),
    pytest.param(b"Cc: bob@outside.test\r\n" + OURS, id="one more recipient"),
    pytest.param(OURS.replace(b"<q@x>", b"<p@x>"), id="what it answers"),
    pytest.param(OURS.replace(b"text/plain", b"text/html"), id="kind of text"),
    pytest.param(b"", id="nothing"),
    pytest.param(b"X: " + b"y" * 300_000 + b"\r\n" + OURS, id="over what is read"),
]


@pytest.mark.parametrize("kept", SAME)
def test_what_servers_do_changes_nothing(kept):
    assert unchanged(kept, OURS)


@pytest.mark.parametrize("kept", CHANGED)
def test_what_a_person_did(kept):
    assert not unchanged(kept, OURS)
