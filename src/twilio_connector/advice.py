"""What a Twilio error code means for the person who started the automation, and what to do about it.

Codes and causes: Twilio's error dictionary (twilio.com/docs/errors/<code>). Twilio re-splits causes over time, so nothing is
decided by a code; it only chooses the sentence.
"""

from __future__ import annotations

_CONSOLE = "the Twilio Console"

# Codes that are about this one recipient: an automation goes on with the others, and may branch by the reason.
REASONS: dict[int, str] = {
    21211: "not_a_number",
    21265: "short_code",
    21408: "country_not_allowed",
    21608: "not_verified",
    21610: "opted_out",
    21612: "not_routable",
    21614: "not_mobile",
}

ADVICE: dict[int, str] = {
    20001: "A value in the request is missing or not valid.",
    20003: (
        f"Twilio did not accept the Account SID and the Auth Token together. Copy both again from {_CONSOLE}, from the same "
        "account and at the same time; check that the account is not suspended or closed, and that it belongs to this region."
    ),
    20005: f"The Twilio account is not active. Open {_CONSOLE} to see why.",
    20008: "These are test credentials: they can try out sending, but not read. Use the account's own SID and token.",
    20404: "Twilio does not know this account or message. Check the SID; a message may be deleted, or older than 13 months.",
    20429: "Twilio is busy with too many requests of this account at once. Wait a little and run it again.",
    21211: "The recipient number is not a valid phone number. Write it with + and the country code, like +15551234567.",
    21212: "The sender number is not valid. Use a number, short code or sender id of your Twilio account.",
    21265: "The recipient is a short code, which cannot receive this message. Use a phone number.",
    21266: "The recipient and the sender are the same number. Use another recipient.",
    21267: "A trial account cannot send from a name. Use a phone number of your Twilio account as the sender.",
    21408: f"The account may not send to the recipient's country. Allow it in {_CONSOLE} under Messaging, Geo permissions.",
    21601: f"The sender number cannot send SMS. Choose another number of your account in {_CONSOLE}.",
    21602: "The message body is empty. Write the text that the recipient should read.",
    21603: "The sender number is missing. Give a phone number of your Twilio account.",
    21604: "The recipient number is missing.",
    21605: "The message body is too long. Shorten it to 1600 characters.",
    21606: "The sender number is not one of your Twilio account's, or it cannot send SMS to this recipient. Choose another.",
    21608: f"This is a trial account: it can text only numbers that you verified. Verify it in {_CONSOLE}, or upgrade the account.",
    21609: "The status callback is not a valid address.",
    21610: "The recipient has opted out (replied STOP) and must not be texted from this sender. Only their reply START changes that.",
    21611: "Too many messages are waiting at this sender number. Wait until some have left, or use another sender.",
    21612: "Twilio cannot route a message from this sender to this recipient. Choose another sender number.",
    21614: "The recipient number is not a mobile number and cannot receive SMS.",
    21616: "The sender number matches more than one number of the account. Write it with + and the country code.",
    21617: "The message body is too long. Shorten it to 1600 characters.",
    21618: "The message body cannot be sent. Check it for unusual characters.",
    21619: "The message has neither a body nor media. Write a message body.",
    21620: "A media address is not valid.",
    21621: "The sender number cannot send media. Choose a number with MMS.",
    21622: "The account cannot send media.",
    21623: "The message has too many media files.",
    21659: "The sender number is not a Twilio number. Choose a number of your Twilio account.",
    21660: "The sender number belongs to another Twilio account. Choose a number of this account.",
    21703: "The messaging service has no sender. Add a number to it in the Twilio Console.",
    572006: "This trial account may send Twilio's predefined texts only. Upgrade the account to send texts of your own.",
    63007: "The sender is not set up for this channel. Check the sender address in the Twilio Console.",
    63016: "The recipient wrote more than 24 hours ago, so only an approved template can be sent on this channel.",
}
