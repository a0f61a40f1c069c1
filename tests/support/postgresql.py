"""A throw-away PostgreSQL cluster of our own, on a free loopback port."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

START_SECONDS = 60


class PostgresqlMissing(Exception):
    """Debian's package `postgresql` is not installed."""


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        raise PostgresqlMissing("PostgreSQL is not installed: apt-get install postgresql")
    return Path(on_path).parent


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Cluster:
    """A running cluster. names: of the databases made in it."""

    def __init__(self, home: Path, programs: Path, port: int) -> None:
        self.home, self.programs, self.port = home, programs, port
        self.names: set[str] = set()

    def run(self, program: str, *args: str) -> None:
        # PostgreSQL refuses to run as root.
        user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        done = subprocess.run(
            [*user, str(self.programs / program), *args],
            cwd=self.home,
            capture_output=True,
            timeout=START_SECONDS,
            check=False,
        )
        assert done.returncode == 0, (program, done.stderr.decode()[-800:])

    def start(self, *, durable: bool = False) -> None:
        """durable: everything is written through to the disk. A test needs none of it: the machine does not lose its
        power meanwhile, and a server that is killed loses nothing by it."""
        quick = "" if durable else " -c fsync=off -c full_page_writes=off"
        options = f"-p {self.port} -k {self.home} -h 127.0.0.1{quick}"
        self.run("pg_ctl", "-D", "data", "-l", "log", "-w", "-t", str(START_SECONDS), "-o", options, "start")

    def stop(self) -> None:
        self.run("pg_ctl", "-D", "data", "-w", "-m", "immediate", "stop")

    def url(self, name: str, like: str = "template1") -> str:
        """Of a new database: a copy of another one that nobody is connected to, else an empty one."""
        with psycopg.connect(f"postgresql://postgres@127.0.0.1:{self.port}/postgres", autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
        self.names.add(name)
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"


@contextmanager
def cluster(*, durable: bool = False) -> Iterator[Cluster]:
    """durable: see Cluster.start. Raises PostgresqlMissing."""
    programs = _programs()
    home = Path(tempfile.mkdtemp(prefix="repondeur-pg-"))
    if os.geteuid() == 0:
        shutil.chown(home, "postgres")
    running = Cluster(home, programs, _free_port())
    try:
        running.run("initdb", "-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        running.start(durable=durable)
        yield running
        running.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)
