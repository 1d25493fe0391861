"""Name the attempt that answers for something, and tell whether its process is gone, so that nobody waits for its lease."""

from __future__ import annotations

import os
import socket
import uuid

_HERE = socket.gethostname()


def new_owner() -> str:
    """Return the id of an attempt of this process, which is never used for another."""
    return f"{_HERE}:{os.getpid()}:{uuid.uuid4().hex}"


def died_here(owner: str) -> bool:
    """Tell whether an owner was a process of this machine that is gone; False where that cannot be known."""
    if os.name == "nt":
        return False  # to ask for a process with signal 0 would interrupt it there
    host, _, process = owner.rpartition(":")[0].rpartition(":")
    if host != _HERE or not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
