"""Actions as tools of language models: export them for a vendor's SDK, and answer the calls that a model makes of them."""

from connector_kit.hosts.export.answering import answer
from connector_kit.hosts.export.formats import FORMATS, tools

__all__ = ["FORMATS", "answer", "tools"]
