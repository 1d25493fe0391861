"""A mapped task of nothing but arithmetic, for the harness itself."""

from __future__ import annotations

from airflow.sdk import dag, task


@dag(schedule=None, params={"count": 20})
def squares() -> None:
    """Square the numbers below ``count``."""

    @task
    def numbers(params: dict[str, int]) -> list[int]:
        return list(range(params["count"]))

    @task
    def square(number: int) -> int:
        return number * number

    square.expand(number=numbers())


squares()
