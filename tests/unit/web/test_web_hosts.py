"""Under which names the pages are shown: a name that someone else has given our address shows nothing."""

import pytest
from fastapi.testclient import TestClient
from tests.support.console import FakeConsole

from repondeur.web.app import create_app

MAIL = "/messages/7"


def status(host: str, *names: str, path: str = MAIL) -> int:
    client = TestClient(create_app(FakeConsole(), names), "http://localhost")
    return client.get(path, headers={"Host": host}).status_code


@pytest.mark.parametrize(
    "host", ["localhost", "LocalHost:8000", "localhost.:8000", "127.0.0.1", "127.0.0.1:9", "[::1]", "[::1]:8000"]
)
def test_this_machine_is_known_with_any_port(host: str) -> None:
    assert status(host) == 200


@pytest.mark.parametrize(
    "host",
    [
        "rebind.evil.example",
        "rebind.evil.example:8000",
        "localhost.evil.example",
        "evil.example:localhost",
        "localhost:80@evil.example",
        "127.0.0.1.evil.example",
        "192.168.1.5",
        "[::1",
        "[localhost]",
        "[::1]evil.example",
        "0.0.0.0",
        "",
    ],
)
def test_any_other_name_is_refused(host: str) -> None:
    assert status(host) == 400


@pytest.mark.parametrize(
    ("host", "names", "expected"),
    [
        pytest.param("Mail.Boutique.example", ["mail.boutique.example"], 200, id="a name that was given"),
        pytest.param("mail.boutique.example:443", ["Mail.boutique.example."], 200, id="whatever its port and its case"),
        pytest.param("a.mail.boutique.example", ["mail.boutique.example"], 400, id="not what lies below it"),
        pytest.param("10.0.0.7:8000", ["10.0.0.7"], 200, id="the address it listens on"),
        pytest.param("[2001:db8::7]:8000", ["2001:db8::7"], 200, id="the same for IPv6"),
        pytest.param("10.0.0.7:8000", ["0.0.0.0"], 200, id="any address where it listens on all"),
        pytest.param("[2001:db8::7]", ["::"], 200, id="and any of IPv6"),
        pytest.param("rebind.evil.example", ["0.0.0.0"], 400, id="but no name"),
    ],
)
def test_names_that_people_gave(host: str, names: list[str], expected: int) -> None:
    assert status(host, *names) == expected


def test_two_names_at_once_are_none() -> None:
    client = TestClient(create_app(FakeConsole()), "http://localhost")
    assert client.get(MAIL, headers=[("Host", "localhost"), ("Host", "evil.example")]).status_code == 400


def test_a_refusal_says_what_to_do_and_shows_nothing() -> None:
    client = TestClient(create_app(FakeConsole()), "http://evil.example")
    for path in ("/", MAIL, "/ready", "/metrics", "/static/style.css"):
        page = client.get(path, headers={"Accept-Language": "fr"})
        assert page.status_code == 400
        assert "WEB_HOSTS" in page.text
        assert "Claire" not in page.text
        assert page.headers["content-security-policy"]


def test_whether_it_lives_may_be_asked_under_any_name() -> None:
    assert status("pod-7.internal", path="/health") == 200
