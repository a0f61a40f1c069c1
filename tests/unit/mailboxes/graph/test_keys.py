"""Key pairs for notices with resource data: made, kept for us alone, rotated, dropped."""

import base64
import multiprocessing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from repondeur.errors import MailboxUnavailable
from repondeur.mailboxes.graph.keys import KeyRing


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **time: float) -> None:
        self.now += timedelta(**time)


def at_once(folder: Path) -> str:
    return KeyRing(folder, Clock()).current().id


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "graph-keys"


def test_the_certificate_fits_its_key_and_what_graph_takes(folder: Path, clock: Clock) -> None:
    ring = KeyRing(folder, clock)
    public = ring.current()
    certificate = x509.load_der_x509_certificate(base64.b64decode(public.certificate))
    private = ring.private(public.id)
    key = certificate.public_key()
    assert private is not None
    assert isinstance(key, RSAPublicKey)
    assert key.public_numbers() == private.public_key().public_numbers()
    assert 2048 <= key.key_size <= 4096
    assert len(public.id) <= 128


def test_the_files_are_for_us_alone(folder: Path, clock: Clock) -> None:
    KeyRing(folder, clock).current()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert sorted(path.suffix for path in folder.iterdir()) == ["", ".pem"]


def test_another_process_has_the_same_pair(folder: Path, clock: Clock) -> None:
    one, other = KeyRing(folder, clock), KeyRing(folder, clock)
    public = one.current()
    assert other.private(public.id) is not None
    assert other.current() == public


def test_processes_that_start_together_make_one_pair(folder: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        ids = set(pool.map(at_once, [folder] * 3, chunksize=1))
    assert {path.stem for path in folder.glob("*.pem")} == ids
    assert len(ids) == 1


def test_a_new_pair_after_90_days_and_the_old_one_still_opens(folder: Path, clock: Clock) -> None:
    ring = KeyRing(folder, clock)
    first = ring.current()
    clock.passes(days=89)
    assert ring.current() == first
    clock.passes(days=1)
    second = ring.current()
    assert second.id != first.id
    clock.passes(days=4)
    ring.current()
    assert KeyRing(folder, clock).private(first.id) is not None


def test_an_old_pair_is_dropped_when_nothing_can_be_encrypted_to_it(folder: Path, clock: Clock) -> None:
    ring = KeyRing(folder, clock)
    first = ring.current()
    clock.passes(days=90)
    second = ring.current()
    clock.passes(days=4, seconds=1)
    ring.current()
    assert ring.private(first.id) is None
    assert KeyRing(folder, clock).private(first.id) is None
    assert KeyRing(folder, clock).private(second.id) is not None


@pytest.mark.parametrize("name", ["", "x", "../" + "0" * 29, "0" * 32, "0" * 31 + "\n", "é" * 32])
def test_an_id_that_is_none_of_ours_opens_nothing(folder: Path, clock: Clock, name: str) -> None:
    ring = KeyRing(folder, clock)
    ring.current()
    assert ring.private(name) is None


def test_an_id_is_no_path(folder: Path, clock: Clock) -> None:
    elsewhere = KeyRing(folder.parent, clock).current()
    (folder.parent / f"{elsewhere.id}.pem").rename(folder.parent / "outside.pem")
    ring = KeyRing(folder, clock)
    ring.current()
    assert ring.private("../outside") is None


def test_what_a_crash_left_half_written_is_removed(folder: Path, clock: Clock) -> None:
    folder.mkdir(mode=0o755)
    (folder / f"{'b' * 32}.new").write_text("half a key")
    KeyRing(folder, clock).current()
    assert not list(folder.glob("*.new"))
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_file_that_is_no_key_is_passed_over(folder: Path, clock: Clock) -> None:
    public = KeyRing(folder, clock).current()
    (folder / f"{'a' * 32}.pem").write_text("nothing\n")
    ring = KeyRing(folder, clock)
    assert ring.private("a" * 32) is None
    assert ring.current() == public


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MailboxUnavailable) as raised:
        KeyRing(tmp_path / "file" / "graph-keys", clock).current()
    assert raised.value.reason.code == "graph.keys_folder"
