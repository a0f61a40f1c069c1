import pytest

from repondeur.cli.check_senders import check_senders
from repondeur.settings.schema import MailboxSettings


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ({}, []),
        ({"internal_senders": "corp.example"}, ["check.colleagues_unproven"]),
        ({"internal_senders": "corp.example", "authserv_id": "mx.corp.example"}, []),
        ({"internal_senders": "corp.example", "own_dkim_check": True, "only_allowed": True}, []),
        ({"only_allowed": True}, ["check.nobody_allowed"]),
        ({"only_allowed": True, "allow_senders": "client.example"}, []),
        (
            {"only_allowed": True, "internal_senders": "corp.example"},
            ["check.colleagues_unproven", "check.nobody_allowed"],
        ),
    ],
)
def test_settings_that_mean_nobody_are_told(given, codes):
    assert [finding.reason.code for finding in check_senders(MailboxSettings(**given))] == codes
