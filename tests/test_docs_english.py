"""The page of the language is true: every automation on it is run, and prints and says what the page shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from connector_kit.english import EnglishError, check
from connector_kit.english.reading.layout import MOST_LEVELS
from connector_kit.english.reading.reader import MOST_CHARACTERS, MOST_STEPS
from connector_kit.english.unsupported import UNSUPPORTED
from connector_kit.hosts.cli import NEEDS_ANSWER, main
from connector_kit.reads import READ_CAP
from english_command import connect
from english_support import twilio_manifest
from support import NOW, ROOT
from twilio_sandbox import Clock, Sandbox
from twilio_sandbox.seed import ACCOUNT_SID, seeded
from twilio_sandbox.server import serving

PAGE = (ROOT / "docs" / "reference" / "english.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```english\n(.*?)^```\n(?:```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`]+)`")
# Facts that short samples speak of.
KNOWN = 'the recipients are "a"\nthe price is 1\n'
DATE = 'convert "today" to a datetime as the start date\n'


@dataclass(frozen=True)
class Table:
    """A table, and the last automation before it in its section."""

    before: str
    header: list[str]
    rows: list[list[str]]


def tables() -> list[Table]:
    """Return the tables of the page."""
    found = []
    for section in PAGE.split("\n## "):
        for match in re.finditer(r"(?:^\|.*\n)+", section, re.MULTILINE):
            header, _, *rows = (re.split(r"\s*\|\s*", line.strip()[1:-1].strip()) for line in match[0].splitlines())
            blocks = BLOCK.findall(section[: match.start()])
            found.append(Table(blocks[-1][0] if blocks else "", header, rows))
    return found


def rows(first: str) -> list[list[str]]:
    """Return the rows of all tables that begin with a column, each with the automation before it in front."""
    return [[table.before, *row] for table in tables() if table.header[0] == first for row in table.rows]


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A folder, a clock and two saved connections to a sandbox, as the page takes them for granted."""
    monkeypatch.setattr("connector_kit.hosts.cli.english.running.now", lambda: NOW)
    with serving(seeded(Sandbox(Clock(NOW)))) as address:
        connect(monkeypatch, address)
        flags = ["--account-sid", ACCOUNT_SID, "--auth-token-env", "MY_TOKEN", "--base-url", address]
        assert main(["connect", "twilio", "--name", "Support line", *flags]) == 0
        yield tmp_path


@pytest.mark.parametrize(("text", "shown"), BLOCK.findall(PAGE))
def test_an_automation_on_the_page_runs_and_prints_what_is_shown(
    desk: Path, capsys: pytest.CaptureFixture[str], text: str, shown: str
) -> None:
    capsys.readouterr()
    file = desk / "sample.txt"
    file.write_text(text, encoding="utf-8")
    code = main(["english", "run", str(file)])
    out, err = capsys.readouterr()
    if code == 0:
        assert not shown or out == shown, out
    else:
        assert code in (2, NEEDS_ANSWER), err
        assert shown
        assert shown in err, err


@pytest.mark.parametrize(("before", "cell"), [(row[0], row[1]) for row in rows("write")])
def test_a_sentence_in_a_table_runs(desk: Path, before: str, cell: str) -> None:
    (sentence,) = CODE.findall(cell)
    file = desk / "sample.txt"
    file.write_text(f"{KNOWN}{before}{sentence}\n", encoding="utf-8")
    assert main(["english", "run", str(file)]) == 0


@pytest.mark.parametrize(("sentence", "means"), [(row[1], row[2]) for row in rows("write") if " whose " in row[1]])
def test_other_words_for_a_condition_stand_for_one(sentence: str, means: str) -> None:
    (field,) = re.findall(r"whose (body|date sent|error code|price|status)", sentence)[:1]
    value = {"date sent": "the start date", "price": "5", "error code": "5"}.get(field, '"a", "b"')
    for words in CODE.findall(means):
        if words == "whose":
            continue
        right = "" if words.endswith(("empty", "missing")) else value
        said = words if words.startswith(("is", "has", "includes")) or words in "<=>=" else f"is {words}"
        check(f"{DATE}read sms messages whose {field} {said} {right}\n", [twilio_manifest()])


@pytest.mark.parametrize(("wrong", "says", "right"), [row[1:4] for row in rows("wrong")])
def test_what_is_wrong_is_told_in_the_words_shown_and_what_is_right_is_right(wrong: str, says: str, right: str) -> None:
    with pytest.raises(EnglishError) as caught:
        check(f"{CODE.findall(wrong)[0]}\n", [twilio_manifest()])
    assert says in caught.value.found[0].message
    check(f"{CODE.findall(right)[0]}\n", [twilio_manifest()])


def test_a_sentence_in_the_prose_can_be_read() -> None:
    prose = "\n".join(
        line for line in re.sub(r"^```.*?^```", "", PAGE, flags=re.MULTILINE | re.DOTALL).split("\n") if line[:1] != "|"
    )
    sentences = [code for code in CODE.findall(prose) if re.match("(ask|get|find|add|the \\w+'s) .", code)]
    assert len(sentences) > 2
    for sentence in sentences:
        check(f"{KNOWN}get an sms message\n{sentence}\n", [twilio_manifest()])


def test_every_field_and_input_stands_with_its_other_names() -> None:
    manifest = twilio_manifest()
    shown = {CODE.findall(row[1])[0]: (row[2], row[3]) for row in rows("field")}
    fields = manifest.concepts[0].fields
    assert shown == {f.phrase: (", ".join(f.synonyms), f.type.scalar) for f in fields}
    sending = next(action for action in manifest.actions if action.mutation)
    own = {sending.idempotency_key, sending.dry_run}
    cells = " ".join(row[1] + row[2] for row in rows("input"))
    for field in sending.inputs:
        assert all(f"`the {name}`" in cells for name in (field.phrase, *field.synonyms)) or field.id in own
    assert all(f"`{word} …`" in cells for word in sending.shortcuts)


def test_the_limits_are_those_of_the_language() -> None:
    shown = {row[1]: int(row[2].partition(";")[0].replace(",", "")) for row in rows("what")}
    sending = next(action for action in twilio_manifest().actions if action.mutation)
    body = next(field for field in sending.inputs if field.id == "message_body")
    assert list(shown.values()) == [MOST_CHARACTERS, MOST_STEPS, MOST_LEVELS, READ_CAP, body.max_length]


def test_every_statement_that_is_refused_is_named() -> None:
    last = PAGE[PAGE.index("## What there is not") :]
    assert set(CODE.findall(last)) == {*UNSUPPORTED, "combine", "first", "add"}
