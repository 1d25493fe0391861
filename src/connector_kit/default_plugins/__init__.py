"""Plugins that come with the kit; they use nothing but the public hooks."""
