"""A host for Model Context Protocol clients: the actions of one connector over one saved connection, as tools."""
