"""Write an automation in one style: two blanks for each block, straight quotes, words of the language in lower case, comments kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from lark import Token

from connector_kit.english.reading.reader import tokens
from connector_kit.english.reading.tokens import decoded, spaced

_INDENT = "  "
_COMMENT = re.compile(r"#[^\n]*")
_TAB = 4
_AS_WRITTEN = frozenset({"WORD", "NUMBER"})
_NO_BLANK_BEFORE = frozenset({"COMMA", "POSS"})


@dataclass(slots=True)
class _Written:
    """The lines so far. ``widths`` are the indentations of the open blocks as they were typed."""

    lines: list[str] = field(default_factory=list)
    parts: list[Token] = field(default_factory=list)
    widths: list[int] = field(default_factory=lambda: [0])
    level: int = 0


def format_text(text: str) -> str:
    """Return the automation in the one style; what it means stays the same, and so does a text that has the style already.

    Raises:
        EnglishError: if it cannot be read.
    """
    written = _Written()
    found = tokens(text)
    for n, token in enumerate(found):
        if token.type == "_NL":
            _end_line(written, token, found, n + 1)
        elif token.type == "_INDENT":
            written.widths.append(_width(token))
            written.level += 1
        elif token.type == "_DEDENT":
            written.widths.pop()
            written.level -= 1
        else:
            written.parts.append(token)
    return "\n".join(written.lines).strip("\n") + "\n" if any(written.lines) else ""


def _end_line(written: _Written, token: Token, found: Sequence[Token], following: int) -> None:
    """Write the line that ends here, with its comment, and the comments and empty lines behind it."""
    first, *others = token.split("\n")[:-1]
    comment = _COMMENT.search(first)
    tail = "" if comment is None else comment[0].rstrip()
    if written.parts:
        line = _INDENT * written.level + _line(written.parts)
        written.lines.append(f"{line}  {tail}" if tail else line)
        written.parts.clear()
    elif tail:
        others.insert(0, first)
    widths, level = _open_blocks(written, found, following)
    for other in others:
        _comment_line(written, other, widths, level)


def _open_blocks(written: _Written, found: Sequence[Token], following: int) -> tuple[list[int], int]:
    """Return the blocks in which a comment behind this line may stand, and the level of the next step."""
    widths, level = list(written.widths), written.level
    while following < len(found) and (token := found[following]).type in ("_INDENT", "_DEDENT"):
        if token.type == "_INDENT":
            widths.append(_width(token))
        level += 1 if token.type == "_INDENT" else -1
        following += 1
    return widths, level


def _comment_line(written: _Written, source: str, widths: Sequence[int], level: int) -> None:
    """Write an empty line, or a comment at the block at which it was typed: never further left than the next step."""
    comment = source.strip(" \t\r\u00a0")
    if not comment:
        if written.lines and written.lines[-1]:
            written.lines.append("")
        return
    blanks = source[: len(source) - len(source.lstrip(" \t\u00a0"))]
    width = len(blanks) + blanks.count("\t") * (_TAB - 1)
    typed = sum(1 for each in widths if each <= width) - 1
    written.lines.append(_INDENT * max(level, typed) + comment)


def _width(token: Token) -> int:
    return len(token) + token.count("\t") * (_TAB - 1)


def _line(parts: Sequence[Token]) -> str:
    text = ""
    for n, token in enumerate(parts):
        if token.type == "COLON":
            continue
        spelled = _spelled(token, first=n == 0)
        text += spelled if not text or token.type in _NO_BLANK_BEFORE else f" {spelled}"
    return text


def _spelled(token: Token, *, first: bool) -> str:
    if token.type == "STRING":
        return quoted(decoded(token[1:-1]))
    if token.type == "POSS":
        return token.replace("\u2019", "'").lower()
    if token.type in _AS_WRITTEN and not first:
        return str(token)
    return spaced(token).lower()


def quoted(text: str) -> str:
    """Return a text between straight quotes, as an automation holds it."""
    inner = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{inner}"'
