"""Which folder is which."""

import pytest

from repondeur.mailboxes.imap.folders import Folder, inferred_prefix, resolved, with_role


def listed(*names: str, delimiter: str = "/", **attributes: str) -> list[Folder]:
    return [
        Folder(name, frozenset(attributes.get(name.replace(".", "_"), "").lower().split()), delimiter) for name in names
    ]


@pytest.mark.parametrize(
    ("folders", "role", "expected"),
    [
        pytest.param(listed("INBOX", "Sent", "Out", Out="\\Sent"), "sent", "Out", id="the attribute wins"),
        pytest.param(listed("Sent", "Sent Items", Sent="\\Noselect"), "sent", "Sent Items", id="not selectable"),
        pytest.param(listed("INBOX", "Éléments envoyés"), "sent", "Éléments envoyés", id="French"),
        pytest.param(listed("INBOX", "ENVOYÉS"), "sent", "ENVOYÉS", id="case does not matter"),
        pytest.param(listed("INBOX", "Gesendete Objekte"), "sent", "Gesendete Objekte", id="German"),
        pytest.param(listed("INBOX", "INBOX.Sent", delimiter="."), "sent", "INBOX.Sent", id="under INBOX."),
        pytest.param(listed("INBOX", "INBOX/Brouillons"), "drafts", "INBOX/Brouillons", id="under INBOX/"),
        pytest.param(listed("[Gmail]/Messages envoyés"), "sent", "[Gmail]/Messages envoyés", id="Gmail, French"),
        pytest.param(listed("INBOX", "Entwürfe"), "drafts", "Entwürfe", id="Drafts in German"),
        pytest.param(listed("INBOX", "Courrier indésirable"), "junk", "Courrier indésirable", id="Junk in French"),
        pytest.param(listed("INBOX", "Archive/Sent"), "sent", None, id="a Sent of an archive is none"),
        pytest.param(listed("Envoyés", "Sent"), "sent", "Sent", id="of several the most usual"),
        pytest.param(listed("INBOX", "Presents"), "sent", None, id="whole names only"),
        pytest.param([], "drafts", None, id="nothing"),
    ],
)
def test_folder_with_a_role(folders, role, expected):
    assert with_role(folders, role) == expected


@pytest.mark.parametrize(
    ("name", "folders", "prefix", "delimiter", "expected"),
    [
        pytest.param("Done", listed("INBOX", "Done"), "", "/", "Done", id="it is there"),
        pytest.param("Done", listed("INBOX"), "", "/", "Done", id="it is to be made"),
        pytest.param("Work/Done", listed("INBOX"), "", ".", "Work.Done", id="in the server's delimiter"),
        pytest.param("Done", listed("INBOX"), "INBOX.", ".", "INBOX.Done", id="in the personal namespace"),
        pytest.param("INBOX.Done", listed("INBOX"), "INBOX.", ".", "INBOX.Done", id="written out by the user"),
        pytest.param("Shared/X", listed("INBOX", "Shared/X"), "INBOX/", "/", "Shared/X", id="known as it is"),
        pytest.param("inbox", listed("INBOX"), "INBOX.", ".", "INBOX", id="the inbox has no case"),
        pytest.param("A/B", listed("INBOX"), "", "", "A/B", id="a flat server"),
    ],
)
def test_what_a_name_of_the_settings_is_called_on_the_server(name, folders, prefix, delimiter, expected):
    assert resolved(name, folders, prefix, delimiter) == expected


def test_a_server_with_everything_under_inbox_tells_its_prefix():
    assert inferred_prefix(listed("INBOX", "INBOX.Sent", "INBOX.Drafts", delimiter=".")) == "INBOX."
    assert inferred_prefix(listed("INBOX", "INBOX.Sent", "Drafts", delimiter=".")) == ""
    assert inferred_prefix(listed("INBOX")) == ""
