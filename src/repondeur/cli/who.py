"""Who has called a command, for the record of decisions."""

import os
import pwd


def who() -> dict[str, str]:
    """The operating system's name of this user. Behind sudo also of the one who called it: sudo tells it (its manual,
    "ENVIRONMENT"), and root alone could forge it."""
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container may run under a number that has no name
        user = str(os.getuid())
    caller = os.environ.get("SUDO_USER", "")
    return {"user": user, **({"sudo_user": caller[:100]} if caller else {})}
