"""Authentication-Results as the servers of the corpus really wrote them."""

import re
from pathlib import Path

import pytest

from repondeur.errors import MessageUnreadable
from repondeur.mail.authentication import dmarc_of, read_results
from repondeur.mail.parse import parse

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"

pytestmark = pytest.mark.corpus


def fields() -> list[str]:
    found = []
    for path in sorted(one for one in CORPUS.rglob("*") if one.is_file()):
        raw = path.read_bytes()
        if re.search(rb"^authentication-results:", raw, re.IGNORECASE | re.MULTILINE):
            try:
                found.extend(parse(raw).authentication_results)
            except MessageUnreadable:
                continue
    return found


def test_what_real_servers_wrote_is_read():
    read = [(value, read_results(value)) for value in fields()]
    assert len(read) >= 40
    assert [value for value, result in read if not result.sound] == []
    named = [result.server for _, result in read if re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", result.server)]
    stated = [one for _, result in read for one in result.results]
    assert len(named) >= 0.9 * len(read)
    assert {"spf", "dkim"} <= {one.method for one in stated}
    assert {one.result for one in stated if one.method == "spf"} <= {
        "pass", "fail", "softfail", "neutral", "none", "temperror", "permerror",
    }  # fmt: skip
    assert all(dmarc_of([value], "", "example.org") == "none" for value, _ in read)
