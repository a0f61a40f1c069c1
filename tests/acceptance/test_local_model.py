"""The program with a model of its own: a tiny one of random weights, which says nothing that makes sense."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.acceptance.desk import a_desk, with_settings
from tests.support.mailserver import MailServer
from tests.support.needs import missing

pytestmark = pytest.mark.servers
MAILS = 20


@pytest.fixture
def gguf(tiny_model: Path) -> Path:
    if find_spec("openvino_genai") is None:
        missing("openvino-genai is not installed (the extra local)")
    return tiny_model / "model-F16.gguf"


@pytest.fixture
def cut(gguf: Path, tmp_path: Path) -> Path:
    file = tmp_path / "cut.gguf"
    file.write_bytes(gguf.read_bytes()[:-1000])
    return file


async def test_every_mail_ends_where_a_person_sees_it(mail_server: MailServer, tmp_path: Path, gguf: Path) -> None:
    desk = a_desk(mail_server, tmp_path, MODEL=f"local:{gguf}")
    for number in range(MAILS):
        desk.deliver(desk.mail(f"Lampe {number}", "Où est ma lampe ?\n" * (number + 1), author=desk.customer(number)))
    ended = await desk.once()
    listed = await desk.listed()
    assert len(listed) == MAILS
    assert {one["state"] for one in listed} <= {"held", "drafted", "ignored", "filed"}, ended.out
    shown = await desk.shown(listed[0]["id"])
    assert "local:model-F16" in str(shown)
    assert desk.left() == []


async def test_a_model_file_that_was_cut_off_is_named_at_the_start(
    mail_server: MailServer, tmp_path: Path, cut: Path
) -> None:
    desk = with_settings(a_desk(mail_server, tmp_path), MODEL=f"local:{cut}")
    ended = await desk.run("once")
    assert ended.code == 2, ended.out
    assert "shorter than its header says" in ended.err
