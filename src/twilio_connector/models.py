"""The concept *Twilio sms message*, as Python sees it; a test holds it to connector.yaml."""

from __future__ import annotations

from connector_kit import Concept, ExactNumber, Instant, WholeNumber


class SmsMessage(Concept):
    """One SMS message. What each field means stands in connector.yaml.

    ``price`` is an exact decimal in ``price_unit``, negative for a cost, and None while it is pending. Dates are aware and in UTC.
    ``messaging_service_sid`` and ``price_unit`` are "" where Twilio sends null.
    """

    sid: str | None
    body: str | None
    num_segments: str | None
    sender_number: str | None
    recipient_number: str | None
    price: ExactNumber | None
    account_sid: str
    num_media: WholeNumber
    status: str | None
    messaging_service_sid: str
    date_sent: Instant | None
    date_created: Instant | None
    date_updated: Instant | None
    price_unit: str
    error_code: WholeNumber | None
    error_message: str | None
