"""Tests on a real Airflow; they are collected only where Airflow is installed: see make test-airflow."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from airflow_house import Airflow
    from airflow_lab import Lab, Runner
    from airflow_twilio import RemoteTwilio
    from postgres import Database

# This folder alone is a package without a file named airflow, too. Airflow itself is never imported here: it has a process.
_found = find_spec("airflow")
collect_ignore_glob = ["dags/*"] if _found and _found.origin else ["*"]

DAGS = Path(__file__).parent / "dags"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Database]:
    """A PostgreSQL server for Airflow, and for the journal of what was sent."""
    from postgres import missing, programs, running

    folder, reason = programs(), missing()
    if reason is not None or folder is None:
        pytest.skip(reason or "")
    with running(folder) as database:
        yield database


@pytest.fixture(scope="session")
def remote_twilio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RemoteTwilio]:
    """A Twilio with an empty account, in a process of its own."""
    from airflow_twilio import twilio_running

    with twilio_running(tmp_path_factory.mktemp("twilio")) as running:
        yield running


@pytest.fixture(scope="session")
def celery_house(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: Database, remote_twilio: RemoteTwilio
) -> Iterator[Airflow]:
    """An Airflow with two Celery workers that share a journal, connected to that Twilio."""
    from dataclasses import replace

    from airflow_house import airflow_on_celery

    postgres_server.execute("CREATE DATABASE journal")
    env = {
        "AIRFLOW_CONN_TWILIO_DEFAULT": remote_twilio.connection(),
        "CONNECTOR_KIT_JOURNAL": replace(postgres_server, name="journal").url,
    }
    folder = tmp_path_factory.mktemp("airflow")
    with airflow_on_celery(folder, postgres_server, DAGS, workers=2, concurrency=4, env=env) as airflow:
        yield airflow


@pytest.fixture
def celery_airflow(celery_house: Airflow, remote_twilio: RemoteTwilio) -> Airflow:
    """That Airflow with both workers, whatever a test before has done to them."""
    remote_twilio.clear_faults()
    for number in {1, 2} - set(celery_house.workers):
        celery_house.start_worker(number, concurrency=4)
        celery_house.wait_for_worker(number)
    celery_house.check()
    return celery_house


@pytest.fixture(scope="session")
def airflow_runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """An Airflow of one process, for runs without a scheduler."""
    from airflow_lab import running

    with running(tmp_path_factory.mktemp("runner")) as runner:
        yield runner


@pytest.fixture(scope="module")
def module_lab(airflow_runner: Runner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab that the tests of a module share."""
    from airflow_lab import lab

    with lab(airflow_runner, tmp_path_factory.mktemp("lab")) as made:
        yield made


@pytest.fixture
def new_lab(airflow_runner: Runner, tmp_path: Path) -> Iterator[Lab]:
    """A lab of one test."""
    from airflow_lab import lab

    with lab(airflow_runner, tmp_path) as made:
        yield made
