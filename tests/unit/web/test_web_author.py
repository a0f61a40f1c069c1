"""Whom a page shows as the author of a mail: who it is, whatever name they give themselves."""

from dataclasses import replace

import pytest
from tests.support.console import DETAIL, MESSAGE, FakeConsole
from tests.unit.web.test_web_pages import browse

from repondeur.mail.message import Address


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Claire", "Claire &lt;x@evil.example&gt;"),
        ("support@corp.example", "x@evil.example (&#34;support@corp.example&#34;)"),
        ("\u202esupport", "support &lt;x@evil.example&gt;"),
    ],
)
def test_the_address_is_who_it_is(name, shown):
    message = replace(MESSAGE, authors=(Address(name, "x@evil.example"),))
    page = browse(FakeConsole(detail=replace(DETAIL, message=message)), "/messages/7")
    assert f">{shown}<" in page.text
