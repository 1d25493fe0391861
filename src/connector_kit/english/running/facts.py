"""The facts of a run: names bound to values of their own, or by reference to another fact or a field of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from connector_kit.english.running.values import Record, copied


class FieldError(Exception):
    """A field that a value does not have; ``owner`` is the value, None where a name has no such meaning."""

    def __init__(self, name: str, owner: object) -> None:
        super().__init__(name)
        self.name, self.owner = name, owner


@dataclass(slots=True, eq=False, repr=False)
class _Slot:
    """Where a fact keeps its value. Whoever refers to the fact holds the slot."""

    value: Any


@dataclass(slots=True, eq=False)
class _Link:
    """A name for what another fact, or a field of it, is at the moment. It leads to a slot, never to another link."""

    slot: _Slot
    path: tuple[str, ...]


@dataclass(slots=True, repr=False)
class Facts:
    """All names of a run, and ``the above``."""

    above: Any = None
    # What the above is called in a question.
    above_name: str = "value"
    _names: dict[str, _Slot | _Link] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def value(self, path: tuple[str, ...]) -> Any:
        """Return a fact, or a field of one; the fields of what is missing are missing too.

        Raises:
            KeyError: if there is no such fact.
            FieldError: if it has no such field.
        """
        name, *fields = path
        bound = self._names[name]
        value, fields = (
            (bound.slot.value, [*bound.path, *fields]) if isinstance(bound, _Link) else (bound.value, fields)
        )
        for one in fields:
            value = _field(value, one)
        return value

    def define(self, name: str, value: object) -> None:
        """Give a name a value of its own; what refers to the name sees it, what the name referred to does not."""
        bound = self._names.get(name)
        if isinstance(bound, _Slot):
            bound.value = copied(value)
        else:
            self._names[name] = _Slot(copied(value))

    def use(self, name: str, path: tuple[str, ...]) -> None:
        """Bind a name by reference: later changes of the fact show through it.

        Raises:
            KeyError: if there is no such fact.
        """
        bound = self._names[path[0]]
        link = _Link(bound.slot, bound.path + path[1:]) if isinstance(bound, _Link) else _Link(bound, path[1:])
        if path != (name,):
            self._names[name] = link

    def bound(self, name: str) -> object:
        """Return what a name is bound to, for ``rebind``."""
        return self._names.get(name)

    def rebind(self, name: str, bound: object) -> None:
        """Bind a name as it was before a loop, outside of which its item is not known."""
        if isinstance(bound, _Slot | _Link):
            self._names[name] = bound
        else:
            self._names.pop(name, None)

    def item(self, name: str, value: object) -> None:
        """Bind the name of a loop's item. Each is a fact of its own, so what refers to the last one stays with it."""
        self._names[name] = _Slot(copied(value))

    def result(self, value: object, name: str | None, called: str) -> None:
        """Keep the result of a step as the above, and under its name if it has one."""
        self.above, self.above_name = copied(value), name or called
        if name is not None:
            self.define(name, value)

    def change(self, path: tuple[str, ...], value: object) -> None:
        """Change a fact or a field of one; what the name refers to changes with it.

        Raises:
            KeyError: if there is no such fact and a field of it is meant.
            FieldError: if it has no such field.
        """
        name, *fields = path
        bound = self._names.get(name)
        if bound is None and not fields:
            self._names[name] = _Slot(copied(value))
            return
        if bound is None:
            raise KeyError(name)
        slot, way = (bound.slot, [*bound.path, *fields]) if isinstance(bound, _Link) else (bound, fields)
        slot.value = _changed(slot.value, way, copied(value))

    def append(self, name: str, items: list[Any]) -> None:
        """Append to the list that a name stands for, in place where nobody else holds it: copies would take quadratic time."""
        bound = self._names[name]
        if isinstance(bound, _Link) and bound.path:
            self.change((name,), [*self.value((name,)), *items])
        else:
            (bound.slot if isinstance(bound, _Link) else bound).value.extend(copied(items))


def _field(value: object, name: str) -> Any:
    if value is None:
        return None
    found = value.field(name) if isinstance(value, Record) else None
    if found is None or not isinstance(value, Record):
        raise FieldError(name, value)
    return value.values[found.id]


def _changed(value: object, way: list[str], new: object) -> Any:
    if not way:
        return new
    found = value.field(way[0]) if isinstance(value, Record) else None
    if found is None or not isinstance(value, Record):
        raise FieldError(way[0], value)
    return value.changed(found, _changed(value.values[found.id], way[1:], new))
