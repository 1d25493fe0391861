"""Say in plain words what a field's value means, where the manifest has words for it."""

from __future__ import annotations

from connector_kit.manifest import ConceptSpec
from connector_kit.values import Concept


def in_words(item: Concept, concept: ConceptSpec) -> str:
    """Join the words of an item's fields, such as ``not delivered: the phone was off or out of reach``; "" without any."""
    words = (field.words.get(str(getattr(item, field.id))) for field in concept.fields if field.words)
    return ": ".join(word for word in words if word)
