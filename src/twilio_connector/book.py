"""The book of Twilio for Kognitos, generated from connector.yaml by ``connector generate kognitos-book twilio``.

Change connector.yaml, not this file.
"""

# The platform reads these annotations as they stand: an optional value only as Optional[...], never as X | None, and none that
# "from __future__ import annotations" has made a text. What it does not recognise it takes for something else without a word.
from dataclasses import dataclass
from datetime import datetime
from typing import List, Optional

from kognitos.bdk import decorators
from kognitos.bdk.api import FilterExpression
from kognitos.bdk.decorators import book, concept, connect, procedure
from kognitos.bdk.typing import Sensitive

from connector_kit.hosts.kognitos.adapter import Adapter


@concept(is_a="twilio sms message")
@dataclass(repr=False)
class SMSMessage:
    """SMS message data model.An SMS (Short Message Service) message. Represents a text communication sent over a cellular network, typically between mobile phones.

    Attributes:
        sid: The unique, Twilio-provided string that identifies the Message resource.
        body: The text content of the message
        num_segments: The number of segments that make up the complete message. SMS message bodies that exceed the [character limit](https://www.twilio.com/docs/glossary/what-sms-character-limit) are segmented and charged as multiple messages. Note: For messages sent via a Messaging Service, `num_segments` is initially `0`, since a sender hasn't yet been assigned.
        sender_number: The sender's phone number (in [E.164](https://en.wikipedia.org/wiki/E.164) format), [alphanumeric sender ID](https://www.twilio.com/docs/sms/quickstart), [Wireless SIM](https://www.twilio.com/docs/iot/wireless/programmable-wireless-send-machine-machine-sms-commands), [short code](https://www.twilio.com/en-us/messaging/channels/sms/short-codes), or [channel address](https://www.twilio.com/docs/messaging/channels) (e.g., `whatsapp:+15554449999`). For incoming messages, this is the number or channel address of the sender. For outgoing messages, this value is a Twilio phone number, alphanumeric sender ID, short code, or channel address from which the message is sent.
        recipient_number: The recipient's phone number (in [E.164](https://en.wikipedia.org/wiki/E.164) format) or [channel address](https://www.twilio.com/docs/messaging/channels) (e.g. `whatsapp:+15552229999`)
        price: The amount billed for the message in the currency specified by `price_unit`. The `price` is populated after the message has been sent/received, and may not be immediately availalble. View the [Pricing page](https://www.twilio.com/en-us/pricing) for more details.
        account_sid: The SID of the [Account](https://www.twilio.com/docs/iam/api/account) associated with the Message resource
        num_media: The number of media files associated with the Message resource.
        status: The status of the Message. Possible values: `accepted`, `scheduled`, `canceled`, `queued`, `sending`, `sent`, `failed`, `delivered`, `undelivered`, `receiving`, `received`, or `read` (WhatsApp only). For more information, See [detailed descriptions](https://www.twilio.com/docs/sms/api/message-resource#message-status-values).
        messaging_service_sid: The SID of the [Messaging Service](https://www.twilio.com/docs/messaging/api/service-resource) associated with the Message resource. A unique default value is assigned if a Messaging Service is not used.
        date_sent: The [RFC 2822](https://datatracker.ietf.org/doc/html/rfc2822#section-3.3) timestamp (in GMT) of when the Message was sent. For an outgoing message, this is when Twilio sent the message. For an incoming message, this is when Twilio sent the HTTP request to your incoming message webhook URL.
        date_created: The [RFC 2822](https://datatracker.ietf.org/doc/html/rfc2822#section-3.3) timestamp (in GMT) of when the Message resource was created
        date_updated: The [RFC 2822](https://datatracker.ietf.org/doc/html/rfc2822#section-3.3) timestamp (in GMT) of when the Message resource was last updated
        price_unit: The currency in which `price` is measured, in [ISO 4127](https://www.iso.org/iso/home/standards/currency_codes.htm) format (e.g. `usd`, `eur`, `jpy`).
        error_code: The [error code](https://www.twilio.com/docs/api/errors) returned if the Message `status` is `failed` or `undelivered`. If no error was encountered, the value is `null`. The value returned in this field for a specific error cause is subject to change as Twilio improves errors. Users should not use the `error_code` and `error_message` fields programmatically.
        error_message: The description of the `error_code` if the Message `status` is `failed` or `undelivered`. If no error was encountered, the value is `null`. The value returned in this field for a specific error cause is subject to change as Twilio improves errors. Users should not use the `error_code` and `error_message` fields programmatically.
    """

    sid: Optional[str]
    body: Optional[str]
    num_segments: Optional[str]
    sender_number: Optional[str]
    recipient_number: Optional[str]
    price: Optional[float]
    account_sid: str
    num_media: int
    status: Optional[str]
    messaging_service_sid: str
    date_sent: Optional[datetime]
    date_created: Optional[datetime]
    date_updated: Optional[datetime]
    price_unit: str
    error_code: Optional[int]
    error_message: Optional[str]


@book(name="Twilio", icon="data/icon.svg", tags=["Communication"])
class TwilioBook:
    """Twilio is a cloud communications platform providing SMS, voice, video, and messaging API services.

    This integration enables automated SMS sending, phone call management, communication workflows, and customer engagement automation. Enhance customer communication and automate messaging processes.

    Author:
        The authors of twilio-sms-connector
    """

    def __init__(self) -> None:
        """Hold no connection yet; nothing is opened."""
        self._adapter = Adapter("twilio")

    @connect(noun_phrase="auth token method", name="Account SID and Auth Token")
    def connect(
        self,
        account_sid: str,
        auth_token: Sensitive[str],
        verify: bool = False,
    ) -> None:
        """Connect to the Twilio API using account credentials.

        Arguments:
            account_sid: The Account SID from your Twilio account.
            auth_token: The Auth Token from your Twilio account.
            verify: Whether to ask the service at once if it accepts them.

        Labels:
            account_sid: Account SID
            auth_token: Auth Token
        """
        self._adapter.open(
            "auth_token",
            {
                "account_sid": account_sid,
                "auth_token": auth_token,
            },
            verify=verify,
        )

    @decorators.connect(noun_phrase="api key method", name="API Key")
    def connect_api_key(
        self,
        account_sid: str,
        api_key_sid: str,
        api_key_secret: Sensitive[str],
        verify: bool = False,
    ) -> None:
        """Connect to the Twilio API using an API key, which can be revoked without changing the account's Auth Token.

        Arguments:
            account_sid: The Account SID from your Twilio account.
            api_key_sid: The SID of an API key of that account.
            api_key_secret: The secret of that API key, which Twilio shows once when the key is made.
            verify: Whether to ask the service at once if it accepts them.

        Labels:
            account_sid: Account SID
            api_key_sid: API Key SID
            api_key_secret: API Key Secret
        """
        self._adapter.open(
            "api_key",
            {
                "account_sid": account_sid,
                "api_key_sid": api_key_sid,
                "api_key_secret": api_key_secret,
            },
            verify=verify,
        )

    @procedure("to read some (*SMS* messages)", is_mutation=False)
    def read_sms_messages(
        self,
        offset: Optional[int] = None,
        limit: Optional[int] = None,
        filter_expression: Optional[FilterExpression] = None,
    ) -> List[SMSMessage]:
        """Get SMS messages from the Twilio API.

        Output Concepts:
            the SMS messages: A list of SMS messages that matches the specified filtering criteria

        Example 1:
            Read the SMS messages between two numbers

            >>> read some sms messages whose sender number is "+18004445555" and whose recipient number is "+18004446666"

        Example 2:
            Read the SMS messages sent at a given time

            >>> convert "2022-03-01T15:00:00Z" to a datetime
            >>> use the above as the message date
            >>> read some sms messages whose date sent is the message date

        Example 3:
            Read the SMS messages sent in a period

            >>> convert "2022-03-01T15:00:00Z" to a datetime
            >>> use the above as the start date
            >>> convert "2022-03-03T15:00:00Z" to a datetime
            >>> use the above as the end date
            >>> read some sms messages whose date sent is after the start date and whose date sent is before the end date
        """
        return self._adapter.items(
            SMSMessage,
            "read_sms_messages",
            {
                "offset": offset,
                "limit": limit,
            },
            filter_expression,
        )

    @procedure("to send an *SMS* message", is_mutation=True)
    def send_sms_message(
        self,
        sender_number: str,
        recipient_number: str,
        message_body: str,
        messaging_service_sid: Optional[str] = None,
        media_urls: Optional[List[str]] = None,
        send_at: Optional[datetime] = None,
        status_callback: Optional[str] = None,
        validity_period: Optional[int] = None,
        max_segments: Optional[int] = None,
        idempotency_key: Optional[str] = None,
    ) -> str:
        """Send an SMS message using the Twilio API.

        Input Concepts:
            the sender number: The Twilio phone number to send the message from
            the recipient number: The recipient's phone number
            the message body: The body of the SMS message to send
            the messaging service sid: A messaging service of the account to send through; Twilio then picks the sender from its pool
            the media urls: Addresses of up to ten files to send along, each reachable by Twilio
            the send ~at: When Twilio should send it, 15 minutes to 35 days from now; needs a messaging service
            the status callback: The address that Twilio tells about every change of the message's status
            the validity period: How many seconds the message may wait at Twilio before it is given up, 1 to 36000
            the max segments: Refuse the message if it would take more segments than this; each segment is paid for
            the idempotency key: A key of your own, such as an order number: the same key sends the same message once, however often and from wherever it is asked for

        Returns:
            The SID of the sent message if successful, otherwise None.

        Example 1:
            Send an SMS message

            >>> send an SMS message where
            >>>   the sender number is "+18004445555"
            >>>   the recipient number is "+18004446666"
            >>>   the message body is "Hello from Kognitos!"
        """
        return self._adapter.value(
            "send_sms_message",
            {
                "sender_number": sender_number,
                "recipient_number": recipient_number,
                "message_body": message_body,
                "messaging_service_sid": messaging_service_sid,
                "media_urls": media_urls,
                "send_at": send_at,
                "status_callback": status_callback,
                "validity_period": validity_period,
                "max_segments": max_segments,
                "idempotency_key": idempotency_key,
            },
        )
