"""Twilio for Apache Airflow: hooks, operators, sensors, and what Airflow is told of them.

Generated from connector.yaml by ``connector generate airflow-provider twilio``: change connector.yaml, not this file.
"""
