"""Write the book of a connector for Kognitos: from a manifest to the text of a Python module. It needs no package of theirs.

The same manifest gives the same text. What the text means to the platform stands in docs/how-to/kognitos.md.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable

from connector_kit import ActionSpec, ConceptSpec, ConnectionMethodSpec, FieldSpec, InputError, Manifest
from connector_kit.hosts.writing import INDENT, escaped, inside, one_line, pascal, quoted

_WRITTEN = {
    "optional": "Optional", "list": "List", "text": "str", "boolean": "bool", "datetime": "datetime", "sensitive": "Sensitive[str]",
}  # fmt: skip
_PAGING = "Optional[int]"
_FILTER = "Optional[FilterExpression]"
_MOST_EXAMPLES = 5  # the platform knows the sections "Example 1" to "Example 5"
# Inside a noun phrase the platform takes a preposition for one only if it is marked as a word.
_PREPOSITION = re.compile(
    r"\b(about|after|as|at|before|by|for|from|in|into|of|on|out|over|per|to|under|until|via|with)\b"
)
# What a parameter of a book cannot be called: it means something else there, or is added here.
_TAKEN = ("self", "object", "target", "verify", "filter_expression")
_HEAD = '''"""The book of {name} for Kognitos, generated from connector.yaml by ``connector generate kognitos-book {id}``.

Change connector.yaml, not this file.
"""

# The platform reads these annotations as they stand: an optional value only as Optional[...], never as X | None, and none that
# "from __future__ import annotations" has made a text. What it does not recognise it takes for something else without a word.'''


def book_text(manifest: Manifest) -> str:
    """Return the text of the module that holds the book.

    Raises:
        InputError: if something in the manifest cannot be said in a book.
    """
    head = _HEAD.format(name=one_line(manifest.name), id=manifest.id)
    return "\n".join([head, *_imports(manifest), *_concepts(manifest), *_book(manifest)]) + "\n"


def book_class(manifest: Manifest) -> str:
    """Return the name of the book's class."""
    return f"{pascal(re.sub('[^A-Za-z0-9]+', '_', manifest.name))}Book"


def book_inputs(action: ActionSpec) -> list[FieldSpec]:
    """Return the inputs that a book has, required ones first.

    A dry run has no output, and an automation goes on with the output: the input that asks for one is left out.
    """
    inputs = [field for field in action.inputs if field.id != action.dry_run]
    return sorted(inputs, key=lambda field: not field.required)


def _imports(manifest: Manifest) -> list[str]:
    """Return the imports of what the annotations use."""
    fields = [field for concept in manifest.concepts for field in concept.fields]
    fields += [field for method in manifest.connection for field in method.fields]
    fields += [field for action in manifest.actions for field in book_inputs(action)]
    written = " ".join(_annotation(manifest, field) for field in fields)
    written += " ".join(_output(manifest, action) + _PAGING * action.pageable for action in manifest.actions)
    written += " ".join(_FILTER for action in manifest.actions if action.filterable)

    def used(*names: str) -> list[str]:
        return [name for name in names if name in written]

    concepts = manifest.concepts
    sources = {
        "dataclasses": ["dataclass"] * bool(concepts),
        "datetime": used("datetime"),
        "typing": used("List", "Optional"),
        "": [""],
        "kognitos.bdk": ["decorators"] * (len(manifest.connection) > 1),
        "kognitos.bdk.api": used("FilterExpression"),
        "kognitos.bdk.decorators": ["book", *["concept"] * bool(concepts), "connect", "procedure"],
        "kognitos.bdk.typing": used("Sensitive"),
    }
    lines = [f"from {source} import {', '.join(names)}" if source else "" for source, names in sources.items() if names]
    return [*lines, "", "from connector_kit.hosts.kognitos.adapter import Adapter"]


def _concepts(manifest: Manifest) -> list[str]:
    lines = []
    for concept in manifest.concepts:
        attributes = _section("Attributes", [(_name(field), field.description) for field in concept.fields])
        lines += [
            "",
            "",
            f"@concept(is_a={quoted(concept.phrase)})",
            # What it holds is personal: without a repr of its own it cannot be printed by accident.
            "@dataclass(repr=False)",
            f"class {_concept_class(concept)}:",
            *_docstring(1, [concept.description], attributes),
            "",
            *[f"{INDENT}{field.id}: {_annotation(manifest, field)}" for field in concept.fields],
        ]
    return lines


def _book(manifest: Manifest) -> list[str]:
    summary, rest = _summary(manifest.description)
    settings = {"name": quoted(manifest.name), "icon": manifest.icon and quoted(manifest.icon)}
    settings["tags"] = f"[{', '.join(map(quoted, manifest.tags))}]" if manifest.tags else None
    author = ["", "Author:", f"{INDENT}{one_line(manifest.author)}"] if manifest.author else []
    first, *others = manifest.connection
    methods = _connect(first, "connect", "connect")
    # In the class the name of that method hides the decorator's, which it is called by.
    methods += [line for each in others for line in _connect(each, f"connect_{each.id}", "decorators.connect")]
    return [
        "",
        "",
        f"@book({', '.join(f'{key}={value}' for key, value in settings.items() if value)})",
        f"class {book_class(manifest)}:",
        *_docstring(1, [summary, *["", rest] * bool(rest)], author),
        "",
        f"{INDENT}def __init__(self) -> None:",
        f'{INDENT * 2}"""Hold no connection yet; nothing is opened."""',
        f"{INDENT * 2}self._adapter = Adapter({quoted(manifest.id)})",
        *methods,
        *[line for action in manifest.actions for line in _procedure(manifest, action)],
    ]


def _connect(method: ConnectionMethodSpec, name: str, decorator: str) -> list[str]:
    noun_phrase = f"{method.id.replace('_', ' ')} method"
    if unsaid := [
        field.phrase for field in method.fields if field.type.scalar not in ("text", "sensitive") or field.is_list
    ]:
        raise InputError(
            f"{method.label}: {unsaid[0]} is neither a text nor a secret, and a book can ask for nothing else."
        )
    described = [(_name(field), field.description) for field in method.fields]
    labels = _section("Labels", [(field.id, field.label) for field in method.fields])
    verify = ("verify", "Whether to ask the service at once if it accepts them.")
    kinds = {field.id: "Sensitive[str]" if field.type.scalar == "sensitive" else "str" for field in method.fields}
    return [
        "",
        f"{INDENT}@{decorator}(noun_phrase={quoted(noun_phrase)}, name={quoted(method.label)})",
        f"{INDENT}def {name}(",
        *inside(2, ["self", *(f"{id_}: {kind}" for id_, kind in kinds.items()), "verify: bool = False"]),
        f"{INDENT}) -> None:",
        *_docstring(2, [method.description], [*_section("Arguments", [*described, verify]), *labels]),
        f"{INDENT * 2}self._adapter.open(",
        *inside(3, [quoted(method.id)]),
        *_values(3, kinds),
        *inside(3, ["verify=verify"]),
        f"{INDENT * 2})",
    ]


def _procedure(manifest: Manifest, action: ActionSpec) -> list[str]:
    inputs = {_name(field): field for field in book_inputs(action)}
    parameters = [f"{n}: {_annotation(manifest, f)}{'' if f.required else ' = None'}" for n, f in inputs.items()]
    paging = ["offset", "limit"] if action.pageable else []
    parameters += [f"{name}: {_PAGING} = None" for name in paging]
    parameters += [f"filter_expression: {_FILTER} = None"] * action.filterable
    is_list = action.output.type.is_list
    kind = [_concept_class(manifest.concept(action.output.type))] if is_list else []
    return [
        "",
        f"{INDENT}@procedure({quoted(action.phrase)}, is_mutation={action.mutation})",
        f"{INDENT}def {_name(action)}(",
        *inside(2, ["self", *parameters]),
        f"{INDENT}) -> {_output(manifest, action)}:",
        *_docstring(2, [action.description], _procedure_sections(action, inputs)),
        f"{INDENT * 2}return self._adapter.{'items' if is_list else 'value'}(",
        *inside(3, [*kind, quoted(action.id)]),
        *_values(3, [*inputs, *paging]),
        *inside(3, ["filter_expression"] * action.filterable),
        f"{INDENT * 2})",
    ]


def _procedure_sections(action: ActionSpec, inputs: dict[str, FieldSpec]) -> list[str]:
    lines = _section("Input Concepts", [(_noun_phrase(f), f.description) for f in inputs.values()]) if inputs else []
    if named := re.search(r"\((.+)\)", action.phrase):
        lines += _section("Output Concepts", [(f"the {named[1].replace('*', '')}", action.output.description)])
    else:
        lines += ["", "Returns:", f"{INDENT}{one_line(action.output.description)}"]
    for number, example in enumerate(action.examples[:_MOST_EXAMPLES], start=1):
        sentences = [f"{INDENT}>>> {escaped(line)}" for line in example.automation.rstrip().splitlines()]
        lines += ["", f"Example {number}:", f"{INDENT}{one_line(example.title)}", "", *sentences]
    return lines


def _noun_phrase(field: FieldSpec) -> str:
    return "the " + _PREPOSITION.sub(r"~\1", field.phrase)


def _output(manifest: Manifest, action: ActionSpec) -> str:
    if action.output.type.is_list:
        return f"List[{_concept_class(manifest.concept(action.output.type))}]"
    return _written(str(action.output.type))


def _annotation(manifest: Manifest, field: FieldSpec) -> str:
    if field.type.concept is not None:
        raise InputError(f"{manifest.name}: {field.phrase} is a concept, and a book cannot hold one there.")
    return _written(str(field.type), "int" if field.integer else "float")


def _written(type_: str, number: str = "float") -> str:
    """Write a type of the manifest as the annotation that the platform reads."""
    return re.sub("[a-z]+", lambda word: _WRITTEN.get(word[0], number), type_)


def _name(item: FieldSpec | ActionSpec) -> str:
    if keyword.iskeyword(item.id) or item.id in _TAKEN:
        raise InputError(f"{item.id!r} cannot be the name of a procedure, an input or a field of a book. Rename it.")
    return item.id


def _concept_class(concept: ConceptSpec) -> str:
    return concept.class_name or pascal(concept.id)


def _summary(text: str) -> tuple[str, str]:
    """Split a description into its first sentence and the rest."""
    first, stop, rest = " ".join(text.split()).partition(". ")
    return first + stop.rstrip(), rest


def _docstring(depth: int, summary: list[str], sections: list[str]) -> list[str]:
    first, *rest = map(one_line, summary)
    if not rest and not sections:
        closed = re.sub('"$', r"\"", first)
        return [f'{INDENT * depth}"""{closed}"""']
    return [
        f'{INDENT * depth}"""{first}',
        *[f"{INDENT * depth}{line}".rstrip() for line in (*rest, *sections)],
        f'{INDENT * depth}"""',
    ]


def _section(title: str, entries: Iterable[tuple[str, str]]) -> list[str]:
    return ["", f"{title}:", *[f"{INDENT}{name}: {one_line(text)}" for name, text in entries]]


def _values(depth: int, names: Iterable[str]) -> list[str]:
    """Write a dictionary of variables by their names."""
    names = list(names)
    if not names:
        return inside(depth, ["{}"])
    opened, closed = f"{INDENT * depth}{{", f"{INDENT * depth}}},"
    return [opened, *inside(depth + 1, [f"{quoted(name)}: {name}" for name in names]), closed]
