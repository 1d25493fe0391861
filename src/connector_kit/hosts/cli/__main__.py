"""Make ``python -m connector_kit.hosts.cli`` the same as the command ``connector``."""

import sys

from connector_kit.hosts.cli import main

if __name__ == "__main__":
    sys.exit(main())
