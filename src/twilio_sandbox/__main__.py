"""Run a sandbox with demo data: ``python -m twilio_sandbox --port 8765``."""

from __future__ import annotations

import argparse
import threading

from twilio_sandbox.app import Sandbox
from twilio_sandbox.rules import BEFORE
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, OWN_NUMBER, seeded
from twilio_sandbox.server import serving


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m twilio_sandbox", description="A local Twilio for tests and demos.")
    parser.add_argument("--port", type=int, default=8765, help="port on 127.0.0.1 (0: a free one)")
    parser.add_argument("--messages", type=int, default=300, help="how many messages the account has at first")
    parser.add_argument("--date-reading", choices=sorted(BEFORE), default="inclusive", help="how date bounds are read")
    options = parser.parse_args()
    sandbox = seeded(Sandbox(date_reading=options.date_reading), count=options.messages)
    with serving(sandbox, options.port) as address:
        print(f"A local Twilio is at {address}", flush=True)
        print(f"  Account SID  {ACCOUNT_SID}\n  Auth Token   {AUTH_TOKEN}\n  a number     {OWN_NUMBER}")
        print(f"  state        {address}/_sandbox/state\n  requests     {address}/_sandbox/requests", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("Stopped.")


if __name__ == "__main__":
    main()
