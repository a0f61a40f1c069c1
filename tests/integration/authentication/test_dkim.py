"""Signatures made for real, keys out of a real DNS server, checked in the real child."""

from tests.support.dkim_mail import KEY, MAIL, NAME, OTHER, record, signed
from tests.support.dns_server import dns_server, resolver_of

from repondeur.authentication.checker import Checker, Wanted
from repondeur.authentication.key_lookup import KeyLookup
from repondeur.mail.parse import parse

WANTED = Wanted(dkim=True)


async def test_a_signature_of_the_authors_domain_or_of_one_above_holds():
    below = MAIL.replace(b"zoe@corp.example", b"zoe@lyon.corp.example")
    async with dns_server({NAME: [record(KEY)]}) as server, Checker(KeyLookup(resolver_of(server))) as checker:
        for raw in (signed(), signed(below)):
            assert (await checker.checked(parse(raw), raw, WANTED)).own_checks.dkim == "corp.example"
        changed = signed().replace(b"paper", b"money")
        assert (await checker.checked(parse(changed), changed, WANTED)) == parse(changed)
        for raw in (MAIL, signed(domain=b"evil.example"), b"DKIM-Signature: " + b"=;v=1;" * 900 + b"\r\n" + MAIL):
            assert (await checker.checked(parse(raw), raw, WANTED)) == parse(raw)
        assert (await checker.checked(parse(signed()), signed(), Wanted())).own_checks.dkim == ""
    assert server.asked == [NAME], "once, and nothing for a stranger's domain"


async def test_records_are_remembered_and_failures_are_not():
    now, none, two = [0.0], "none._domainkey.corp.example", "two._domainkey.corp.example"
    slow = "slow._domainkey.corp.example"
    async with dns_server({NAME: [record(KEY)], two: [record(KEY), record(OTHER)], "": []}, silent=[slow]) as server:
        keys = KeyLookup(resolver_of(server), clock=lambda: now[0], seconds=0.3)
        for _ in range(3):
            assert await keys.records([NAME, none, two]) == {NAME: record(KEY)}
        assert sorted(server.asked) == sorted([none, NAME, two])
        for _ in range(2):
            assert await keys.records([slow, "." * 3, "x" * 300, "a" * 64 + ".example"]) == {}
        assert server.asked.count(slow) >= 2
        now[0] = 301.0
        assert await keys.records([NAME]) == {NAME: record(KEY)}
        assert server.asked.count(NAME) == 2
    # The server is gone: what was remembered still is known.
    assert await keys.records([NAME, none]) == {NAME: record(KEY)}
