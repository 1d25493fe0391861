"""What the command says of the text of an automation: whether it can run, what it would do, and how it is written."""

from __future__ import annotations

import io
import json
import resource
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from connector_kit.hosts.cli import NEEDS_ANSWER
from english_command import FIRST, MANY, SEND, English
from english_support import SHARED_CASES, cases, outcome
from twilio_sandbox.seed import OWN_NUMBER

ASKING = f"""\
send an SMS message where
  the sender number is "{OWN_NUMBER}"
  the message body is "Hi"
ask "Is it fine?"
  the choices are "yes", "no"
say the above
"""


def test_check_says_that_it_can_run_and_what_it_asks_while_it_runs(english: English) -> None:
    file = english.file('ask "Is it fine?"\n  the choices are "yes", "no"\nsay the above\n')
    assert english("check", file) == (
        0,
        "automation.txt can run.\nWhile it runs it asks: Is it fine? (yes, no)\n",
        "",
    )


def test_check_points_at_what_is_wrong_and_says_what_to_write(english: English) -> None:
    code, out, err = english("check", english.file('say "fine"\nsend a sms mesage to "+1"\n'))
    assert (code, out) == (2, "")
    assert err.startswith("line 2, column 1: I don't know how to send a sms mesage. Did you mean: send an SMS message")
    assert '\n  send a sms mesage to "+1"\n  ^^^^\n' in err


def test_check_lists_every_open_question_and_how_to_answer(english: English) -> None:
    code, out, err = english("check", english.file("send an SMS message\nsay the total\n"))
    assert code == NEEDS_ANSWER
    assert out.startswith("automation.txt can run once this is answered:\nline 1, column 1: Please provide the sender")
    assert "line 2, column 5: Please provide the total.\n  say the total\n      ^" in out
    assert '  sender number: "..."\n  recipient number: "..."\n  message body: "..."\n  total: "..."\n' in err


def test_check_reads_standard_input(english: English, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO('\ufeffsay "é"\r\n'.encode())))
    assert english("check", "-")[:2] == (0, "standard input can run.\n")


def test_check_prints_one_object_in_canonical_form(english: English) -> None:
    assert english.json("check", english.file('say "a"\n')) == (0, {"program": [{"say": "a"}]})
    code, document = english.json("check", english.file("say the total\nsay the sum\n"))
    assert (code, list(document)) == (NEEDS_ANSWER, ["question"])
    asked = {name: document["question"][name] for name in ("about", "line", "column", "text", "choices")}
    assert asked == {"about": "total", "line": 1, "column": 5, "text": "Please provide the total.", "choices": []}
    assert [each["about"] for each in document["question"]["following"]] == ["sum"]
    code, document = english.json("check", english.file("say hello\n"))
    assert (code, document) == (
        2,
        {
            "error": {
                "kind": "unquoted_text",
                "line": 1,
                "column": 5,
                "message": 'Put quotes around text: "hello", or write the hello if it is the name of something.',
                "suggestions": ['"hello"', "the hello"],
            }
        },
    )


@pytest.mark.skipif(not SHARED_CASES.exists(), reason="the shared cases are kept outside of this repository")
@pytest.mark.may_skip
def test_check_says_of_every_shared_case_what_checking_says(english: English) -> None:
    found = [case["program"] for case in cases(SHARED_CASES)]
    for program in found:
        said = english.json("check", english.file(program))[1]
        said.get("question", {}).pop("following", None)
        assert said == json.loads(json.dumps(outcome(program)))
    assert len(found) > 40


def test_explain_says_what_is_done_with_which_connection_and_how_often(english: English) -> None:
    code, out, _ = english("explain", english.file(MANY))
    assert code == 0
    assert "4.1: Send" not in out
    assert "3: For each recipient of the recipients (at most 2):\n3.1: Send an SMS message:" in out
    assert 'With the default connection, "main", of Twilio.\n' in out
    assert out.endswith("In all, Send an SMS message: at most 2 times.\n")
    assert english.sandbox.requests == []


def test_explain_begins_with_what_will_be_asked(english: English) -> None:
    file = english.file(ASKING)
    assert english("explain", file)[1].startswith("First it asks: Please provide the recipient number.")
    _, document = english.json("explain", file)
    assert document["explain"][-1] == "In all, Send an SMS message: at most once."
    assert [question["about"] for question in document["questions"]] == ["recipient number"]


def test_explain_refuses_a_connection_that_is_not_there(english: English) -> None:
    code, _, err = english("explain", english.file(MANY), "--connection", "Acme")
    assert (code, "There are: 'main'" in err) == (2, True)


UNTIDY = "IF 1 < 2 then:  # sure\n\tSay “yes”.\n"
TIDY = 'if 1 < 2 then  # sure\n  say "yes"\n'


def test_format_prints_the_style_and_says_whether_a_file_has_it(english: English) -> None:
    file = english.file(UNTIDY)
    assert english("format", file) == (0, TIDY, "")
    assert english("format", file, "--check") == (2, "", "automation.txt does not have the style. Use --write.\n")
    assert english.json("format", file) == (0, {"changed": True, "text": TIDY})
    assert Path(file).read_text(encoding="utf-8") == UNTIDY
    assert english("format", english.file(TIDY), "--check") == (0, "", "automation.txt has the style already.\n")


def test_format_writes_a_file_back_whole_with_its_mode_and_line_ends(english: English) -> None:
    file = Path(english.file(UNTIDY.replace("\n", "\r\n")))
    file.chmod(0o640)
    link = file.with_name("link.txt")
    link.symlink_to(file)
    assert english("format", str(link), "--write")[0] == 0
    assert file.read_bytes() == TIDY.replace("\n", "\r\n").encode()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert link.is_symlink()
    assert sorted(path.name for path in file.parent.glob("*.txt*")) == ["automation.txt", "link.txt"]


def test_format_leaves_a_file_that_cannot_be_written(english: English) -> None:
    file = Path(english.file(UNTIDY))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))  # as on a full disk, and for root too
    try:
        code, _, err = english("format", str(file), "--write")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (code, "It stays as it was" in err) == (2, True)
    assert file.read_text(encoding="utf-8") == UNTIDY
    assert [path.name for path in file.parent.iterdir() if path.suffix == ".txt"] == [file.name]


def test_format_changes_nothing_of_what_cannot_be_read(english: English) -> None:
    file = english.file('say "a\n')
    code, out, err = english("format", file, "--write")
    assert (code, out) == (2, "")
    assert 'line 1, column 5: This text has no closing quote: "a' in err
    assert Path(file).read_text(encoding="utf-8") == 'say "a\n'


@pytest.mark.parametrize("command", [["check"], ["explain"], ["format"], ["run"], ["run", "--dry-run"]])
def test_a_problem_has_one_form_for_programs_everywhere(english: English, command: list[str]) -> None:
    code, document = english.json(*command, english.file('say "hello\n'))
    assert code == 2
    error = document["error"]
    assert (error["kind"], error["line"], error["column"]) == ("unclosed_text", 1, 5)
    assert error["message"].startswith("This text has no closing quote")


def test_a_file_that_is_no_text_is_refused(english: English, tmp_path: Path) -> None:
    (tmp_path / "photo.txt").write_bytes(b"\xff\xfe\x00")
    assert "is not a text in UTF-8" in english("check", str(tmp_path / "photo.txt"))[2]
    code, _, err = english("check", str(tmp_path / "nothing.txt"))
    assert (code, err) == (2, "nothing.txt cannot be read: No such file or directory.\n")
    assert english.json("check", str(tmp_path))[1]["error"]["code"] == "input"


@pytest.mark.parametrize(
    "arguments", [[], ["dance"], ["check"], ["runs"], ["runs", "show"], ["format", "x", "--write", "--check"]]
)
def test_words_that_make_no_sense_are_refused_without_repeating_them(english: English, arguments: list[str]) -> None:
    code, out, err = english(*arguments)
    assert (code, out) == (2, "")
    assert "See: connector english" in err


def test_other_commands_do_not_pay_for_the_language(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from connector_kit.hosts.cli import main\n"
        "for words in (['--help'], ['list'], ['call', 'twilio', 'read-sms-messages', '--help'], ['call', 'twilio']):\n"
        "    main(words)\n"
        "heavy = {'lark', 'cryptography', 'sqlite3', 'connector_kit.english'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        f"main(['english', 'check', {str(tmp_path / 'a.txt')!r}])\n"
        "assert 'lark' in sys.modules\n"
    )
    (tmp_path / "a.txt").write_text(SEND.format(FIRST, "Hi"), encoding="utf-8")
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)  # noqa: S603 - our own code
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.endswith("a.txt can run.\n")
