"""Passages that mean what is asked, beside those that say it."""

import asyncio
import os
import threading
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from tests.support.analysing import mail, passage
from tests.support.embedding_server import EmbeddingServer
from tests.support.eventually import eventually
from tests.support.needs import missing

from repondeur.engines.embedding import LocalEmbedder, RemoteEmbedder, embedder, read_vectors
from repondeur.errors import EngineAnswerInvalid, EngineUnavailable, SettingsError
from repondeur.knowledge.index import Index
from repondeur.knowledge.meaning import Vectors, digest, load
from repondeur.pipeline.meaning import Meaning
from repondeur.pipeline.understand import found_passages
from repondeur.settings.schema import Settings

GROUPS = ("pony saddle stable", "ferry harbour sail")
RIDE = passage("ride", "Rides", "The stable lends a saddle.")
BOAT = passage("boat", "Boats", "The harbour is open when ships sail.")
ASKED = mail("Where is the pony kept?", "Hello")


@pytest.fixture
def server():
    with EmbeddingServer(*GROUPS, key="k-1") as running:
        yield running


@pytest.fixture
async def meaning(server, tmp_path):
    found = Meaning(RemoteEmbedder(server.base_url, "small", "k-1"), tmp_path / "e" / "v.npz", sensitive_stays=False)
    yield found
    await found.close()


async def made(meaning, index, message=ASKED):
    """What is near once the vectors of the passages are there."""
    return await eventually(lambda: meaning.near(message, index))


async def test_a_passage_without_a_word_of_the_question_is_found_by_its_meaning(meaning):
    index = Index([BOAT, RIDE])
    assert RIDE not in found_passages(ASKED, index, None)
    near = await made(meaning, index)
    assert found_passages(ASKED, index, None, near)[0] == RIDE
    why = index.search("Where is the pony kept?", 1, "en", near=near)[0].why
    assert [match.how for match in why] == ["meaning"]


async def test_a_text_is_asked_for_once_and_kept_in_a_file(meaning, server, tmp_path):
    await made(meaning, Index([BOAT, RIDE]))
    texts = [text for batch in server.asked for text in batch]
    assert sum("stable" in text for text in texts) == 1
    assert len(load(tmp_path / "e" / "v.npz")) == 2
    again = Meaning(RemoteEmbedder(server.base_url, "small", "k-1"), tmp_path / "e" / "v.npz", sensitive_stays=False)
    try:
        await made(again, Index([BOAT, RIDE]))
    finally:
        await again.close()
    assert sum("stable" in text for batch in server.asked for text in batch) == 1


async def test_the_first_mail_does_not_wait_for_the_vectors(meaning):
    assert await meaning.near(ASKED, Index([BOAT, RIDE])) == {}


async def test_a_passage_that_comes_later_is_made_later(meaning):
    await made(meaning, Index([BOAT]))
    index = Index([BOAT, RIDE])
    await eventually(lambda: has_ride(meaning, index))


async def has_ride(meaning, index):
    return RIDE.id in await meaning.near(ASKED, index)


async def test_what_is_internal_is_shown_to_no_model(meaning, server):
    secret = replace(passage("margin", "Margins", "A saddle costs us forty."), visibility="internal")
    near = await made(meaning, Index([BOAT, RIDE, secret]))
    assert near.keys() == {BOAT.id, RIDE.id}
    assert "forty" not in str(server.asked)


async def test_a_command_waits_until_all_is_there(meaning, server):
    index = Index([BOAT, RIDE])
    assert await meaning.ready(index) is None
    assert found_passages(ASKED, index, None, await meaning.near(ASKED, index))[0] == RIDE


@pytest.mark.parametrize(
    ("server", "seconds", "code"),
    [({"status": 503}, 5, "refused"), ({"pause": threading.Event()}, 0.1, "slow")],
)
async def test_a_command_that_waits_is_told_what_is_wrong(tmp_path, server, seconds, code):
    with EmbeddingServer(*GROUPS, **server) as running:
        found = Meaning(RemoteEmbedder(running.base_url, "small"), tmp_path / "v.npz", sensitive_stays=False)
        index = Index([BOAT, RIDE])
        problem = await found.ready(index, seconds)
        assert problem is not None
        assert problem.code == f"embeddings.{code}"
        assert await found.near(ASKED, index) == {}
        await found.close()


async def test_what_was_made_before_time_was_up_is_kept(tmp_path):
    many = [passage(str(n), "Rides", f"Stable {n} lends a saddle.") for n in range(40)]
    second = threading.Event()

    class Slow(EmbeddingServer):
        def answer_to(self, *asked):
            if len(self.asked) == 2:  # the first passages have come, the others never do
                second.wait(60)
            return super().answer_to(*asked)

    with Slow(*GROUPS) as running:
        found = Meaning(RemoteEmbedder(running.base_url, "small"), tmp_path / "v.npz", sensitive_stays=False)
        problem = await found.ready(Index(many), 0.5)
        await found.close()
        second.set()
    assert problem is not None
    assert problem.code == "embeddings.not_all"
    assert 0 < len(load(tmp_path / "v.npz")) < len(many)


async def test_vectors_of_texts_that_are_gone_do_not_pile_up(server, tmp_path):
    file = tmp_path / "v.npz"
    Vectors().with_more([str(n) * 64 for n in range(6)], [[1.0, 0.0, 0.0]] * 6).save(file)
    found = Meaning(RemoteEmbedder(server.base_url, "small", "k-1"), file, sensitive_stays=False)
    await found.ready(Index([BOAT, RIDE]))
    await found.close()
    assert (len(load(file)), load(file).missing([BOAT, RIDE])) == (2, [])


async def test_a_server_is_asked_without_what_names_people(server, tmp_path):
    index = Index([BOAT, RIDE])
    private = mail("Where is the pony of order 774120 kept? Call 020 7946 0958.\n\nRegards,\nAnn Blake", "Order 774120")
    found = Meaning(
        RemoteEmbedder(server.base_url, "small", "k-1"), tmp_path / "v.npz", sensitive_stays=False, hides=True
    )
    try:
        near = await made(found, index, private)
        assert max(near, key=near.__getitem__) == RIDE.id
    finally:
        await found.close()
    told = "\n".join(text for batch in server.asked for text in batch)
    assert [one for one in ("774120", "7946", "Blake", "Ann") if one in told] == []


async def test_sensitive_mail_is_asked_of_no_server_elsewhere(server, tmp_path):
    class Elsewhere(RemoteEmbedder):
        local = False

    index, private = Index([BOAT, RIDE]), mail("My IBAN is FR76 3000 6000 0112 3456 7890 189. Where is the pony kept?")
    found = Meaning(Elsewhere(server.base_url, "small", "k-1"), tmp_path / "v.npz", sensitive_stays=True)
    try:
        await made(found, index)
        asked = len(server.asked)
        assert await found.near(private, index) == {}
        assert len(server.asked) == asked
    finally:
        await found.close()


@pytest.mark.parametrize(
    ("server", "code", "error"),
    [
        ({"key": "other"}, "refused", EngineUnavailable),
        ({"answer": b"<html>"}, "invalid", EngineAnswerInvalid),
        ({"answer": b'{"data": [{"index": 0, "embedding": [NaN]}]}'}, "invalid", EngineAnswerInvalid),
        ({"answer": b'{"data": []}'}, "invalid", EngineAnswerInvalid),
        ({"answer": b'{"data": [{"index": 0, "embedding": []}]}'}, "invalid", EngineAnswerInvalid),
        ({"answer": b" " * 3_000_000}, "unreachable", EngineUnavailable),
        ({"status": 503}, "refused", EngineUnavailable),
        ({"pause": threading.Event()}, "slow", EngineUnavailable),
    ],
)
async def test_a_server_that_fails_is_named(server, code, error):
    with EmbeddingServer(*GROUPS, **server) as running:
        asking = RemoteEmbedder(running.base_url, "small", "k-1")
        with pytest.raises(error) as caught:
            await asking.embed(["a pony"], 0.2 if code == "slow" else 5)
        await asking.close()
    assert caught.value.reason.code == f"embeddings.{code}"
    assert caught.value.hint("fr")
    assert "pony" not in str(caught.value)


async def test_without_a_server_the_search_goes_on_by_words(tmp_path):
    found = Meaning(RemoteEmbedder("http://127.0.0.1:9/v1", "small"), tmp_path / "v.npz", sensitive_stays=False)
    index = Index([BOAT, RIDE])
    assert await found.near(ASKED, index) == {}
    await asyncio.sleep(0)
    assert await found.near(ASKED, index) == {}
    await found.close()


def test_vectors_of_another_length_or_a_broken_file_are_made_anew(tmp_path):
    vectors = Vectors().with_more([digest(RIDE)], [[1.0, 0.0]])
    assert vectors.with_more([digest(BOAT)], [[1.0, 0.0, 0.0]]).missing([RIDE, BOAT]) == [RIDE]
    (tmp_path / "v.npz").write_bytes(b"PK no vectors")
    assert len(load(tmp_path / "v.npz")) == 0
    vectors.save(tmp_path / "v.npz")
    assert load(tmp_path / "v.npz").missing([RIDE]) == []


def test_texts_are_told_apart_by_the_order_they_are_numbered_in():
    raw = b'{"data": [{"index": 1, "embedding": [2]}, {"index": 0, "embedding": [1]}]}'
    assert read_vectors(raw, 2) == [[1.0], [2.0]]
    assert read_vectors(raw, 3) is None


@pytest.mark.parametrize(
    ("name", "code"),
    [("small", "unknown"), ("azure:small", "unknown"), ("openai:", "unknown"), ("local:x", "no_model")],
)
def test_settings_that_name_no_model(name, code):
    with pytest.raises(SettingsError) as caught:
        embedder(Settings(embeddings=name))
    assert caught.value.reason.code == f"embeddings.{code}"


async def test_the_key_of_one_server_goes_to_no_other():
    with EmbeddingServer(*GROUPS, key="k-1") as server:
        asking = embedder(
            Settings(embeddings="openai:small", embeddings_base_url=server.base_url, openai_api_key="k-1")
        )
        with pytest.raises(EngineUnavailable):
            await asking.embed(["a pony"], 5)
        await asking.close()
    assert embedder(Settings()) is None


def needs_openvino() -> None:
    if find_spec("openvino_genai") is None:
        missing("openvino-genai is not installed (pip install 'repondeur[local]')")


async def test_a_broken_model_on_disk_is_no_reason_to_stop(tmp_path):
    needs_openvino()
    (tmp_path / "openvino_model.xml").write_text("<net/>")
    with pytest.raises(EngineUnavailable):
        await LocalEmbedder(tmp_path).embed(["a pony"], 30)


def opened_by_a_reader(pipe: Path) -> int | None:
    """The end to write to, once somebody waits at the other."""
    try:
        return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return None


async def test_a_model_that_takes_its_time_to_load_is_loaded_by_one_question_only(tmp_path):
    needs_openvino()
    (tmp_path / "openvino_model.xml").write_text("<net/>")
    (tmp_path / "1_Pooling").mkdir()
    os.mkfifo(pooling := tmp_path / "1_Pooling" / "config.json")
    local = LocalEmbedder(tmp_path)
    with pytest.raises(EngineUnavailable) as slow:
        await local.embed(["a pony"], 0.05)
    assert slow.value.reason.code == "embeddings.slow"
    loading = await eventually(lambda: opened_by_a_reader(pooling))
    try:
        pooling.unlink()
        with pytest.raises(EngineUnavailable) as behind:  # which would be done with it, this model being none
            await local.embed(["a ferry"], 0.5)
        assert behind.value.reason.code == "embeddings.slow"
    finally:
        os.close(loading)
    with pytest.raises(EngineUnavailable) as broken:
        await local.embed(["a sail"], 60)
    assert broken.value.reason.code == "embeddings.unreachable"
