"""Who else on this host may read the files that secrets stand in."""

import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from repondeur.mailboxes.base import Finding
from repondeur.texts import Reason

WHAT = "check.secrets"
# What is mounted for one container or one service is open to whatever runs there.
MOUNTS = ("/run/secrets", "/var/run/secrets", "/run/credentials")


def check_secrets(files: Iterable[Path]) -> Iterator[Finding]:
    """files: as in Loaded. One finding for each file that everybody may read; one that all is well, where there are
    any."""
    own = sorted(path.absolute() for path in files if not str(path).startswith(MOUNTS))
    open_to_all = [path for path in own if _is_open(path)]
    for path in open_to_all:
        yield Finding(WHAT, "warning", Reason("check.secret_file_open", {"path": str(path)}))
    if own and not open_to_all:
        yield Finding(WHAT, "ok", Reason("check.secret_files_closed", {"count": len(own)}))


def _is_open(path: Path) -> bool:
    """Whether every user may read it: its own mode says so, and no folder above is closed to them."""
    try:
        path = path.resolve()
        return bool(path.stat().st_mode & stat.S_IROTH) and all(
            folder.stat().st_mode & stat.S_IXOTH for folder in path.parents
        )
    except OSError:  # gone since it was read, or above it a folder that we may not look into: nor may others
        return False
