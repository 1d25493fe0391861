"""Seal the secrets of a connection so that they open only with its key and only beside the values they were saved with."""

from __future__ import annotations

import json
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr

from connector_kit.connections import SavedConnection, Secrets
from connector_kit.connections.keys import Key

_VERSION = b"\x01"
_NONCE = 12  # random bytes for each sealing, as AES-GCM needs them


class BrokenSealError(Exception):
    """The sealed bytes, or the values they are bound to, are not what was sealed with this key."""


def bound_to(saved: SavedConnection) -> bytes:
    """Return what the secrets of a connection are bound to: whatever decides where they would be sent."""
    parts = (saved.id, saved.connector, saved.method, saved.environment, saved.name, dict(saved.public), saved.base_url)
    return json.dumps(["v1", *parts], sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def seal(key: Key, bound: bytes, secrets: Secrets) -> bytes:
    """Return a version byte, a nonce and the encrypted JSON of the secrets. No plain text is kept in a variable."""
    nonce = os.urandom(_NONCE)
    return _VERSION + nonce + AESGCM(key.raw).encrypt(nonce, _plain(secrets), bound)


def unseal(key: Key, bound: bytes, blob: bytes) -> Secrets:
    """Return the secrets.

    Raises:
        BrokenSealError: if a single bit of the blob or of what it is bound to has changed.
    """
    version, nonce, sealed = blob[:1], blob[1 : 1 + _NONCE], blob[1 + _NONCE :]
    if version != _VERSION:
        raise BrokenSealError
    try:
        return {
            name: SecretStr(value) for name, value in json.loads(AESGCM(key.raw).decrypt(nonce, sealed, bound)).items()
        }
    except (InvalidTag, ValueError):
        # Nothing of the cause: a traceback would show what it held.
        raise BrokenSealError from None


def _plain(secrets: Secrets) -> bytes:
    return json.dumps({name: value.get_secret_value() for name, value in secrets.items()}).encode("ascii")
