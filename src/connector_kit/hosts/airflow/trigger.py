"""Wait for the end of items in Airflow's triggerer, where thousands can wait in one process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from airflow.sdk.exceptions import AirflowFailException
from airflow.sdk.module_loading import import_string
from airflow.triggers.base import BaseTrigger, TriggerEvent

from connector_kit import ConnectorError
from connector_kit.hosts.airflow.failing import wait_of
from connector_kit.hosts.airflow.watching import Watch


class OutcomeTrigger(BaseTrigger):
    """Look at items every ``poke_interval`` seconds until each has ended, and tell how; see ``OutcomeSensor``."""

    def __init__(self, **settings: Any) -> None:
        super().__init__()
        self._settings = settings

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the class and what it was made of: ids, no message and no secret."""
        return f"{type(self).__module__}.{type(self).__qualname__}", dict(self._settings)

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield one event: how each item ended, or the error that ended the waiting."""
        settings = self._settings
        hook = import_string(settings["hook_class"])(settings["conn_id"])
        watch = Watch(hook, settings["concept"], settings["ids"], settings["good"], settings["bad"])
        try:
            connection = await hook.aget_connection(settings["conn_id"])
            # The client is not asynchronous: it waits in threads, and never in the loop that all triggers share.
            await asyncio.to_thread(hook.use, connection)
            while not await self._look(watch):  # noqa: ASYNC110 - the service tells nobody; one has to look
                await asyncio.sleep(settings["poke_interval"])
        except (AirflowFailException, ConnectorError) as error:
            yield TriggerEvent({"error": str(error)})
        else:
            yield TriggerEvent(watch.event)

    async def _look(self, watch: Watch) -> bool:
        try:
            return await asyncio.to_thread(watch.look)
        except ConnectorError as error:
            # Only those come through that a repetition may solve. The sensor's timeout bounds how long this goes on.
            self.log.warning("%s", error.message)
            wait = wait_of(error)
            if wait is not None:
                await asyncio.sleep(wait.total_seconds())
            return False
