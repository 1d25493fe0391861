"""Bearer tokens of hosts that listen on a port: which saved connections each may use, in a file that holds digests only."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from connector_kit.connections import Environment, SavedConnection, StoreError, name_key
from connector_kit.errors import InputError
from connector_kit.loading import StrictLoader
from connector_kit.manifest import ActionSpec
from connector_kit.private_files import exposed, make_file, user_folder, write_text

PREFIX = "ck_"
_BYTES = 32
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_HEADER = """\
# The tokens of hosts that listen on a port. Only digests are kept, so a lost token cannot be read here: make another one.
# Take an entry out, and its token opens nothing any more, also in a server that runs.
"""


class TokenError(StoreError):
    """The file of tokens cannot be read or written; the sentence says why and what to do."""

    code = "tokens"


class Token(BaseModel):
    """One token: what it may do, and the digest by which it is known. ``connections`` None means all of its environment."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)

    name: Annotated[str, Field(pattern=f"^{_NAME.pattern}$")]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$", repr=False)]
    environment: Environment = "production"
    connections: Annotated[tuple[str, ...], Field(min_length=1, strict=False)] | None = None
    read_only: bool = False

    def admits(self, saved: SavedConnection) -> bool:
        """Whether it may use a connection."""
        if saved.environment != self.environment:
            return False
        return self.connections is None or name_key(saved.name) in {name_key(name) for name in self.connections}

    def allows(self, action: ActionSpec) -> bool:
        """Whether it may call an action."""
        return not (self.read_only and action.mutation)


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)

    tokens: Annotated[tuple[Token, ...], Field(strict=False)] = ()


@dataclass(slots=True)
class TokenFile:
    """The tokens of a file, read anew when it was changed."""

    path: Path
    _read: tuple[object, tuple[Token, ...]] | None = field(default=None, repr=False)

    def tokens(self) -> tuple[Token, ...]:
        """Return all tokens; none where there is no file.

        Raises:
            TokenError: if the file cannot be read, others could change it, or it makes no sense.
        """
        try:
            # The file behind a link: this is how systems hand out secrets, and what is judged is the file itself.
            status = self.path.stat()
        except FileNotFoundError:
            return ()
        except OSError as exc:
            raise self._unreadable(exc.strerror) from exc
        seen = (status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size)
        if self._read is None or self._read[0] != seen:
            if fault := exposed(self.path, status, handed_out=True):
                raise TokenError(f"The file of tokens {self.path} {fault}")
            self._read = seen, self._parsed()
        return self._read[1]

    def holder(self, presented: str) -> Token | None:
        """Return the token that was presented, if it is one.

        Raises:
            TokenError: as ``tokens``.
        """
        digest = digest_of(presented)
        # All of them are compared, each in the same time, so that how long it takes tells nothing.
        found = [token for token in self.tokens() if hmac.compare_digest(token.sha256, digest)]
        return found[0] if found else None

    def add(self, token: Token) -> None:
        """Write a token down.

        Raises:
            InputError: if there is one of this name.
            TokenError: if the file cannot be read or written.
        """
        tokens = self.tokens()
        if any(other.name == token.name for other in tokens):
            raise InputError(
                f"There is a token called {token.name!r} already. Remove it first, or choose another name."
            )
        self._write([*tokens, token])

    def remove(self, name: str) -> None:
        """Take a token out.

        Raises:
            InputError: if there is none of this name.
            TokenError: if the file cannot be read or written.
        """
        tokens = self.tokens()
        left = [token for token in tokens if token.name != name]
        if len(left) == len(tokens):
            known = ", ".join(repr(token.name) for token in tokens) or "none"
            raise InputError(f"There is no token of that name. There are: {known}.")
        self._write(left)

    def _write(self, tokens: Iterable[Token]) -> None:
        document = {"tokens": [token.model_dump(mode="json", exclude_none=True) for token in tokens]}
        text = _HEADER + yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
        # A link leads to a file that somebody else hands out, and is not replaced.
        path = self.path.resolve()
        try:
            make_file(path, lambda fresh: write_text(fresh, text), replace=True)
        except OSError as exc:
            raise TokenError(f"The file of tokens {path} cannot be written ({exc.strerror}).") from exc

    def _parsed(self) -> tuple[Token, ...]:
        try:
            data = yaml.load(self.path.read_text(encoding="utf-8"), Loader=StrictLoader)  # noqa: S506 - it is a SafeLoader
            found = _File.model_validate(data or {}).tokens
        except OSError as exc:
            raise self._unreadable(exc.strerror) from exc
        except ValidationError as exc:
            error = exc.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in error["loc"])
            raise self._unreadable(f"{where}: {error['msg']}") from None
        except yaml.YAMLError as exc:
            mark = getattr(exc, "problem_mark", None)
            # Not what stands there: it may be a token that somebody pasted.
            raise self._unreadable(f"line {mark.line + 1} is not YAML" if mark else "it is not YAML") from None
        except (ValueError, RecursionError):
            raise self._unreadable("it is not YAML in UTF-8") from None
        names = [token.name for token in found]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise self._unreadable(f"two tokens are called {twice[0]!r}")
        return found

    def _unreadable(self, reason: str | None) -> TokenError:
        return TokenError(f"The file of tokens {self.path} cannot be used ({reason}). Nobody is let in until it can.")


def default_token_file() -> Path:
    """Return where tokens are kept if nobody says otherwise: in this user's configuration folder.

    Raises:
        TokenError: if this user has no home.
    """
    try:
        return user_folder("XDG_CONFIG_HOME", ".config") / "tokens.yaml"
    except RuntimeError as exc:
        raise TokenError("This user has no home folder. Name a file with --tokens.") from exc


def new_token(name: str, **scope: Any) -> tuple[str, Token]:
    """Make a random token; the first of the two is shown once and kept nowhere.

    Raises:
        InputError: for a name that cannot be one.
    """
    if not _NAME.fullmatch(name):
        raise InputError("A token's name is made of letters, digits, dots, dashes and underscores, such as zapier.")
    secret = f"{PREFIX}{secrets.token_urlsafe(_BYTES)}"
    return secret, Token(name=name, sha256=digest_of(secret), **scope)


def digest_of(presented: str) -> str:
    """Return the digest by which a token is known. A plain one is enough: tokens are random, so there is nothing to guess."""
    return sha256(presented.encode("utf-8", "surrogateescape")).hexdigest()
