"""An agent with Airflow's own toolset, which asks nobody for approval and is tried twice."""

from __future__ import annotations

from datetime import timedelta

from airflow.providers.common.ai.operators.agent import AgentOperator
from airflow.providers.common.ai.toolsets import HookToolset
from airflow.sdk import dag

from twilio_connector.airflow.hooks import TwilioHook


@dag(schedule=None)
def asking() -> None:
    """Ask an agent."""
    reads = HookToolset(TwilioHook(), allowed_methods=["read_sms_messages"])
    sends = HookToolset(
        TwilioHook(), allowed_methods=["send_sms_message"], pinned_arguments={"sender_number": "+15005550006"}
    )
    AgentOperator(
        task_id="ask",
        llm_conn_id="pydanticai_default",
        prompt="Tell them.",
        toolsets=[reads, sends],
        retries=1,
        retry_delay=timedelta(0),
    )


DAG = asking()
