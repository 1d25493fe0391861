"""A local Twilio for tests and demos. It shares no code with the connector, so the two can disagree, and that is the point."""

from twilio_sandbox.app import Sandbox
from twilio_sandbox.clock import Clock
from twilio_sandbox.faults import Fault
from twilio_sandbox.store import Account, Message
from twilio_sandbox.transport import SandboxTransport

__all__ = ["Account", "Clock", "Fault", "Message", "Sandbox", "SandboxTransport"]
