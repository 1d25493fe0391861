"""Saved connections over HTTP: every action at an address of its own, described by OpenAPI. Needs the extra ``http``."""
