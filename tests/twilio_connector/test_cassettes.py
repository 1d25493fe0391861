"""Recorded conversations replay through the connector's public API, without a network, and hold no secret and nobody's number."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
import yaml
from vcr.errors import CannotOverwriteExistingCassetteException

import recording
from connector_kit import ActionCall, OutcomeUnknownError
from recording import CASSETTES, PLACES, TITLES, connected, leaks, replaying
from scenarios import NOBODY, SCENARIOS, Ending, Place, Scenario, Stage, of_origin, play
from support import BODY, NOW, Wire
from twilio_openapi import document, needs_document, needs_prism
from twilio_sandbox import Account, Message
from twilio_sandbox.seed import account
from twilio_sandbox.server import serving
from twilio_sandbox.store import TRIAL_PREFIX

RECORDED = sorted(path.relative_to(CASSETTES) for path in CASSETTES.rglob("*") if path.is_file())


def expected() -> set[Path]:
    """Name the cassettes that there must be: those of Twilio itself as soon as one of them was recorded."""
    origins = [origin for origin in TITLES if origin != "twilio" or (CASSETTES / "twilio").exists()]
    return {Path(origin, f"{scenario.name}.yaml") for origin in origins for scenario in of_origin(origin)}


def scenario_named(name: str) -> Scenario:
    """Find a scenario."""
    (found,) = [scenario for scenario in SCENARIOS if scenario.name == name]
    return found


def replay(cassette: Path) -> tuple[Ending, Wire]:
    """Play a cassette's scenario against the cassette alone, and see that every recorded request was made."""
    scenario = scenario_named(cassette.stem)
    wire = Wire(httpx.HTTPTransport())
    with replaying(cassette) as tape, connected(PLACES[cassette.parent.name], scenario.token, wire) as connector:
        ending = play(scenario, connector, PLACES[cassette.parent.name])
        assert tape.all_played
    return ending, wire


# ---- replaying ------------------------------------------------------------------------------------------------------


def test_every_scenario_has_its_cassette_and_every_cassette_its_scenario() -> None:
    """Nothing is left unrecorded, and no recording is left over from a scenario that is gone."""
    assert set(RECORDED) == expected()


@pytest.mark.usefixtures("socket_disabled")
@pytest.mark.parametrize("cassette", sorted(expected()), ids=str)
def test_every_cassette_replays_as_its_scenario_promises(cassette: Path) -> None:
    """The connector, at its default address, gets out of the recording what the scenario promises: output, error class and code."""
    replay(CASSETTES / cassette)


def bodies(ending: Ending) -> list[str]:
    """Name the messages of an ending by their bodies."""
    return [message.body for message in ending.output]


@pytest.mark.usefixtures("socket_disabled")
@pytest.mark.parametrize(
    ("cassette", "value", "expected_value"),
    [
        ("sandbox/send", lambda ending: ending.output, f"SM{1:032x}"),
        ("prism/send", lambda ending: ending.output, "SM" + "a" * 32),
        ("sandbox/read_one_page", bodies, ["message 4", "message 3"]),
        ("prism/read_one_page", bodies, ["testing", "look mom I have media!"]),
        ("prism/read_one_page", lambda ending: ending.output[0].price, Decimal("-0.00750")),
        ("prism/read_one_page", lambda ending: ending.output[1].error_code, 30004),
        ("sandbox/read_two_pages_with_a_filter", bodies, ["message 4", "message 2", "message 0"]),
        ("sandbox/read_by_sid", bodies, ["message 2"]),
        ("prism/read_by_sid", lambda ending: ending.output[0].error_code, 30007),
        ("sandbox/invalid_recipient", lambda ending: "with + and the country code" in ending.error.message, True),
        ("sandbox/opted_out", lambda ending: "opted out" in ending.error.message, True),
        ("sandbox/server_error_on_send", lambda ending: "may or may not have been sent" in ending.error.message, True),
    ],
)
def test_a_cassette_gives_exactly_these_values(
    cassette: str, value: Callable[[Ending], Any], expected_value: object
) -> None:
    """The values stand in the recording; a wrong mapping, order or page would change them."""
    ending, _ = replay(CASSETTES / f"{cassette}.yaml")
    assert value(ending) == expected_value


@pytest.mark.usefixtures("socket_disabled")
def test_a_send_that_was_rate_limited_is_repeated_after_the_time_that_was_asked_for() -> None:
    """429 means not processed (Twilio's error dictionary): the same form once more, after Retry-After, and one SMS in the end."""
    path = CASSETTES / "sandbox" / "rate_limited_then_sent.yaml"
    _, wire = replay(path)
    assert wire.waits == [1.0]
    first, second = yaml.safe_load(path.read_text(encoding="utf-8"))["interactions"]
    assert first["request"] == second["request"]
    assert [first["response"]["status"]["code"], second["response"]["status"]["code"]] == [429, 201]


@pytest.mark.usefixtures("socket_disabled")
@pytest.mark.parametrize(
    "changes",
    [
        {"message_body": f"{BODY}!"},
        {"recipient_number": "+12125550199"},
        {"sender_number": "Acme"},
    ],
)
def test_a_send_that_differs_from_the_recorded_one_is_refused(changes: dict[str, str]) -> None:
    """The form counts: a cassette that answered any text would prove nothing about what is sent."""
    place = PLACES["sandbox"]
    inputs = {"sender_number": place.sender, "recipient_number": place.recipient, "message_body": BODY, **changes}
    cassette = replaying(CASSETTES / "sandbox" / "send.yaml")
    # What the recorder says is no answer of Twilio, and after a send anything else than an answer leaves it unknown.
    with cassette as tape, connected(place) as connector, pytest.raises(OutcomeUnknownError):
        connector.run(ActionCall("send_sms_message", inputs))
    assert tape.play_count == 0


@pytest.mark.usefixtures("socket_disabled")
@pytest.mark.parametrize(
    "changed",
    [
        replace(PLACES["sandbox"], account_sid=f"AC{9:032x}"),
        replace(PLACES["sandbox"], base_url="https://api.example.com"),
    ],
)
def test_a_read_of_another_account_or_address_is_refused(changed: Place) -> None:
    """The path and the host count too."""
    cassette = replaying(CASSETTES / "sandbox" / "read_one_page.yaml")
    with cassette, connected(changed) as connector, pytest.raises(CannotOverwriteExistingCassetteException):
        connector.run(ActionCall("read_sms_messages", limit=2))


@pytest.mark.usefixtures("socket_disabled")
def test_a_read_with_another_limit_is_refused() -> None:
    """The query counts too."""
    cassette = replaying(CASSETTES / "sandbox" / "read_one_page.yaml")
    with cassette, connected(PLACES["sandbox"]) as connector, pytest.raises(CannotOverwriteExistingCassetteException):
        connector.run(ActionCall("read_sms_messages", limit=3))


# ---- what stands in the files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("cassette", RECORDED, ids=str)
def test_no_cassette_shows_a_secret_an_account_or_a_person(cassette: Path) -> None:
    """Identifiers, numbers and credentials in cassettes are fictional or Twilio's documented examples."""
    assert leaks((CASSETTES / cassette).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("cassette", RECORDED, ids=str)
def test_every_cassette_says_where_it_comes_from(cassette: Path) -> None:
    """The first line tells the origin, and the folder agrees."""
    assert (CASSETTES / cassette).read_text(encoding="utf-8").splitlines()[0] == TITLES[cassette.parts[0]]


SECRET_SID = "AC" + "9f" * 16


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        (f"uri: https://api.twilio.com/2010-04-01/Accounts/{SECRET_SID}/Messages.json", f"identifier {SECRET_SID}"),
        (f"string: 'PageToken=PASM{'0d' * 16}'", f"identifier SM{'0d' * 16}"),
        (f"string: '{SECRET_SID.upper()}'", f"identifier {SECRET_SID.upper()}"),
        ("body: To=%2B14155550199&From=%2B14155552671", "phone number +14155552671"),
        ("string: whatsapp:+442079460123", "phone number +442079460123"),
        ("string: 'from 14155552671 to'", "phone number 14155552671"),
        ("string: 'The number +1415867XXXX is not'", "phone number +1415867XXXX"),
        ('string: "+1415\\\n    5552671"', "phone number +14155552671"),
        (f'string: "{SECRET_SID[:9]}\\\n    {SECRET_SID[9:]}"', f"identifier {SECRET_SID}"),
        ("headers:\n  Authorization:\n  - x", "authorization header"),
        ("string: Basic QUMwOnRva2Vu", "authorization header"),
    ],
)
def test_the_search_finds_what_was_planted(planted: str, found: str) -> None:
    """What must not be in a cassette is found in paths, forms, tokens, broken lines and headers: the search can fail."""
    clean = (CASSETTES / "sandbox" / "send.yaml").read_text(encoding="utf-8")
    assert leaks(clean) == []
    assert leaks(f"{clean}\n{planted}") == [found]


@needs_document
def test_what_the_search_lets_pass_stands_in_twilios_document() -> None:
    """The exceptions are examples that Twilio publishes, and nothing else."""
    published = unquote(json.dumps(document()))
    assert [value for value in recording.DOCUMENTED if value not in published] == []


# ---- recording ------------------------------------------------------------------------------------------------------


def interactions(path: Path) -> object:
    """Read what a cassette holds, without how it is laid out."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))["interactions"]


@pytest.mark.parametrize("scenario", of_origin("sandbox"), ids=lambda scenario: scenario.name)
def test_the_sandbox_and_the_connector_still_say_what_was_recorded(scenario: Scenario, tmp_path: Path) -> None:
    """A recording made now is the one in the repository: it was not written by hand and has not grown old."""
    (path,) = recording.record_from_sandbox(tmp_path, [scenario])
    assert interactions(path) == interactions(CASSETTES / path.relative_to(tmp_path))


@needs_prism
def test_prism_and_the_connector_still_say_what_was_recorded(tmp_path: Path) -> None:
    """A recording made now is the one in the repository."""
    for path in recording.record_from_prism(tmp_path):
        assert interactions(path) == interactions(CASSETTES / path.relative_to(tmp_path))


def test_a_broken_promise_is_not_kept(tmp_path: Path) -> None:
    """A scenario that ends otherwise than it says leaves no cassette behind."""
    lying = replace(scenario_named("send"), promises=scenario_named("opted_out").promises)
    with pytest.raises(AssertionError):
        list(recording.record_from_sandbox(tmp_path, [lying]))
    assert list(tmp_path.rglob("*")) == []


# ---- recording from Twilio, with the sandbox as a stand-in ----------------------------------------------------------

# Not fictional to the scrubber: neither counted up from zero, nor numbers that are kept for fiction.
REAL = Place(SECRET_SID, "9d7f0e5b1c2a4d6e8f", "+14155552671", "+14155552672")
STRANGERS = ("+442079460123", "whatsapp:+447700900123", "72345", "messenger:8812345678901234")
PRIVATE_TEXT = "The code of Jo's safe is 4711"


@pytest.fixture
def real_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment variables that the recording reads, and others that it must not read."""
    names = {"ACCOUNT_SID": REAL.account_sid, "AUTH_TOKEN": REAL.auth_token, "FROM": REAL.sender, "TO": REAL.recipient}
    for name, value in names.items():
        monkeypatch.setenv(f"TWILIO_RECORD_{name}", value)
        monkeypatch.setenv(f"TWILIO_{name}", "not this one")


def stand_in(scenario: Scenario) -> Stage:
    """Build a sandbox that looks like a real account: SIDs at random, other people's numbers and texts, a trial remark."""
    stage = Stage()
    stage.store.new_sid = lambda prefix: f"{prefix}{uuid.uuid4().hex}"  # type: ignore[method-assign]  # broken on purpose
    stage.store.add_account(account())  # somebody else's, for the messages that some scenarios prepare
    stage.store.add_account(
        Account(
            sid=REAL.account_sid,
            auth_token=REAL.auth_token,
            numbers={REAL.sender},
            type="Trial",
            verified={REAL.recipient},
        )
    )
    for number in range(6):
        stranger = STRANGERS[number % len(STRANGERS)]
        message = Message(
            sid=stage.store.new_sid("SM"),
            account_sid=REAL.account_sid,
            sender=stranger if number % 2 else REAL.sender,
            recipient=REAL.sender if number % 2 else stranger,
            body=f"{PRIVATE_TEXT}, call {STRANGERS[0]}",
            created=NOW,
            sent=NOW,
            status="received" if number % 2 else "delivered",
            messaging_service_sid=stage.store.new_sid("MG"),
        )
        stage.store.extend(REAL.account_sid, [message])
    scenario.prepare(stage)
    return stage


@pytest.fixture
def recorded_like_twilio(real_environment: None, tmp_path: Path) -> dict[str, str]:
    """Every scenario of Twilio, recorded from the stand-in: the cassettes' texts by the scenarios' names."""
    texts = {}
    for scenario in of_origin("twilio"):
        place = recording.place_from(os.environ)
        assert place == REAL
        with serving(stand_in(scenario)) as address:
            path = recording.record(scenario, "twilio", replace(place, base_url=address), tmp_path)
        texts[scenario.name] = path.read_text(encoding="utf-8")
    return texts


def test_a_recording_of_twilio_shows_nothing_of_the_real_account(recorded_like_twilio: dict[str, str]) -> None:
    """Account, token, numbers, names, texts and every identifier are replaced, in paths, forms, answers, links and headers."""
    private = [REAL.account_sid, REAL.auth_token, *STRANGERS, PRIVATE_TEXT, "4711"]
    private += [number.lstrip("+") for number in (REAL.sender, REAL.recipient)]
    for text in recorded_like_twilio.values():
        assert leaks(text) == []
        assert [value for value in private if value in unquote(text)] == []
    assert "TWILIO_" not in "".join(recorded_like_twilio.values())


def test_a_scrubbed_recording_still_fits_together(recorded_like_twilio: dict[str, str], tmp_path: Path) -> None:
    """The same is replaced by the same everywhere, so the scrubbed cassettes replay with the fictional account's values."""
    for scenario in of_origin("twilio"):
        replay(tmp_path / "twilio" / f"{scenario.name}.yaml")
    (sent,) = yaml.safe_load(recorded_like_twilio["send"])["interactions"]
    answer = json.loads(sent["response"]["body"]["string"])
    fiction = PLACES["twilio"]
    assert sent["request"]["uri"] == f"https://api.twilio.com/2010-04-01/Accounts/{fiction.account_sid}/Messages.json"
    assert (answer["account_sid"], answer["from"], answer["to"]) == (
        fiction.account_sid,
        fiction.sender,
        fiction.recipient,
    )
    assert answer["body"] == f"{TRIAL_PREFIX}{BODY}"
    assert answer["uri"] == f"/2010-04-01/Accounts/{fiction.account_sid}/Messages/{answer['sid']}.json"
    assert sent["response"]["headers"]["twilio-request-id"][0].startswith("RQ" + "0" * 16)


def test_the_pages_of_a_scrubbed_list_still_lead_on(real_environment: None, tmp_path: Path) -> None:
    """A page's link is scrubbed like the request that follows it, so several pages replay."""
    scenario = replace(
        scenario_named("read_two_pages_with_a_filter"), prepare=lambda stage: setattr(stage, "largest_page", 2)
    )
    with serving(stand_in(scenario)) as address:
        path = recording.record(scenario, "twilio", replace(REAL, base_url=address), tmp_path)
    text = path.read_text(encoding="utf-8")
    assert "PageToken" in text
    ending, _ = replay(path)
    assert {message.sender_number for message in ending.output} == {PLACES["twilio"].sender}
    assert len(ending.output) == 3
    assert {message.body for message in ending.output} == {"Text 1"}


def test_a_recording_from_another_address_is_not_called_twilios(recorded_like_twilio: dict[str, str]) -> None:
    """Only what came from Twilio's own address may say so in its first line."""
    for text in recorded_like_twilio.values():
        assert text.splitlines()[0] == recording.STAND_IN
    assert recording.STAND_IN not in TITLES.values()


def test_an_answer_that_cannot_be_scrubbed_is_not_kept(real_environment: None, tmp_path: Path) -> None:
    """A page of something between here and Twilio could hold anything, so nothing of it is written down."""
    broken = replace(scenario_named("send"), prepare=scenario_named("server_error_on_send").prepare)
    with serving(stand_in(broken)) as address, pytest.raises(AssertionError):
        recording.record(broken, "twilio", replace(REAL, base_url=address), tmp_path)
    assert list(tmp_path.rglob("*")) == []


def test_recording_from_twilio_asks_for_its_own_variables_and_says_that_it_sends() -> None:
    """An account that other tools use is never taken, and nobody is texted by surprise."""
    others = {"TWILIO_ACCOUNT_SID": REAL.account_sid, "TWILIO_AUTH_TOKEN": REAL.auth_token, "TWILIO_RECORD_TO": NOBODY}
    with pytest.raises(SystemExit) as caught:
        recording.place_from(others)
    said = str(caught.value)
    assert all(f"TWILIO_RECORD_{name}" in said for name in ("ACCOUNT_SID", "AUTH_TOKEN", "FROM"))
    assert "sends one real SMS" in said


@pytest.mark.parametrize("sender", ["Acme", "72345", "whatsapp:+14155552671", "14155552671"])
def test_recording_from_twilio_takes_numbers_only(real_environment: None, sender: str) -> None:
    """A name or channel could not be replaced by a fictional number, so it is refused before anything is sent."""
    with pytest.raises(SystemExit, match="TWILIO_RECORD_FROM must be a phone number"):
        recording.place_from({**os.environ, "TWILIO_RECORD_FROM": sender})
