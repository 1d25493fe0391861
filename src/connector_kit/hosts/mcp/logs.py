"""What the server writes on standard error: what happened and of which kind, and never what was sent, read or asked for."""

from __future__ import annotations

import logging
import sys

_OURS = "connector_kit"


class _Discreet(logging.Formatter):
    """Our own records as they are; of the records of libraries only where they come from, since they may quote anything."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        ours = record.name.partition(".")[0] == _OURS
        kind = record.exc_info[0] if record.exc_info else None
        text = record.getMessage() if ours else f"in {record.module}, line {record.lineno}"
        return f"{record.levelname.lower()} {record.name}: {text}{'' if kind is None else f' ({kind.__name__})'}"


def log_to_stderr() -> None:
    """Send warnings to standard error, and nothing anywhere else."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Discreet())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
