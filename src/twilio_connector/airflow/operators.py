"""The operators of Twilio: an action is a task.

Generated from connector.yaml by ``connector generate airflow-provider twilio``: change connector.yaml, not this file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from connector_kit.hosts.airflow.operators import BatchOperator, MutationOperator, ReadOperator
from twilio_connector.airflow.hooks import TwilioHook


class ReadSmsMessagesOperator(ReadOperator):
    """Get SMS messages from the Twilio API.

    :param filter: Which items to give back, as a tree of conditions: ``["eq", field, value]``, ``["and", tree, ...]``, ``["or", tree, ...]``, ``["not", tree]``; or as objects: ``{"field": ..., "op": ..., "value": ...}``, ``{"and": [...]}``. Operators: eq, ne, lt, le, gt, ge, in, has, starts, ends. Fields: sid, body, num_segments, sender_number, recipient_number, price, account_sid, num_media, status, messaging_service_sid, date_sent, date_created, date_updated, price_unit, error_code, error_message. Datetimes are written in ISO 8601; a date is that whole day.
    :param limit: The most items to give back.
    :param offset: How many items to skip first.
    :param output_path: Write the items there, one JSON object a line, instead of into XCom: a path or address as ObjectStoragePath takes it. The result is then the path and the count.
    :param twilio_conn_id: The id of an Airflow connection of the type ``twilio``.
    :return: A list of SMS messages that matches the specified filtering criteria
    """

    hook_class = TwilioHook
    action = "read_sms_messages"
    inputs = {
        "filter": "filter",
        "limit": "limit",
        "offset": "offset",
    }
    template_fields = (
        "filter",
        "limit",
        "offset",
        "output_path",
        "twilio_conn_id",
    )

    def __init__(
        self,
        *,
        filter: list[Any] | dict[str, Any] | None = None,
        limit: int | None = None,
        offset: int | None = None,
        output_path: str | None = None,
        twilio_conn_id: str = "twilio_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.filter = filter
        self.limit = limit
        self.offset = offset
        self.output_path = output_path
        self.twilio_conn_id = twilio_conn_id


class SendSmsMessageOperator(MutationOperator):
    """Send an SMS message using the Twilio API.

    A real send costs money and reaches a person. It cannot be taken back.

    :param sender_number: The Twilio phone number to send the message from
    :param recipient_number: The recipient's phone number
    :param message_body: The body of the SMS message to send
    :param messaging_service_sid: A messaging service of the account to send through; Twilio then picks the sender from its pool
    :param media_urls: Addresses of up to ten files to send along, each reachable by Twilio
    :param send_at: When Twilio should send it, 15 minutes to 35 days from now; needs a messaging service
    :param status_callback: The address that Twilio tells about every change of the message's status
    :param validity_period: How many seconds the message may wait at Twilio before it is given up, 1 to 36000
    :param max_segments: Refuse the message if it would take more segments than this; each segment is paid for
    :param idempotency_key: A key of your own, such as an order number: the same key sends the same message once, however often and from wherever it is asked for
    :param dry_run: Do everything but send, and show what would be sent
    :param twilio_conn_id: The id of an Airflow connection of the type ``twilio``.
    :return: The SID of the sent message if successful, otherwise None.
    """

    hook_class = TwilioHook
    action = "send_sms_message"
    key_name = "idempotency_key"
    dry_run_name = "dry_run"
    inputs = {
        "sender_number": "sender_number",
        "recipient_number": "recipient_number",
        "message_body": "message_body",
        "messaging_service_sid": "messaging_service_sid",
        "media_urls": "media_urls",
        "send_at": "send_at",
        "status_callback": "status_callback",
        "validity_period": "validity_period",
        "max_segments": "max_segments",
        "idempotency_key": "idempotency_key",
        "dry_run": "dry_run_",
    }
    template_fields = (
        "sender_number",
        "recipient_number",
        "message_body",
        "messaging_service_sid",
        "media_urls",
        "send_at",
        "status_callback",
        "validity_period",
        "max_segments",
        "idempotency_key",
        "twilio_conn_id",
    )

    def __init__(
        self,
        *,
        sender_number: str,
        recipient_number: str,
        message_body: str,
        messaging_service_sid: str | None = None,
        media_urls: list[str] | None = None,
        send_at: datetime | None = None,
        status_callback: str | None = None,
        validity_period: int | None = None,
        max_segments: int | None = None,
        idempotency_key: str | None = None,
        dry_run: bool | None = None,
        twilio_conn_id: str = "twilio_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.sender_number = sender_number
        self.recipient_number = recipient_number
        self.message_body = message_body
        self.messaging_service_sid = messaging_service_sid
        self.media_urls = media_urls
        self.send_at = send_at
        self.status_callback = status_callback
        self.validity_period = validity_period
        self.max_segments = max_segments
        self.idempotency_key = idempotency_key
        self.dry_run_ = dry_run
        self.twilio_conn_id = twilio_conn_id


class SendSmsMessageBatchOperator(BatchOperator):
    """Send an SMS message, for each of many rows: for more recipients than Airflow maps tasks.

    In one run of a DAG, rows that say the same are carried out once.

    :param rows: One dictionary of inputs for each; what stands in a row wins over what is given for all.
    :param sender_number: For every row that has none of its own. The Twilio phone number to send the message from
    :param recipient_number: For every row that has none of its own. The recipient's phone number
    :param message_body: For every row that has none of its own. The body of the SMS message to send
    :param messaging_service_sid: For every row that has none of its own. A messaging service of the account to send through; Twilio then picks the sender from its pool
    :param media_urls: For every row that has none of its own. Addresses of up to ten files to send along, each reachable by Twilio
    :param send_at: For every row that has none of its own. When Twilio should send it, 15 minutes to 35 days from now; needs a messaging service
    :param status_callback: For every row that has none of its own. The address that Twilio tells about every change of the message's status
    :param validity_period: For every row that has none of its own. How many seconds the message may wait at Twilio before it is given up, 1 to 36000
    :param max_segments: For every row that has none of its own. Refuse the message if it would take more segments than this; each segment is paid for
    :param at_once: How many rows may be under way at a time, 1 to 1,000.
    :param per_second: How many rows may begin in a second; without it, as many as the service takes.
    :param fail_on_refused: Whether the task fails if rows were refused; all others are carried out either way.
    :param twilio_conn_id: The id of an Airflow connection of the type ``twilio``.
    :return: The output of each row, in their order; None for a row that was refused
    """

    hook_class = TwilioHook
    action = "send_sms_message"
    key_name = "idempotency_key"
    inputs = {
        "sender_number": "sender_number",
        "recipient_number": "recipient_number",
        "message_body": "message_body",
        "messaging_service_sid": "messaging_service_sid",
        "media_urls": "media_urls",
        "send_at": "send_at",
        "status_callback": "status_callback",
        "validity_period": "validity_period",
        "max_segments": "max_segments",
    }
    template_fields = (
        "rows",
        "sender_number",
        "recipient_number",
        "message_body",
        "messaging_service_sid",
        "media_urls",
        "send_at",
        "status_callback",
        "validity_period",
        "max_segments",
        "twilio_conn_id",
    )

    def __init__(
        self,
        *,
        rows: Sequence[Mapping[str, Any]],
        sender_number: str | None = None,
        recipient_number: str | None = None,
        message_body: str | None = None,
        messaging_service_sid: str | None = None,
        media_urls: list[str] | None = None,
        send_at: datetime | None = None,
        status_callback: str | None = None,
        validity_period: int | None = None,
        max_segments: int | None = None,
        at_once: int = 10,
        per_second: float | None = None,
        fail_on_refused: bool = True,
        twilio_conn_id: str = "twilio_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.rows = rows
        self.sender_number = sender_number
        self.recipient_number = recipient_number
        self.message_body = message_body
        self.messaging_service_sid = messaging_service_sid
        self.media_urls = media_urls
        self.send_at = send_at
        self.status_callback = status_callback
        self.validity_period = validity_period
        self.max_segments = max_segments
        self.at_once = at_once
        self.per_second = per_second
        self.fail_on_refused = fail_on_refused
        self.twilio_conn_id = twilio_conn_id
