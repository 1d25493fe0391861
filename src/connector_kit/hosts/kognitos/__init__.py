"""Kognitos: a generator that writes a connector's book, and the adapter that the book runs on."""
