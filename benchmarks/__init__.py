"""The connector and Twilio's own Python SDK, side by side against one local server: ``python -m benchmarks``."""
