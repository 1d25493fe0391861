"""Read and send SMS through Twilio: the connector. Start reading in ``plugin.py``."""

__version__ = "0.1.0"
