"""Let a language model read messages as it likes, and send only what a person has approved.

Needs the provider for models: pip install apache-airflow-providers-common-ai "pydantic-ai-slim[openai]"
"""

from __future__ import annotations

from datetime import timedelta

from airflow.providers.common.ai.operators.agent import AgentOperator
from airflow.sdk import Param, dag

from connector_kit.hosts.airflow.toolset import ActionToolset
from twilio_connector.airflow.hooks import TwilioHook

# ActionToolset is Airflow's HookToolset, and tells the model what is wrong with a call, so that it corrects itself.
reads = ActionToolset(TwilioHook("twilio_default"), allowed_methods=["read_sms_messages"])

sends = ActionToolset(
    TwilioHook("twilio_default"),
    allowed_methods=["send_sms_message"],
    # The model neither sees these inputs nor can give them: it writes to whom and what, and nothing else. They must be inputs of
    # every method of a toolset, which is why reads have one of their own.
    pinned_arguments={
        "sender_number": "+15005550006",
        "max_segments": 2,
        "messaging_service_sid": None,
        "media_urls": None,
        "send_at": None,
        "status_callback": None,
        "validity_period": None,
        "idempotency_key": None,
    },
).approval_required()  # the task waits on the page Required Actions, where a person sees the number and the text


@dag(
    schedule=None,
    tags=["twilio"],
    params={"question": Param("How many messages failed today? Tell +12125550123.", type="string")},
)
def ask_an_agent() -> None:
    """Ask a model something about the messages of the account."""
    AgentOperator(
        task_id="ask",
        llm_conn_id="pydanticai_default",
        # A task of Airflow 3.3 asks a person once.
        system_prompt="You answer questions about SMS messages. Look them up. Ask for all sends in one step.",
        prompt="{{ params.question }}",
        toolsets=[reads, sends],
        tool_approval_timeout=timedelta(hours=4),
        usage_limits={"tool_calls_limit": 10, "request_limit": 10},
    )


ask_an_agent()
