"""Canaries for every secret, and a look at all that the program leaves behind: what it prints, logs, shows, stores, and
what others on the host can see of it (I22)."""

import base64
import json
import signal
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest

from tests.acceptance.desk import Desk, a_desk, side_by_side
from tests.acceptance.serving import serving
from tests.support.agent import Agent
from tests.support.certificates import Authority
from tests.support.eventually import eventually
from tests.support.mailserver import PASSWORD, MailServer
from tests.support.model_server import ModelServer, Request, Step, fails
from tests.support.scripted import free_port

SMTP = "canari-smtp-é\"'7301"
OPENAI = "sk-canari-openai-7302"
AZURE = "canari-azure~7303"
HOOK = "canari-hook-7304-abcdefghijklmnopqrstuvwxyz"
DATABASE = "canari-base#7305"
MISTRAL = "canari-mistral-7306"
EMBEDDINGS = "canari-vecteurs-7307"
ENCRYPTION = "canari_7308_chiffre_abcdefghijklmnopqrstuvw="
BODY = "canari-du-corps-7309"
SECRETS = (SMTP, OPENAI, AZURE, HOOK, DATABASE, MISTRAL, EMBEDDINGS, ENCRYPTION)
EVERYWHERE = {
    "SMTP_PASS": SMTP,
    "OPENAI_API_KEY": OPENAI,
    "MISTRAL_API_KEY": MISTRAL,
    "EMBEDDINGS_API_KEY": EMBEDDINGS,
    "ENCRYPTION_KEY": ENCRYPTION,
    "LOG_LEVEL": "DEBUG",
    "MAX_TRIES": "1",
}


def forms(secret: str) -> set[bytes]:
    """As it may be found in octets: plain, escaped, in a URL, in base64."""
    plain = secret.encode()
    said = {plain, secret.encode("latin-1"), quote(secret, safe="").encode(), base64.b64encode(plain).rstrip(b"=")}
    return said | {json.dumps(secret)[1:-1].encode(), repr(secret)[1:-1].encode()}


def told(place: str, octets: bytes, *secrets: str) -> list[str]:
    return [f"{secret} in {place}" for secret in secrets for form in forms(secret) if form in octets]


def echoes(request: Request) -> Step:
    """A server that says back what it was sent, as badly made proxies do."""
    return fails(401, f"Refused: {json.dumps(request.headers)}", code="invalid_api_key")


def seen_of(process: psutil.Process) -> bytes:
    """What the process list shows of it and of the programs that it has started."""
    shown: list[str] = list(process.cmdline())
    for child in process.children(recursive=True):
        shown += [*child.cmdline(), *(f"{name}={value}" for name, value in child.environ().items())]
    return "\n".join(shown).encode()


@pytest.mark.servers
async def test_a_server_that_is_refused_everywhere_keeps_its_secrets(mail_server: MailServer, tmp_path: Path) -> None:
    """Also in its pages, its store and its backup, before the eyes of others on the host, and when it crashes."""
    with ModelServer(echoes) as model:
        desk = a_desk(mail_server, tmp_path, model, **EVERYWHERE, METRICS_ALLOW="127.0.0.1", WEBHOOK_SECRET=HOOK)
        desk.deliver(desk.mail("Une question", f"Bonjour, où est {BODY} ?\n"))
        pages: dict[str, str] = {}
        async with serving(desk.agent, code=-signal.SIGABRT) as running:
            process = psutil.Process(running.process.pid)
            await eventually(lambda: held(desk))
            [entry] = await desk.listed()
            for path in ("/", "/health", "/ready", "/metrics", f"/mails/{entry['id']}", "/graph/notifications"):
                pages[path] = (await running.get(path)).text
            shown, bound = seen_of(process), process.rlimit(psutil.RLIMIT_CORE)
            ended = await running.stop(signal.SIGABRT)
    assert bound == (0, 0)
    backup = await desk.run("database", "backup", str(tmp_path / "copy.db"))
    assert backup.code == 0, backup.err
    secrets = (*SECRETS, PASSWORD)
    left = {"log": ended.err, "output": ended.out, "backup": backup.out + backup.err, **pages}
    found = [one for place, text in left.items() for one in told(place, text.encode(), *secrets)]
    found += told("process list", shown, *secrets)
    stored = written(tmp_path)
    assert {"repondeur.db", "copy.db"} <= {file.name for file in stored}
    found += [one for file, octets in stored.items() for one in told(str(file), octets, *secrets)]
    assert found == []
    assert BODY not in ended.err


def written(folder: Path) -> dict[Path, bytes]:
    return {one: one.read_bytes() for one in folder.rglob("*") if one.is_file()}


async def held(desk: Desk) -> bool:
    return "held" in (await desk.states()).values()


async def test_what_goes_wrong_is_told_without_a_secret(tmp_path: Path) -> None:
    """No mail server, no database, no vault, no sign-in; every log at DEBUG."""
    nobody, authority = free_port(), Authority(tmp_path / "ca")
    imap = {"IMAP_SERVER": "127.0.0.1", "IMAP_PORT": str(nobody), "IMAP_USER": "us@boutique.test", "IMAP_PASS": SMTP}
    graph = {
        "AZURE_CLIENT_ID": "app",
        "AZURE_TENANT_ID": "boutique.test",
        "AZURE_CLIENT_SECRET": AZURE,
        "MAILBOX_USER_ID": "us@boutique.test",
        "WEBHOOK_HOST": "hook.boutique.test",
        "WEBHOOK_SECRET": HOOK,
        "AZURE_AUTHORITY": f"https://127.0.0.1:{nobody}",
        "GRAPH_BASE_URL": f"http://127.0.0.1:{nobody}/v1.0",
    }
    base = f"postgresql://us:{quote(DATABASE, safe='')}@127.0.0.1:{nobody}/repondeur"
    vault = {"AZURE_KEY_VAULT_URL": f"https://127.0.0.1:{nobody}", "MAIL_CA_FILE": str(authority.certificate)}
    models = {"EMBEDDINGS": "openai:small", "EMBEDDINGS_BASE_URL": f"http://127.0.0.1:{nobody}/v1"}
    ways: list[tuple[dict[str, str], tuple[str, ...]]] = [
        (imap, ("once",)),
        (imap | models, ("check",)),
        (imap | {"DATABASE_URL": base}, ("once",)),
        (imap | {"DATABASE_URL": base}, ("settings", "--show-source")),
        (imap | {"DATABASE_URL": base + "?sslmode=nonsense"}, ("check",)),
        (graph, ("check",)),
        (graph | vault | {"AZURE_INSTANCE_DISCOVERY": "false"}, ("once",)),
        (imap | {"POLL_INTERVAL": MISTRAL, "LOG_LEVEL": OPENAI, "WEBHOOK_URL": f"https://x:{HOOK}@y/"}, ("once",)),
    ]
    agents = []
    for number, (settings, _) in enumerate(ways):
        home = tmp_path / str(number)
        home.mkdir()
        agents.append(Agent({"LANG": "C.UTF-8", **EVERYWHERE, "MODEL": "builtin", **settings}, home))
    ends = await side_by_side(*(agent.run("repondeur", *words) for agent, (_, words) in zip(agents, ways, strict=True)))
    found = [
        one
        for (_, words), ended in zip(ways, ends, strict=True)
        for one in told(" ".join(words), (ended.out + ended.err).encode(), *SECRETS)
    ]
    # What was put where it does not belong is a value like any other: people are shown it, to find it.
    assert [one for one in found if not one.startswith((MISTRAL, OPENAI))] == []
    assert {ended.code for ended in ends} <= {0, 1, 2}
    assert not [ended for ended in ends if "Traceback" in ended.err and "unexpected" in ended.err]


async def test_secrets_of_folders_are_used_and_told_by_their_place_alone(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "imap_pass").write_text(SMTP, "utf-8")
    home = tmp_path / "home"
    home.mkdir()
    settings = {"IMAP_SERVER": "localhost", "IMAP_USER": "us@boutique.test", "REPONDEUR_SECRETS_DIR": str(folder)}
    ended = await Agent(settings, home).run("repondeur", "settings", "--show-source")
    assert ended.code == 0, ended.err
    assert str(folder / "imap_pass") in ended.out
    assert told("settings", (ended.out + ended.err).encode(), SMTP) == []
