"""The command ``connector``: list, look at, validate and call connectors from a terminal or a script.

Exit codes: 0 done, 1 a bug, 2 the request needs a change, 3 manifest, 4 plugin, 5 credentials, 6 refused by policy,
7 the service said no, 8 rate limited, 9 unavailable, 10 outcome unknown, 11 contract, 12 this recipient, 13 journal,
14 done but not written down, 15 saved connections, 16 needs an answer, 130 interrupted.
"""

from connector_kit.hosts.cli.command import main
from connector_kit.hosts.cli.exit_codes import EXIT_CODES, NEEDS_ANSWER, exit_code

__all__ = ["EXIT_CODES", "NEEDS_ANSWER", "exit_code", "main"]
