"""Explain a program before it runs: what will be done, in order, with which connection, and how often at most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from connector_kit.connector import Connector
from connector_kit.english.bounds import Lists, aliases_of, either
from connector_kit.english.program import Ask, Call, Each, If, Program, Say, Show, Step, Stop, Switch, words
from connector_kit.english.running.evaluate import chain
from connector_kit.english.saying import condition_said, said
from connector_kit.manifest import ActionSpec, Manifest

# How often each action is carried out at most; None where that is not known.
_Counts = dict[str, int | None]
# The loops around a step, from the outside: what each goes over, and how many rounds it has at most.
_Loops = tuple[tuple[str, int | None], ...]


def explain(
    program: Program,
    connectors: Sequence[Connector] | Sequence[Manifest],
    *,
    connection: str | None = None,
    defaults: Mapping[str, str] = MappingProxyType({}),
) -> list[str]:
    """Return sentences, each with the path of its step, and at the end how often something is changed at most.

    ``connection`` is the one that is used where the automation does not switch; None for the default one, of which
    ``defaults`` has the name by the id of the connector.
    """
    manifests = [each if isinstance(each, Manifest) else each.manifest for each in connectors]
    by_id = {manifest.id: manifest for manifest in manifests}
    explaining = _Explaining(by_id, connection, defaults, Lists(aliases_of(program)))
    counts = explaining.block(program.steps, "", ())
    return [*explaining.sentences, *_in_all(counts)]


def connections_used(
    program: Program, connectors: Sequence[Connector] | Sequence[Manifest]
) -> tuple[tuple[str, str | None], ...]:
    """Return which connections a program may use: the id of a connector, and the name it is switched to, or None for the usual one."""
    manifests = [each if isinstance(each, Manifest) else each.manifest for each in connectors]
    explaining = _Explaining({manifest.id: manifest for manifest in manifests}, None, {}, Lists())
    explaining.block(program.steps, "", ())
    return tuple(explaining.used)


@dataclass(slots=True)
class _Explaining:
    manifests: dict[str, Manifest]
    connection: str | None
    defaults: Mapping[str, str]
    lists: Lists = field(default_factory=Lists)
    sentences: list[str] = field(default_factory=list)
    # By connector: every connection that may have been switched to, None for the one of the run.
    switched: dict[str, tuple[str | None, ...]] = field(default_factory=dict)
    # In the order of their first use; a dictionary, because it keeps that order.
    used: dict[tuple[str, str | None], None] = field(default_factory=dict)

    def block(self, steps: tuple[Step, ...], before: str, loops: _Loops, first: int = 1) -> _Counts:
        """Explain the steps of a block inside of loops, and return how often each mutation is carried out."""
        counts: _Counts = {}
        for number, step in enumerate(steps, start=first):
            counts = _sum(counts, self._step(step, f"{before}{number}", loops))
        return counts

    def _step(self, step: Step, path: str, loops: _Loops) -> _Counts:
        counts: _Counts = {}
        match step:
            case Call():
                counts = self._call(step, path, loops)
            case If():
                return self._if(step, path, loops)
            case Each():
                return self._each(step, path, loops)
            case Switch():
                self.switched[step.connector] = (step.connection,)
            case Ask():
                self._say(path, f"Ask: {step.text}")
            case Say():
                self._say(path, f"Say {said(step.value)}.")
            case Show():
                self._say(path, f"Show the {chain(step.path)}.")
            case Stop():
                self._say(path, "Stop.")
        self.lists.after(step)
        return counts

    def _say(self, path: str, sentence: str) -> None:
        self.sentences.append(f"{path}: {sentence}")

    def _call(self, step: Call, path: str, loops: _Loops) -> _Counts:
        manifest = self.manifests[step.connector]
        action = manifest.action(step.action)
        if action is None:
            return {}
        given = "; ".join(f"{words(name)} {said(value)}" for name, value in step.inputs)
        where = "" if step.filter is None else f" whose {condition_said(step.filter)}"
        limit = "" if step.limit is None else f", at most {said(step.limit)}"
        often = _often(loops) if action.mutation else ""
        what = f"{action.label}{where}{limit}{f': {given}' if given else ''}"
        self._say(path, f"{what}. {often}{self._connections(step.connector, manifest)}")
        return self._count(action, loops)

    @staticmethod
    def _count(action: ActionSpec, loops: _Loops) -> _Counts:
        count: int | None = 1
        for _, size in loops:
            count = None if count is None or size is None else count * size
        return {action.label: count} if action.mutation else {}

    def _connections(self, connector: str, manifest: Manifest) -> str:
        names = self.switched.get(connector, (None,))
        self.used |= dict.fromkeys((connector, name) for name in names)
        default = self.defaults.get(connector)
        usual = "the default connection" if default is None else f'the default connection, "{default}",'
        shown = [name or self.connection for name in names]
        spoken = " or ".join(usual if name is None else f'the connection "{name}"' for name in shown)
        return f"With {spoken} of {manifest.name}."

    def _if(self, step: If, path: str, loops: _Loops) -> _Counts:
        self._say(path, f"If {condition_said(step.condition)}:")
        sizes, switched = dict(self.lists.sizes), dict(self.switched)
        then = self.block(step.then, f"{path}.", loops)
        sizes, self.lists.sizes = self.lists.sizes, sizes
        switched, self.switched = self.switched, switched
        if step.otherwise:
            self._say(path, "Otherwise:")
        otherwise = self.block(step.otherwise, f"{path}.", loops, first=len(step.then) + 1)
        self.lists.sizes = either(sizes, self.lists.sizes)
        self.switched = _joined(switched, self.switched)
        return _most(then, otherwise)

    def _each(self, step: Each, path: str, loops: _Loops) -> _Counts:
        size = self.lists.longest(step.over)
        over = f"the {chain(step.over)}"
        self._say(path, f"For each {step.name} of {over}{'' if size is None else f' (at most {size:,})'}:")
        before, switched = dict(self.lists.sizes), dict(self.switched)
        # A second round begins with what the first one left; the length of the list itself is fixed by then.
        self.lists.before_rounds(Program(step.steps, "").all_steps())
        outside = self.lists.sizes.get(step.name)
        self.lists.sizes[step.name] = None  # the item, which may be a list too
        self.switched = _joined(switched, _switches(step.steps, self.switched))
        counts = self.block(step.steps, f"{path}.", (*loops, (over, size)))
        self.lists.sizes = either(before, {**self.lists.sizes, step.name: outside})
        self.switched = _joined(switched, self.switched)
        return counts


def _switches(
    steps: tuple[Step, ...], switched: dict[str, tuple[str | None, ...]]
) -> dict[str, tuple[str | None, ...]]:
    found = dict(switched)
    for step in Program(steps, "").all_steps():
        if isinstance(step, Switch):
            found[step.connector] = (*found.get(step.connector, ()), step.connection)
    return found


def _joined(
    one: dict[str, tuple[str | None, ...]], other: dict[str, tuple[str | None, ...]]
) -> dict[str, tuple[str | None, ...]]:
    names = dict.fromkeys([*one, *other])
    return {name: tuple(dict.fromkeys((*one.get(name, (None,)), *other.get(name, (None,))))) for name in names}


def _sum(one: _Counts, other: _Counts) -> _Counts:
    found = dict(one)
    for name, count in other.items():
        earlier = found.get(name, 0)
        found[name] = None if count is None or earlier is None else earlier + count
    return found


def _most(one: _Counts, other: _Counts) -> _Counts:
    found: _Counts = {}
    for name in dict.fromkeys([*one, *other]):
        counts = [one.get(name, 0), other.get(name, 0)]
        known = [count for count in counts if count is not None]
        found[name] = max(known) if len(known) == len(counts) else None
    return found


def _often(loops: _Loops) -> str:
    if not loops:
        return "Once. "
    return f"Once for each of {' and each of '.join(over for over, _ in loops)}. "


def _in_all(counts: _Counts) -> list[str]:
    if not counts:
        return ["In all: nothing is sent or changed."]
    return [
        f"In all, {label}: {'as often as there are items in its lists' if count is None else _times(count)}."
        for label, count in counts.items()
    ]


def _times(count: int) -> str:
    return "at most once" if count == 1 else f"at most {count:,} times"
