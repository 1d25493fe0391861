"""The hook of Twilio: its actions as methods, for tasks of your own and for agents' toolsets.

Generated from connector.yaml by ``connector generate airflow-provider twilio``: change connector.yaml, not this file.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connector_kit.hosts.airflow.hook import ConnectorHook


class TwilioHook(ConnectorHook):
    """Twilio is a cloud communications platform providing SMS, voice, video, and messaging API services.

    This integration enables automated SMS sending, phone call management, communication workflows, and customer engagement automation. Enhance customer communication and automate messaging processes.

    :param twilio_conn_id: The id of an Airflow connection of the type ``twilio``.
    """

    connector_id = "twilio"
    conn_name_attr = "twilio_conn_id"
    default_conn_name = "twilio_default"
    conn_type = "twilio"
    hook_name = "Twilio"

    def __init__(self, twilio_conn_id: str = default_conn_name, **kwargs: Any) -> None:
        super().__init__(twilio_conn_id, **kwargs)

    def read_sms_messages(
        self,
        filter: list[Any] | dict[str, Any] | None = None,
        limit: int | None = None,
        offset: int | None = None,
    ) -> list[dict[str, Any]]:
        """Get SMS messages from the Twilio API. Use it to find messages of this account, sent or received, and what became of them. Do not use it to wait for a message by reading again and again, nor for calls or contacts, which it does not know.

        :param filter: Which items to give back, as a tree of conditions: ``["eq", field, value]``, ``["and", tree, ...]``, ``["or", tree, ...]``, ``["not", tree]``; or as objects: ``{"field": ..., "op": ..., "value": ...}``, ``{"and": [...]}``. Operators: eq, ne, lt, le, gt, ge, in, has, starts, ends. Fields: sid, body, num_segments, sender_number, recipient_number, price, account_sid, num_media, status, messaging_service_sid, date_sent, date_created, date_updated, price_unit, error_code, error_message. Datetimes are written in ISO 8601; a date is that whole day.
        :param limit: The most items to give back.
        :param offset: How many items to skip first.
        :return: A list of SMS messages that matches the specified filtering criteria
        """
        return self.items(
            "read_sms_messages",
            {
                "filter": filter,
                "limit": limit,
                "offset": offset,
            },
        )

    def send_sms_message(
        self,
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
    ) -> str:
        """Send an SMS message using the Twilio API. A real send costs money and reaches a person. It cannot be taken back.

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
        :return: The SID of the sent message if successful, otherwise None.
        """
        return self.run(
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
        ).output
