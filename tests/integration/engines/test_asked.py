"""What an analysis tells of the question: exactly what was sent, and which model answered."""

import hashlib
import json
from pathlib import Path

import pytest
from tests.support.analysing import context, mail
from tests.support.model_server import ModelServer, Request, Step, answers, fails, says

from repondeur.engines.compatible import CompatibleEngine
from repondeur.engines.process import process_email
from repondeur.engines.runtimes.digest import model_digest
from repondeur.errors import SettingsError
from repondeur.policy.analysis import Asked


async def asked(server: ModelServer) -> Asked:
    engine = CompatibleEngine(base_url=server.base_url, model="test-model", timeout=20, retry_pause=0)
    try:
        found = (await process_email(mail("Where is order 77120? é"), context(), engine)).asked
    finally:
        await engine.close()
    assert found is not None
    return found


def answered_by(model: object, fingerprint: object) -> Step:
    completion = json.loads(answers().body) | {"model": model, "system_fingerprint": fingerprint}
    return Step(json.dumps(completion).encode())


def as_sent(server: ModelServer) -> str:
    """The digest of the messages of the last request, as they came over the wire."""
    messages = server.requests[-1].body["messages"]
    return hashlib.sha256(json.dumps(messages, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@pytest.mark.parametrize("script", [[answers()], [says("No JSON."), answers()], [fails(500, "later"), answers()]])
async def test_the_prompt_is_that_of_the_request_that_was_answered(script: list[Step]) -> None:
    with ModelServer(script) as server:
        found = await asked(server)
    assert len(server.requests) == len(script)
    assert found.prompt == as_sent(server)
    assert (found.model, found.model_digest, found.fingerprint) == ("test-model", "", "")


async def test_a_server_without_a_system_role_was_sent_something_else() -> None:
    def no_system(request: Request) -> Step:
        roles = [said["role"] for said in request.body["messages"]]
        return fails(400, "Conversation roles must alternate user/assistant") if "system" in roles else answers()

    with ModelServer(no_system) as server:
        found = await asked(server)
    assert [one["role"] for one in server.requests[-1].body["messages"]] == ["user"]
    assert found.prompt == as_sent(server)


async def test_the_model_is_what_the_server_says_it_was() -> None:
    told = answered_by("gpt-9-2026-11-01\n" + "x" * 500, "fp_44709d6fcb")
    with ModelServer([told]) as server:
        found = await asked(server)
    assert found.model.startswith("gpt-9-2026-11-01x")
    assert len(found.model) == 200
    assert found.fingerprint == "fp_44709d6fcb"


@pytest.mark.parametrize("nonsense", [None, 7, ["a"], {"a": 1}])
async def test_a_server_that_does_not_say_it_is_taken_for_what_was_asked(nonsense: object) -> None:
    with ModelServer([answered_by(nonsense, nonsense)]) as server:
        found = await asked(server)
    assert (found.model, found.fingerprint) == ("test-model", "")


def test_a_model_file_is_told_by_its_octets(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"one")
    assert model_digest(file) == hashlib.sha256(b"one").hexdigest()
    file.write_bytes(b"two!")
    assert model_digest(file) == hashlib.sha256(b"two!").hexdigest()
    with pytest.raises(SettingsError, match="missing"):
        model_digest(tmp_path / "missing")


def test_a_model_folder_is_told_by_all_of_its_files(tmp_path: Path) -> None:
    def folder(name: str, *, weights: bytes = b"w", file: str = "model.safetensors") -> str:
        (tmp_path / name / "sub").mkdir(parents=True)
        (tmp_path / name / file).write_bytes(weights)
        (tmp_path / name / "sub" / "config.json").write_bytes(b"{}")
        (tmp_path / name / ".cache").write_bytes(name.encode())
        return model_digest(tmp_path / name)

    first = folder("first")
    assert folder("copy") == first
    assert folder("other", weights=b"v") != first
    assert folder("renamed", file="other.safetensors") != first
