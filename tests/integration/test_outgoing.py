"""Where calls and notices may go, and what stops them: real sockets, and names that lead where a test wants."""

import gzip
import itertools
import time
from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path

import pytest
from tests.support.certificates import Authority
from tests.support.sink import Asked, Sink, reply

from repondeur.actions.addresses import Allowed
from repondeur.actions.outgoing import BODY_LIMIT, LONGEST_PAUSE, Answer, Outgoing, Request, system_resolve
from repondeur.errors import OutgoingRefused, OutgoingUnavailable, OutgoingUnknown, RepondeurError
from repondeur.mailboxes.tls import client_context

HERE = Allowed.of(["127.0.0.0/8"])


def names(*answers: Sequence[str]):
    """A resolver that gives these, one after the other, the last for ever; and how often it was asked."""
    asked: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    return resolve, asked


def client(allowed: Allowed = HERE, seconds: float = 10, resolve=system_resolve, context=None) -> Outgoing:
    return Outgoing(allowed, context or client_context(), resolve, seconds)


def post(url: str, body: bytes = b"{}", **headers: str) -> Request:
    return Request("POST", url, headers, body)


async def refusal(outgoing: Outgoing, url: str) -> RepondeurError:
    with pytest.raises(RepondeurError) as caught:
        await outgoing.send(post(url))
    return caught.value


async def test_an_answer_comes_back_and_the_request_was_what_was_given() -> None:
    with Sink() as sink:
        answer = await client().send(post(f"{sink.url}/in/a%2Fb?c=1", b'{"a": 1}', Authorization="Bearer é"))
    (asked,) = sink.asked
    assert answer == Answer(200, b"ok")
    assert (asked.method, asked.target, asked.body) == ("POST", "/in/a%2Fb?c=1", b'{"a": 1}')
    assert asked.headers["authorization"] == "Bearer é"
    assert asked.headers["host"] == f"localhost:{sink.port}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(status: int) -> None:
    with Sink() as second, Sink(lambda _: reply(status, location=f"{second.url}/x")) as first:
        error = await refusal(client(), first.url)
    assert isinstance(error, OutgoingRefused)
    assert (error.reason.code, len(first.asked), second.connections) == ("outgoing.redirected", 1, 0)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "169.254.169.254",
        "168.63.129.16",
        "10.1.2.3",
        "172.31.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "0.0.0.0",
        "255.255.255.255",
        "224.0.0.1",
        "198.18.0.1",
        "[::1]",
        "[::]",
        "[fe80::1]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[ff02::1]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b:1::7f00:1]",
        "[2002:7f00:1::]",
        "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
        "[2001:db8::1]",
        "localhost",
        "localhost.",
    ],
)
async def test_addresses_that_are_not_public_are_not_asked(host: str) -> None:
    error = await refusal(client(Allowed()), f"https://{host}/latest/meta-data")
    assert isinstance(error, OutgoingRefused)
    assert error.reason.code == "outgoing.address_refused"


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "127.0.0.01", "1.2.3.4.5", "①②⑦.0.0.1"]
)
async def test_numbers_that_are_read_in_two_ways_are_not_asked(host: str) -> None:
    error = await refusal(client(), f"http://{host}/")
    assert error.reason.code in {"outgoing.host_odd", "outgoing.bad_url", "outgoing.address_refused"}
    assert isinstance(error, OutgoingRefused)


@pytest.mark.parametrize(
    "url",
    [
        "https://user@public.example/",
        "https://user:password@public.example/",
        "https://public.example@127.0.0.1/",
        "ftp://public.example/",
        "file:///etc/passwd",
        "https:///path",
        "//public.example/",
        "https://public.example:99999/",
        "https://[::1/",
        "https://public.example\\@127.0.0.1/",
    ],
)
async def test_urls_that_are_not_plain_are_not_asked(url: str) -> None:
    resolve, asked = names(["93.184.216.34"])
    error = await refusal(client(HERE, resolve=resolve), url)
    assert (type(error), asked) == (OutgoingRefused, [])
    assert "password" not in str(error)


async def test_a_name_that_changes_between_looking_and_asking_is_resolved_once() -> None:
    with Sink() as sink:
        resolve, asked = names(["127.0.0.1"], ["127.0.0.2"])
        outgoing = client(Allowed.of(["127.0.0.1/32"]), resolve=resolve)
        url = f"http://rebinding.example:{sink.port}/"
        assert (await outgoing.send(post(url))).status == 200
        assert asked == ["rebinding.example"]
        assert sink.asked[0].headers["host"] == f"rebinding.example:{sink.port}"
        # The next time it leads elsewhere, and that is looked at again.
        assert (await refusal(outgoing, url)).reason.code == "outgoing.address_refused"
        assert len(sink.asked) == 1


@pytest.mark.parametrize("found", [["93.184.216.34", "127.0.0.1"], ["::ffff:10.0.0.1"], ["fe80::1%eth0"], ["nonsense"]])
async def test_one_address_inside_is_enough_to_ask_none(found: list[str]) -> None:
    resolve, _ = names(found)
    assert (await refusal(client(Allowed(), resolve=resolve), "https://x.example/")).reason.code == (
        "outgoing.address_refused"
    )


@pytest.mark.parametrize("host", [f"{'a' * 70}.example", "nowhere.invalid"])
async def test_a_name_that_there_is_not(host: str) -> None:
    error = await refusal(client(), f"https://{host}/")
    assert (type(error), error.reason.code) == (OutgoingUnavailable, "outgoing.host_unknown")


async def test_what_settings_allow() -> None:
    with Sink() as sink:
        loopback, _ = names(["127.0.0.1"])
        # A name that is allowed stands for addresses of a house, not for this machine.
        inside = client(Allowed.of(["intranet.example"]), resolve=loopback)
        assert isinstance(await refusal(inside, f"http://intranet.example:{sink.port}/"), OutgoingRefused)
        assert (await client(Allowed.of(["localhost"])).send(post(sink.url))).status == 200
        assert Allowed.of(["Intranet.Example."]).covers("intranet.example", ip_address("10.0.0.1"))
    metadata, _ = names(["169.254.169.254"])
    wide = client(Allowed.of(["169.254.0.0/16", "x.example"]), resolve=metadata)
    assert (await refusal(wide, "http://x.example/")).reason.code == "outgoing.address_refused"


async def test_public_hosts_are_not_asked_in_clear() -> None:
    resolve, _ = names(["93.184.216.34"])
    assert (await refusal(client(resolve=resolve), "http://public.example/")).reason.code == "outgoing.not_https"


async def test_the_certificate_is_that_of_the_name(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    trusting = client_context(authority.certificate)
    resolve, _ = names(["127.0.0.1"])
    for context, host, code in (
        (authority.context("good", names="DNS:right.example"), "right.example", ""),
        (authority.context("other", names="DNS:other.example,IP:127.0.0.1"), "right.example", "certificate_name"),
        (authority.context("old", names="DNS:right.example", expired=True), "right.example", "certificate_expired"),
    ):
        with Sink(tls=context) as sink:
            outgoing = client(resolve=resolve, context=trusting)
            url = f"https://{host}:{sink.port}/"
            if not code:
                assert (await outgoing.send(post(url))).status == 200
                await outgoing.reach(url)
                untrusting = client(resolve=resolve)
                assert (await refusal(untrusting, url)).reason.code == "outgoing.certificate_untrusted"
                continue
            error = await refusal(outgoing, url)
            assert (type(error), error.reason.code) == (OutgoingUnavailable, f"outgoing.{code}")
            with pytest.raises(OutgoingUnavailable):
                await outgoing.reach(url)
            assert sink.asked == []


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with Sink() as sink, Sink() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "https_proxy"):
            monkeypatch.setenv(name, proxy.url)
        assert (await client().send(post(sink.url))).status == 200
        assert proxy.connections == 0


async def test_of_an_endless_answer_the_beginning_is_read() -> None:
    sent: list[int] = []

    def endless(_: Asked) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n"
        for part in itertools.repeat(b"x" * 65536):
            yield part
            sent.append(len(part))

    with Sink(endless) as sink:
        answer = await client(seconds=3).send(post(sink.url))
    assert (answer.status, len(answer.body)) == (200, BODY_LIMIT)
    assert sum(sent) < 50_000_000, "the line was closed, not read on until the time was over"


async def test_nothing_is_unpacked() -> None:
    bomb = gzip.compress(bytes(20_000_000))
    with Sink(lambda _: reply(200, bomb, content_encoding="gzip")) as sink:
        assert await client().send(post(sink.url)) == Answer(200, b"")
    assert sink.asked[0].headers["accept-encoding"] == "identity"


def stuck_after(text: bytes):
    """Octet by octet, and then nothing until the server is stopped."""

    def answer(_: Asked) -> Iterator[bytes]:
        yield from (bytes([octet]) for octet in text)
        while True:
            time.sleep(0.02)
            yield b""

    return answer


async def test_a_server_that_never_ends_its_header_is_given_up() -> None:
    with Sink(stuck_after(b"HTTP/1.1 200 OK\r\nX-Slow: ")) as sink:
        error = await refusal(client(seconds=0.5), sink.url)
    assert isinstance(error, OutgoingUnknown)


async def test_a_server_that_never_ends_its_body_has_said_enough() -> None:
    with Sink(stuck_after(b"HTTP/1.1 201 Made\r\nContent-Length: 100\r\n\r\nab")) as sink:
        assert await client(seconds=0.5).send(post(sink.url)) == Answer(201, b"ab")


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(150)) + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"y" * 300_000 + b"\r\n\r\n",
        reply(500, b"oops"),
        reply(502),
    ],
)
async def test_what_may_have_been_done_is_unknown(said: bytes) -> None:
    with Sink(lambda _: said) as sink:
        assert isinstance(await refusal(client(), sink.url), OutgoingUnknown)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 422])
async def test_a_refusal_is_for_good(status: int) -> None:
    with Sink(lambda _: reply(status)) as sink:
        error = await refusal(client(), sink.url)
    assert isinstance(error, OutgoingRefused)
    assert error.reason.params["status"] == status


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7), ("999999999999", LONGEST_PAUSE), ("Fri, 31 Dec 1999 23:59:59 GMT", 0), ("soon", None), ("", None)],
)
async def test_retry_after_is_heeded_within_bounds(value: str, seconds: float | None) -> None:
    with Sink(lambda _: reply(429, retry_after=value)) as sink:
        error = await refusal(client(), sink.url)
    assert isinstance(error, OutgoingUnavailable)
    assert error.retry_after == seconds


async def test_what_is_stored_before_is_stored_before_and_only_with_a_line() -> None:
    committed: list[int] = []
    with Sink() as sink:

        async def committing() -> None:
            committed.append(len(sink.asked))

        await client().send(post(sink.url), committing)
        assert committed == [0]

        async def failing() -> None:
            raise OutgoingRefused("outgoing.bad_url")

        with pytest.raises(OutgoingRefused):
            await client().send(post(sink.url), failing)
        assert len(sink.asked) == 1
        port = sink.port
    with pytest.raises(OutgoingUnavailable) as caught:
        await client().send(post(f"http://localhost:{port}/"), committing)
    assert (caught.value.reason.code, committed) == ("outgoing.port_refused", [0])


async def test_the_next_address_is_tried_when_one_takes_no_connection() -> None:
    with Sink() as sink:
        resolve, _ = names(["127.0.0.3", "127.0.0.1"])
        assert (await client(resolve=resolve).send(post(f"http://x.example:{sink.port}/"))).status == 200
