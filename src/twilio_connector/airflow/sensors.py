"""The sensors of Twilio: wait until something that goes on at the service has ended.

Generated from connector.yaml by ``connector generate airflow-provider twilio``: change connector.yaml, not this file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow.sdk.configuration import conf

from connector_kit.hosts.airflow.sensor import OutcomeSensor
from twilio_connector.airflow.hooks import TwilioHook


class TwilioSmsMessageSensor(OutcomeSensor):
    """Wait until a Twilio sms message, or each of several, has ended.

    :param sid: The sid of one Twilio sms message, or of several; None among several is passed over.
    :param good_statuses: The values of status with which it has ended well.
    :param bad_statuses: The values of status with which it has ended badly: the task fails, and is not retried.
    :param deferrable: Whether the triggerer waits, so that no worker does; the default is Airflow's ``[operators] default_deferrable``.
    :param poke_interval: How many seconds to wait between two looks.
    :param timeout: After how many seconds to give up, although it has not ended.
    :param twilio_conn_id: The id of an Airflow connection of the type ``twilio``.
    :return: Its status; of several, that of each by its sid
    """

    hook_class = TwilioHook
    concept = "twilio_sms_message"
    identifier = "sid"
    template_fields = (
        "sid",
        "twilio_conn_id",
    )

    def __init__(
        self,
        *,
        sid: str | Sequence[str | None],
        good_statuses: Sequence[str] = ("delivered", "read", "received"),
        bad_statuses: Sequence[str] = ("undelivered", "failed", "canceled"),
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        poke_interval: float = 15,
        timeout: float = 3600,
        twilio_conn_id: str = "twilio_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(poke_interval=poke_interval, timeout=timeout, **kwargs)
        self.sid = sid
        self.good = good_statuses
        self.bad = bad_statuses
        self.deferrable = deferrable
        self.twilio_conn_id = twilio_conn_id
