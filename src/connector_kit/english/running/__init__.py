"""Carry programs out, step by step, so that nothing happens twice."""
