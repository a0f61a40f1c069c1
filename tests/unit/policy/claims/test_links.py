"""Hosts that what stands beside them does not hide."""

import pytest

from repondeur.policy.claims.compare import foreign


@pytest.mark.parametrize("dash", "-–—")
@pytest.mark.parametrize(
    "said",
    [
        "all is told on rogue.test{}you find it there",
        "see {}rogue.test",
        "{}rogue.test/pay",
        "{}{}www.rogue.test",
        "rogue.test{} here",
        "my{}rogue.test{}{}",
        "rogue{}.test",
        "write to pay@rogue.test{}we answer",
    ],
)
def test_a_dash_hides_no_host(said: str, dash: str) -> None:
    text = said.replace("{}", dash)
    assert foreign(f"Hello,\n\n{text}", ["We sell lamps."])
    assert foreign(f"• {text}", ["We sell lamps."])


@pytest.mark.parametrize(
    "said", ["see …rogue.test", "see...rogue.test", "…www.rogue.test", "rogue:.com", "rogue-.com", ": //rogue"]
)
def test_nor_do_other_signs(said: str) -> None:
    assert foreign(f"Hello,\n\n{said}", ["We sell lamps."])


def test_a_dash_is_no_part_of_a_host_that_is_ours() -> None:
    passage = "The guide is on www.corp.example. Write to help@corp.example."
    assert foreign("See www.corp.example – or write to help@corp.example—we answer.", [passage]) == []
    assert foreign("See www.corp.example-pay.test.", [passage])


@pytest.mark.parametrize("host", ["qz.no", "go.tel", "ab.art", "x.art", "n.tel/pay"])
def test_short_hosts_are_hosts(host: str) -> None:
    assert foreign(f"Voyez {host}, tout y est.", [])


@pytest.mark.parametrize("said", ["p. ex. ceci", "p.ex. ceci", "c.-à-d. cela", "5 m.max", "e.g. this", "a.m."])
def test_abbreviations_are_none(said: str) -> None:
    assert [one for one in foreign(said, []) if one.kind == "link"] == []
