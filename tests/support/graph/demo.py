"""`make graph-demo`: the program works a Microsoft 365 mailbox that needs no tenant.

The stand-in for Entra ID and Graph runs in this process, the program in a child, with the settings that a real tenant
would want; sample mail comes in, and a line for each says what the mailbox then shows.
"""

import argparse
import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from pathlib import Path

from repondeur.mailboxes.demo.server import arriving
from repondeur.mailboxes.demo.shop import agent, knowledge, samples
from tests.support.graph.box import Box
from tests.support.graph.items import Item
from tests.support.graph.server import GraphServer

STARTING = 60.0
"""Seconds that the program has to start and to subscribe."""
HANDLING = 30.0
"""Seconds that one mail may take."""
ENDING = 40.0
CATEGORY = "Répondeur"
SUBJECT_WIDTH = 46


@dataclass(frozen=True)
class Program:
    """environ: its settings. home: where it runs and keeps its data and its log."""

    environ: dict[str, str]
    home: Path

    def run(self, *words: str) -> None:
        """To its end; what it says is shown when it fails."""
        done = subprocess.run(self._command(*words), env=self.environ, cwd=self.home, capture_output=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr.decode() or done.stdout.decode())

    @contextmanager
    def serving(self, port: int) -> Iterator[subprocess.Popen[bytes]]:
        """`repondeur serve` as a child, told to end when the block does. Signals of the terminal do not reach it."""
        with (self.home / "serve.log").open("wb") as log:
            child = subprocess.Popen(
                self._command("serve", "--port", str(port)), env=self.environ, cwd=self.home, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
            try:
                yield child
            finally:
                child.send_signal(signal.SIGTERM)
                try:
                    child.wait(ENDING)
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()

    def log_tail(self) -> str:
        return (self.home / "serve.log").read_text(errors="replace")[-3000:]

    @staticmethod
    def _command(*words: str) -> list[str]:
        return [sys.executable, "-m", "repondeur", *words]


def settings(graph: GraphServer, address: str, port: int, home: Path) -> dict[str, str]:
    """The environment of the program: what an administrator would set, and where the stand-in is."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL", "PYTHONPATH") if name in os.environ}
    return kept | {
        "MAILBOX_USER_ID": address,
        "FROM_NAME": agent().name,
        "AZURE_TENANT_ID": graph.tenant,
        "AZURE_CLIENT_ID": graph.client_id,
        "AZURE_CLIENT_SECRET": graph.client_secret,
        "AZURE_AUTHORITY": graph.authority,
        "AZURE_INSTANCE_DISCOVERY": "false",
        "GRAPH_BASE_URL": graph.base_url,
        "MAIL_CA_FILE": str(graph.ca_file),
        "WEBHOOK_URL": f"http://127.0.0.1:{port}/graph/notifications",
        "WEBHOOK_SECRET": secrets.token_urlsafe(32),
        "REPLY": "strict",
        "MODEL": "builtin",
        "REPONDEUR_DATA_DIR": str(home / "data"),
        "LOG_FORMAT": "json",
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="make graph-demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end when all sample mail is handled")
    parser.add_argument("--port", type=int, default=8000, help="of the web page; another free one where it is taken")
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt), tempfile.TemporaryDirectory(prefix="repondeur-graph-demo-") as folder:
        return _run(Path(folder), _free_port(options.port), once=options.once)
    return 0


def _run(home: Path, port: int, *, once: bool) -> int:
    with GraphServer(home) as graph:
        box = graph.mailbox(agent().address)
        program = Program(settings(graph, box.address, port, home), home)
        _say(f"Entra ID and Microsoft Graph, played by this process: {graph.authority}")
        _say(f"The mailbox: {box.address}. The program gets these settings:")
        for name, value in program.environ.items():
            if name.startswith(("MAILBOX_", "AZURE_", "GRAPH_", "MAIL_CA", "WEBHOOK_")):
                _say(f"  {name}={'…' if 'SECRET' in name else value}")
        _teach(program)
        with program.serving(port) as child:
            return _show(graph, box, program, child, f"http://127.0.0.1:{port}", once=once)


def _show(
    graph: GraphServer, box: Box, program: Program, child: subprocess.Popen[bytes], page: str, *, once: bool
) -> int:
    if not _until(lambda: graph.subscriptions, child, STARTING):
        _say("The program did not subscribe. It says:\n" + program.log_tail())
        return 1
    _say(f"It has signed in and subscribed to new mail. Its page: {page}\n")
    ends: Counter[str] = Counter()
    for name, raw in samples():
        message_id = box.deliver(arriving(raw, datetime.now().astimezone()))
        _until(lambda: _ours(box.message(message_id)), child, HANDLING)  # noqa: B023 - asked before the next turn
        item = box.message(message_id)
        ends[_end(item)] += 1
        subject = f"{item.subject[:SUBJECT_WIDTH]:<{SUBJECT_WIDTH}}"
        _say(f"{name[:2]}  {_end(item):<10} {subject}  {_done(box, message_id)}")
    _say(f"\n{ends.total()} mails: " + ", ".join(f"{end} {count}" for end, count in sorted(ends.items())))
    _say(f"{len(graph.requests)} requests to Graph, at most {graph.most_at_once[box.address]} at once; "
         f"{len(graph.notices.posted)} posts to the hook; {len(box.outbound)} mails left.")  # fmt: skip
    if once:
        return 1 if ends["not yet"] else 0
    _say(f"\nThe page stays at {page} until Ctrl-C.")
    child.wait()
    _say("The program has ended. It says:\n" + program.log_tail())
    return 1


def _done(box: Box, message_id: str) -> str:
    """What the mailbox shows of it."""
    item = box.message(message_id)
    own = item.facts["internetMessageId"]
    to = [", ".join(mail.recipients) for mail in box.outbound if _answers(mail.raw, own)]
    shown = [f"answered to {one}" for one in to]
    shown += ["draft in the thread"] * sum(_answers(draft.raw, own) for draft in box.drafts)
    shown += [f"in {item.folder.name}"] if item.folder.label != "inbox" else []
    shown += ["flagged"] if item.flag["flagStatus"] == "flagged" else []
    return ", ".join([*shown, "read" if item.is_read else "unread"])


def _answers(raw: bytes, message_id: str) -> bool:
    return bool(message_id) and str(message_from_bytes(raw).get("In-Reply-To", "")).strip() == message_id


def _ours(item: Item) -> bool:
    return any(name.startswith(CATEGORY) for name in item.categories)


def _end(item: Item) -> str:
    """The last word of the category that the program has set."""
    return next((name.partition(":")[2].strip() for name in item.categories if name.startswith(CATEGORY)), "not yet")


def _teach(program: Program) -> None:
    """Puts what the shop knows on the shelf."""
    folder = program.home / "knowledge"
    folder.mkdir()
    for entry in knowledge():
        (folder / entry.name).write_bytes(entry.read_bytes())
    program.run("knowledge", "add", str(folder))


def _until(look: Callable[[], object], child: subprocess.Popen[bytes], seconds: float) -> bool:
    """Whether it came true in time, while the program lives."""
    deadline = time.monotonic() + seconds
    while not look():
        if child.poll() is not None or time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _free_port(wanted: int) -> int:
    for port in (wanted, 0):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)) as listener:
            taken: int = listener.getsockname()[1]
            return taken
    raise SystemExit("No port is free on 127.0.0.1.")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
