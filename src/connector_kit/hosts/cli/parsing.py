"""A parser whose complaints are errors of ours."""

from __future__ import annotations

import argparse
from typing import NoReturn

from connector_kit import InputError


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are InputErrors, and never repeat a value: it could be a secret."""

    def error(self, message: str) -> NoReturn:
        """Raise what argparse would print."""
        unknown = "there is an argument that this command does not know"
        # argparse puts the value behind the second colon: "argument --limit: invalid int value: 'x'".
        text = unknown if "unrecognized" in message else ": ".join(message.split(": ")[:2])
        raise InputError(f"{text[0].upper()}{text[1:]}. See: {self.prog} --help")
