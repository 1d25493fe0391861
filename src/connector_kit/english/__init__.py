"""Automations in English: check one, explain it, run it, and write any call as a sentence. Imported only where it is used."""
