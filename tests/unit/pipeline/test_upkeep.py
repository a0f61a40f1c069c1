"""When the quiet hour is, and what settings mean by their days."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from repondeur.pipeline.upkeep import last_night, retention
from repondeur.settings.schema import Settings

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("now", "night"),
    [
        ("2026-11-20T02:59", "2026-11-19T03:00"),
        ("2026-11-20T03:00", "2026-11-20T03:00"),
        ("2026-11-20T23:00", "2026-11-20T03:00"),
        ("2026-01-01T00:00", "2025-12-31T03:00"),
        pytest.param("2026-03-29T12:00", "2026-03-29T03:00", id="summer time began that night"),
        pytest.param("2026-10-25T12:00", "2026-10-25T03:00", id="it ended that night"),
    ],
)
def test_the_quiet_hour_is_that_of_the_machine(now: str, night: str) -> None:
    def at(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=PARIS)

    assert last_night(at(now)) == at(night)


def test_each_kind_has_its_days() -> None:
    kept = retention(Settings(retention_bodies=7, retention_records=30, retention_gaps=14, retention_held=None))
    assert (kept.bodies, kept.records, kept.gaps, kept.held) == (
        timedelta(days=7),
        timedelta(days=30),
        timedelta(days=14),
        None,
    )


def test_by_default_nothing_that_people_wrote_is_kept_for_ever() -> None:
    kept = retention(Settings())
    assert None not in {kept.bodies, kept.records, kept.gaps, kept.held}
