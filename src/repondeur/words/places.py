"""The places that a text names, and whether what is said of one holds for another. Pure."""

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from repondeur.words.phrases import Hit, Phrases, Word

# Who says "abroad" or "Europe" is answered by what is said of countries there.
_WIDE = frozenset({"abroad", "world", "europe", "eu", "africa", "asia", "america", "oceania", "overseas"})
_CONTINENTS = {"eu": ("eu", "europe"), "europe": ("europe",), "parts": ()}
_GREAT_BRITAIN = ("england", "scotland", "wales", "northern-ireland")
# Of a German shepherd nobody asks about Germany.
_NO_PLACE = "things"
# Adjectives have more forms in their plural: "les italiens", "italiennes".
_ADJECTIVES = ("ais", "ois", "ien", "ienne", "aise", "oise", "an", "che", "que", "ge", "nd", "nde", "se")


@dataclass(frozen=True, slots=True)
class _Gazetteer:
    names: Phrases
    also_words: Phrases
    around: Mapping[str, frozenset[str]]
    regions: frozenset[str]


def places(text: list[Word]) -> list[Hit]:
    """Every place of a text. key: of a country, a part of one with its own rules, or a region, such as "be" and "eu";
    of a town "be/namur"."""
    known = _gazetteer()
    found = [hit for hit in known.names.find(text) if hit.key != _NO_PLACE]
    taken = {position for hit in found for position in range(hit.begin, hit.end)}
    named = (hit for hit in known.also_words.find(text) if hit.begin not in taken and _is_name(text, hit))
    return sorted([*found, *named], key=lambda hit: hit.begin)


def holds_for(place: str, said: Collection[str]) -> bool:
    """Whether a text that speaks of the places `said` speaks of `place` too: it names it, or what it lies in; of
    "abroad", "Europe" or a country, also what lies in it.

    >>> holds_for("es", {"eu"}), holds_for("ch", {"eu"}), holds_for("fr/lyon", {"fr/lille"})
    (True, False, False)
    """
    around = _around(place)
    if place in said or any(region in said for region in around):
        return True
    return any(one.startswith(f"{place}/") or (place in _WIDE and place in _around(one)) for one in said)


def is_region(place: str) -> bool:
    """Whether it is more than a country: "eu", "abroad"."""
    return place in _gazetteer().regions


def alike(place: str, said: Collection[str]) -> bool:
    """Whether the text names nothing but other towns of the same country, whose surroundings may be meant too."""
    return "/" in place and any(one.partition("/")[0] == place.partition("/")[0] for one in said)


def _around(place: str) -> frozenset[str]:
    country, _, town = place.partition("/")
    around = _gazetteer().around.get(country, frozenset())
    return around | {country} if town else around


def _is_name(text: list[Word], hit: Hit) -> bool:
    return text[hit.begin].raw[:1].isupper() and not text[hit.begin].first


@cache
def _gazetteer() -> _Gazetteer:
    tables = tomllib.loads((files("repondeur.words") / "places.toml").read_text("utf-8"))
    also_words, members, things = tables.pop("capital"), tables.pop("members"), tables.pop("things")
    around: dict[str, set[str]] = {}
    for name, table in tables.items():
        for key in table if name != "regions" else ():
            around.setdefault(key, set()).update(_CONTINENTS.get(name, (name,)), {"world"})
            if key != "fr":
                around[key].add("abroad")
    for region, inside in members.items():
        for key in inside.split():
            around.setdefault(key, set()).add(region)
    for part in _GREAT_BRITAIN:
        around[part].add("gb")
    for region in ("eu", "europe", "africa", "asia", "america", "oceania"):
        around[region] = {"world", "abroad"} | ({"europe"} if region == "eu" else set())
    return _Gazetteer(
        Phrases((*_things(things), *(pair for table in tables.values() for pair in _named(table))), plural=False),
        Phrases(_named(also_words), plural=False),
        {key: frozenset(wide) for key, wide in around.items()},
        frozenset(tables["regions"]),
    )


def _things(table: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for names in table.values():
        for name in names.split(","):
            yield from ((name.strip(), _NO_PLACE), (f"{name.strip()}s", _NO_PLACE))


def _named(table: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(name, key) of every name of a table, countries first."""
    for key, names in table.items():
        countries, _, towns = names.partition(";")
        for name in filter(None, (part.strip() for part in countries.split(","))):
            yield name, key
            if name.endswith(_ADJECTIVES):
                yield f"{name}s", key
        for town in filter(None, (part.strip() for part in towns.split(","))):
            spellings = [part.strip() for part in town.split("/")]
            yield from ((spelling, f"{key}/{spellings[0]}") for spelling in spellings)
