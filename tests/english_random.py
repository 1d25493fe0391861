"""Write random automations that mean something: copies and references, branches, loops, questions, reads and sends."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from twilio_sandbox.seed import OWN_NUMBER

NAMES = {
    "number": ("first total", "second total"),
    "text": ("big note", "small note", "last note"),
    "list": ("red names", "blue names", "green names"),
}
STORED, SENT = ([f"+1212555{first + n}" for n in range(4)] for first in (1000, 2000))
_ITEMS = ("name", "word", "thing")
_DEEPEST = 4


class Automaton:
    """Writes one automation, line by line. ``facts`` are what is known at the line, each with its kind."""

    def __init__(self, random: Random) -> None:
        self.random, self.left, self.loops, self.questions = random, random.randrange(5, 25), 0, 0
        self.facts: dict[str, str] = {}
        self.lines: list[str] = []

    def text(self) -> str:
        """Return an automation."""
        while self.left > 0:
            self._step(0)
        return "\n".join(self.lines) + "\n"

    def _add(self, depth: int, line: str) -> None:
        self.lines.append("  " * depth + line)

    def _known(self, kind: str) -> str | None:
        names = [name for name, one in self.facts.items() if one == kind]
        return f"the {self.random.choice(names)}" if names else None

    def _perhaps(self, kind: str, otherwise: str) -> str:
        return (self._known(kind) if self.random.random() < 0.6 else None) or otherwise

    def _literal(self) -> str:
        return f'"{self.random.choice(("alpha", "beta", "gamma"))}{self.random.randrange(3)}"'

    def _text(self) -> str:
        message = self._known("message")
        field = f"{message}'s body" if message is not None and self.random.random() < 0.3 else None
        return field or self._perhaps("text", self._literal())

    def _number(self) -> str:
        return self._perhaps("number", self.random.choice(("0", "2", "0.5", "-3")))

    def _single(self, kind: str) -> str:
        if kind == "list":
            return self._known("list") or self._text()
        return self._number() if kind == "number" else self._text()

    def _value(self, kind: str) -> str:
        several = f"{self._literal()}, {self._text()}"
        return self._perhaps("list", several) if kind == "list" else self._single(kind)

    def _condition(self) -> str:
        message = self._known("message")
        return self.random.choice(
            [
                f"{self._known('number') or '1'} is greater than {self._number()}",
                f"{self._known('list') or self._literal()} contains {self._text()}",
                f"{self._known('text') or self._literal()} is not {self._text()}",
                f"{message or 'the last note'} is {self.random.choice(('missing', 'not empty'))}",
            ]
        )

    def _block(self, depth: int) -> None:
        self._add(depth, f"say {self._text()}")
        for _ in range(self.random.randrange(1, 4)):
            self._step(depth)

    def _step(self, depth: int) -> None:
        self.left -= 1
        steps: list[tuple[int, Callable[[int], None]]] = [
            (3, self._define), (2, self._use), (1, self._set), (2, self._grow), (2, self._combine), (2, self._say),
            (2, self._ask), (2, self._if), (3, self._each), (2, self._read), (4, self._send),
        ]  # fmt: skip
        kinds = [step for weight, step in steps for _ in range(weight)]
        self.random.choice(kinds)(depth)

    # -- one kind of step each

    def _define(self, depth: int) -> None:
        kind = self.random.choice(list(NAMES))
        name, value = self.random.choice(NAMES[kind]), self._value(kind)
        self._add(depth, f"the {name} is {value}")
        self.facts[name] = kind

    def _use(self, depth: int) -> None:
        kind = self.random.choice(list(NAMES))
        known, name = self._known(kind), self.random.choice(NAMES[kind])
        if known is not None:
            self._add(depth, f"{self.random.choice(('use', 'get'))} {known} as the {name}")
            self.facts[name] = kind

    def _set(self, depth: int) -> None:
        kind = self.random.choice(list(NAMES))
        if (known := self._known(kind)) is not None:
            self._add(depth, f"set {known} to {self._single(kind)}")

    def _grow(self, depth: int) -> None:
        kind = self.random.choice(("number", "list"))
        if (known := self._known(kind)) is not None:
            many = kind == "list" and not self.loops and self.random.random() < 0.3
            self._add(depth, f"add {self._single('text' if kind == 'list' and not many else kind)} to {known}")

    def _combine(self, depth: int) -> None:
        name, message = self.random.choice(NAMES["text"]), self._known("message")
        values = [self._literal(), self._number()] if self.loops else [self._text(), self._text()]
        if message is not None and self.random.random() < 0.3:
            values[1] = f"{message}'s error code"
        self._add(depth, f"combine {' and '.join(values)} as the {name}")
        self._add(depth, "say the above")
        self.facts[name] = "text"

    def _say(self, depth: int) -> None:
        self._add(depth, f"say {self._value(self.random.choice(list(NAMES)))}")

    def _ask(self, depth: int) -> None:
        self.questions += 1
        name = self.random.choice(NAMES["text"])
        self._add(depth, f'ask "Question {self.questions}?" as the {name}')
        if self.random.random() < 0.5:
            self._add(depth + 1, 'the choices are "alpha1", "beta2"')
        self.facts[name] = "text"

    def _if(self, depth: int) -> None:
        if depth == _DEEPEST:
            return
        self._add(depth, f"if {self._condition()} then")
        before = dict(self.facts)
        self._block(depth + 1)
        then, self.facts = self.facts, before
        if self.random.random() < 0.5:
            self._add(depth, "else")
            self.facts = dict(before)
            self._block(depth + 1)
        # Now and then what only one branch made is used behind them, and has to be asked for.
        both = {name: kind for name, kind in then.items() if self.facts.get(name) == kind}
        self.facts = {**then, **self.facts} if self.random.random() < 0.2 else both

    def _each(self, depth: int) -> None:
        lists = [name for name, kind in self.facts.items() if kind in ("list", "messages")]
        if depth == _DEEPEST or self.loops == 2:
            return
        over, item = self.random.choice([*lists, self.random.choice(NAMES["list"])]), _ITEMS[self.loops]
        self._add(depth, f"process each {item} in the {over} as follows")
        before = dict(self.facts)
        self.facts[item] = "message" if self.facts.get(over) == "messages" else "text"
        self.loops += 1
        self._block(depth + 1)
        self.loops -= 1
        self.facts = {name: kind for name, kind in self.facts.items() if before.get(name) == kind}

    def _read(self, depth: int) -> None:
        number = self.random.choice(STORED)
        if self.random.random() < 0.5:
            where = self.random.choice(("", f" whose body contains {self._literal()}"))
            self._add(depth, f"read the first {self.random.randrange(1, 4)} sms messages{where}")
            self.facts["sms messages"] = "messages"
        else:
            self._add(
                depth, f'{self.random.choice(("get", "find"))} a sms message whose recipient number is "{number}"'
            )
            self.facts["sms message"] = "message"

    def _send(self, depth: int) -> None:
        sender = f' from "{OWN_NUMBER}"' if self.random.random() < 0.9 else ""
        self._add(depth, f'send an SMS message to "{self.random.choice(SENT)}"{sender} saying {self._text()}')
