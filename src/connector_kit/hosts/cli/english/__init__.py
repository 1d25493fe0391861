"""``connector english``: check, explain, format and run automations in English, and look after their runs."""

from connector_kit.hosts.cli.english.command import english

__all__ = ["english"]
