import pytest
from hypothesis import given
from hypothesis import strategies as st

from repondeur.mail.authentication import MICROSOFT_365, MethodResult, dmarc_of, read_results, states_dmarc

US = "mx.corp.example"
PASS = f"{US}; dmarc=pass header.from=client.example"
FAIL = f"{US}; dmarc=fail (p=reject) header.from=client.example"


def said(*fields: str, authserv_id: str = US, domain: str = "client.example") -> str:
    return dmarc_of(fields, authserv_id, domain)


GMAIL = (
    "mx.google.com; dkim=pass header.i=@client.example header.s=s1 header.b=abc/+d==; spf=pass (google.com: domain of "
    "zoe@client.example designates 192.0.2.1 as permitted sender) smtp.mailfrom=zoe@client.example; "
    "dmarc=pass (p=NONE sp=QUARANTINE dis=NONE) header.from=client.example"
)
EXCHANGE = (
    "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=client.example; dkim=pass (signature was verified) "
    "header.d=client.example;dmarc=pass action=none header.from=client.example;compauth=pass reason=100"
)
QUOTED = (
    'MX.corp.example 1; dmarc = fail reason="p=reject; it is\\" said" (p=reject (dis=none)) header . from = '
    '"client.example" ;'
)
FOR_CLIENT = ("client.example",)


# As Gmail, OpenDMARC, rspamd, Exchange Online, Yahoo and Fastmail write them.
@pytest.mark.parametrize(
    ("value", "server", "dmarc", "header_from"),
    [
        (GMAIL, "mx.google.com", "pass", FOR_CLIENT),
        (EXCHANGE, "", "pass", FOR_CLIENT),
        (QUOTED, "mx.corp.example", "fail", FOR_CLIENT),
        ('"mx.corp.example."; dmarc/1=none (p=none)header.from=client.example', "mx.corp.example", "none", FOR_CLIENT),
        ("mta1.corp.example  from=client.example; dmarc=pass (ok)", "mta1.corp.example", "pass", ()),
        ("mx.corp.example; dmarc=temperror", "mx.corp.example", "temperror", ()),
        ("(comment; dmarc=pass) mx.corp.example (x); (dmarc=pass) dmarc=none", "mx.corp.example", "none", ()),
    ],
)
def test_what_servers_write(value, server, dmarc, header_from):
    read = read_results(value)
    assert read.server == server
    assert read.sound
    (found,) = [one for one in read.results if one.method == "dmarc"]
    assert (found.result, found.values("header.from")) == (dmarc, header_from)


def test_none_and_nothing():
    assert read_results("mx.corp.example; none").results == ()
    assert read_results("mx.corp.example 1;none").server == "mx.corp.example"
    for nothing in ("", ";", "=", "==;=", "(", '"'):
        assert read_results(nothing).results == ()
    assert read_results("a; x=y z").results == (MethodResult("x", "y"),)


def test_our_own_server_alone_is_believed():
    assert said(PASS) == "pass"
    assert said(PASS, domain="CLIENT.example") == "pass"
    assert said(PASS, authserv_id="MX.Corp.example.") == "pass"
    assert said(PASS, authserv_id="") == "none"
    assert said(PASS, authserv_id="corp.example") == "none"
    assert said(PASS, authserv_id="mx.corp.example.evil.example") == "none"
    assert said(PASS.replace(US, f"{US}.evil.example")) == "none"
    assert said() == "none"


@pytest.mark.parametrize("domain", ["evil.example", "sub.client.example", "example", "", "client.example.evil.example"])
def test_a_pass_for_another_domain_is_no_pass(domain):
    assert said(PASS, domain=domain) == "none"
    assert said(f"{US}; dmarc=pass") == "none", "nobody knows for whom"
    assert said(f"{US}; dmarc=pass header.from=client.example header.from=evil.example") == "none"


def test_domains_are_the_same_in_both_forms():
    assert said(f"{US}; dmarc=pass header.from=xn--exmple-cua.org", domain="exämple.org") == "pass"
    assert said(f"{US}; dmarc=pass header.from=zoe@client.example") == "pass"


def test_the_topmost_field_of_ours_decides():
    forged = PASS
    other = "relay.corp.example; dmarc=fail header.from=client.example"
    assert said(FAIL, forged) == "fail"
    assert said(f"{US}; dmarc=none header.from=client.example", forged) == "none"
    assert said(f"{US}; none", forged) == "none"
    assert said(f"{US}; spf=pass smtp.mailfrom=evil.example", forged) == "none"
    assert said(other, PASS) == "pass"
    # One that stands below can only take a pass away: perhaps our server writes below what a mail brings along.
    assert said(forged, FAIL) == "none"
    assert said(forged, f"{US}; dmarc=none") == "none"
    assert said(f"{US}; dkim=pass header.d=client.example", FAIL) == "fail"
    assert said(PASS, f"{US}; spf=softfail smtp.mailfrom=client.example; dkim=pass header.d=x.example") == "pass"


def test_of_several_results_in_one_field_the_worst_counts():
    both = f"{US}; dmarc=pass header.from=client.example; dmarc=fail header.from=client.example"
    assert said(both) == "fail"
    assert said(both.replace("fail", "none")) == "none"
    assert said(both.replace("fail", "pass")) == "pass"


@pytest.mark.parametrize(
    "written",
    [
        # The address of the envelope is the stranger's own choice, and not every server quotes it.
        "spf=none smtp.mailfrom=a;dmarc=pass header.from=client.example@evil.example; dmarc=none",
        "spf=none smtp.mailfrom=a;dmarc=pass header.from=client.example x@evil.example; dmarc=none",
        "spf=none (of a) ; dmarc=pass header.from=client.example ; x=(@evil.example) smtp.mailfrom=x; dmarc=fail)",
        'spf=none smtp.mailfrom="a\\";dmarc=pass header.from=client.example"@evil.example; dmarc=none',
        "spf=none (a); dmarc=pass header.from=client.example; (@evil.example; dmarc=fail",
        'spf=none; dmarc=pass header.from=client.example; x="@evil.example; dmarc=fail',
        "spf=none (dmarc=pass header.from=client.example)",
        "x=y dmarc=pass header.from=client.example",
    ],
)
def test_what_a_stranger_writes_into_an_honest_field_is_no_pass(written):
    assert said(f"{US}; {written}") != "pass"


@pytest.mark.parametrize(
    "written",
    [
        "spf=none smtp.helo=(((; dmarc=fail header.from=client.example",
        "spf=none smtp.helo=(; dmarc=fail header.from=client.example; dkim=none header.d=)",
        'spf=none smtp.mailfrom="x; dmarc=fail header.from=client.example',
        'spf=none smtp.mailfrom="x\\"; dmarc=fail header.from=client.example',
        "spf=none smtp.mailfrom=x\\; dmarc=fail header.from=client.example",
        'spf=none smtp.mailfrom="; dmarc=fail header.from=client.example; dkim=none header.d="',
        'spf=none smtp.helo="; dmarc(x)=fail header.from=client.example',
        'spf=none smtp.helo="; dmarc=(p=none)fail header.from=client.example',
        'spf=none smtp.helo="; dmarc="fail" header.from=client.example',
        'spf=none smtp.helo="; (a) (b) dmarc / 1 = fail header.from=client.example',
        f"spf=none smtp.helo={'a' * 8100}; dmarc=fail header.from=client.example",
        "spf=none smtp.helo=a\ufffdb; dmarc=fail header.from=client.example",
    ],
)
def test_a_stranger_hides_no_fail(written):
    assert said(f"{US}; {written}") == "fail"
    assert said(f"{US}; {written}", PASS) == "fail"


def test_a_fail_that_another_hop_is_said_to_have_seen_is_none_of_ours():
    assert said(f"{US}; arc=pass (i=1 spf=pass dmarc=fail); dmarc=pass header.from=client.example") == "pass"
    assert said(PASS, f"{US}; spf=none (; dmarc=fail") == "pass"


def test_exchange_online_names_no_server():
    theirs = "spf=fail smtp.mailfrom=client.example; dmarc=pass action=none header.from=client.example"
    assert said(theirs, authserv_id=MICROSOFT_365) == "pass"
    assert said(theirs.replace("pass", "fail"), theirs, authserv_id=MICROSOFT_365) == "fail"
    assert said(PASS, theirs, authserv_id=MICROSOFT_365) == "none", "the topmost is another server's"
    assert said("microsoft365; dmarc=pass header.from=client.example", authserv_id=MICROSOFT_365) == "none"
    assert said(theirs) == "none"
    assert states_dmarc([theirs], MICROSOFT_365)
    assert not states_dmarc([theirs], US)
    assert not states_dmarc([f"{US}; spf=pass"], US)


@given(st.text(alphabet='ab;=()"\\ .@dmrcpsx-\n\u00e9', max_size=200))
def test_never_raises_and_never_passes_by_chance(value):
    assert dmarc_of([value, f"{US}; {value}"], US, "client.example") in ("none", "fail")
    read_results(value)


@pytest.mark.parametrize("piece", ["(", ")", '"', "\\", "a=", ";", "x;", '\\"', "a=b ", "a ", "=a", "();", "\u00e9"])
def test_endless_fields(piece):
    """64 KiB of anything, in as many fields as are kept: minutes for anything that is not linear."""
    value = f"{US}; dmarc=pass " + piece * (65536 // len(piece))
    assert dmarc_of([value] * 20, US, "client.example") == "none"
