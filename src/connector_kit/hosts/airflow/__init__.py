"""Apache Airflow as a host: what a connector's generated provider is made of, and the generator that writes it."""
