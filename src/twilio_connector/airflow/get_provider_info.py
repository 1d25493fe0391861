"""What Airflow is told of Twilio. It imports nothing, so that forms are drawn without the hook.

Generated from connector.yaml by ``connector generate airflow-provider twilio``: change connector.yaml, not this file.
"""

from __future__ import annotations

from typing import Any


def get_provider_info() -> dict[str, Any]:
    """Return the provider's metadata, in the shape of Airflow's ``provider_info.schema.json``."""
    return {
        "package-name": "twilio-sms-connector",
        "name": "Twilio",
        "description": "Twilio is a cloud communications platform providing SMS, voice, video, and messaging API services. This integration enables automated SMS sending, phone call management, communication workflows, and customer engagement automation. Enhance customer communication and automate messaging processes.",
        "connection-types": [
            {
                "connection-type": "twilio",
                "hook-class-name": "twilio_connector.airflow.hooks.TwilioHook",
                "hook-name": "Twilio",
                "ui-field-behaviour": {
                    "hidden-fields": [
                        "host",
                        "schema",
                        "extra",
                    ],
                    "relabeling": {
                        "login": "Account SID",
                        "password": "Auth Token",
                    },
                    "placeholders": {
                        "login": "34 characters, starting with AC.",
                        "password": "32 characters.",
                        "port": "443",
                    },
                },
                "conn-fields": {
                    "region": {
                        "label": "Region",
                        "description": "Where the account's data is processed, such as us1, ie1 or au1. Credentials belong to one region; without this, to us1.",
                        "schema": {
                            "type": [
                                "string",
                                "null",
                            ],
                            "pattern": "^(?:[a-z]{2}[0-9])$",
                            "minLength": 1,
                        },
                    },
                    "default_country": {
                        "label": "Default country",
                        "description": "The country of phone numbers that are written without a country code, as two letters, such as US. Without it such numbers are refused.",
                        "schema": {
                            "type": [
                                "string",
                                "null",
                            ],
                            "pattern": "^(?:[A-Z]{2})$",
                            "minLength": 1,
                        },
                    },
                    "allowed_recipients": {
                        "label": "Allowed recipients",
                        "description": "The only numbers that this connection may send to.",
                        "schema": {
                            "type": [
                                "array",
                                "null",
                            ],
                            "items": {
                                "type": "string",
                            },
                        },
                    },
                    "allowed_countries": {
                        "label": "Allowed countries",
                        "description": "The only countries that this connection may send to, each as two letters, such as US.",
                        "schema": {
                            "type": [
                                "array",
                                "null",
                            ],
                            "items": {
                                "type": "string",
                            },
                        },
                    },
                    "send_cap": {
                        "label": "Send cap",
                        "description": "The most messages that one run may send over this connection.",
                        "schema": {
                            "type": [
                                "integer",
                                "null",
                            ],
                        },
                    },
                    "api_key_sid": {
                        "label": "API Key SID",
                        "description": "34 characters, starting with SK.",
                        "schema": {
                            "type": [
                                "string",
                                "null",
                            ],
                            "pattern": "^(?:SK[0-9a-fA-F]{32})$",
                            "minLength": 1,
                        },
                    },
                    "api_key_secret": {
                        "label": "API Key Secret",
                        "description": "32 characters. If it is lost, make a new API key; it cannot be shown again.",
                        "schema": {
                            "type": [
                                "string",
                                "null",
                            ],
                            "pattern": "^(?:[!-~]+)$",
                            "minLength": 16,
                            "maxLength": 256,
                            "format": "password",
                        },
                    },
                },
            },
        ],
        "hooks": [
            {
                "integration-name": "Twilio",
                "python-modules": [
                    "twilio_connector.airflow.hooks",
                ],
            },
        ],
        "operators": [
            {
                "integration-name": "Twilio",
                "python-modules": [
                    "twilio_connector.airflow.operators",
                ],
            },
        ],
        "sensors": [
            {
                "integration-name": "Twilio",
                "python-modules": [
                    "twilio_connector.airflow.sensors",
                ],
            },
        ],
    }
