"""The small changes that make mutants of a solution: each of a kind of slip that people make.

cosmic-ray and mutmut are well kept, and were tried. Of the slips that a lesson has to find, their operators
know numbers, comparisons, `and` and `or`, `not`, decorators and dropped arguments; they know nothing of type
hints, defaults, `Annotated`, `Depends`, `raise`, branches, copies or what is remembered between two requests.
Neither offers its operators to others: each is a test runner that writes mutants into files and starts pytest
for them. So these here are written on `ast`. A change is a piece of the source with other text in its place:
all around it stays as it was written, and can be shown.

What can never matter is left out here, each with its reason beside it: so it need not stand in the lessons'
lists of equivalents.
"""

from __future__ import annotations

import ast
import copy
import difflib
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, wraps
from inspect import iscoroutinefunction
from typing import Any


@dataclass(frozen=True)
class Mutant:
    """A source with one small change.

    `before` and `after` are the lines it touches, each as one line with single spaces; `line` is the first
    one's number, counted from 1.
    """

    operator: str
    line: int
    before: str
    after: str
    source: str


@dataclass(frozen=True)
class Examples:
    """What a brief shows: the values that stand beside a name, as Python writes them, and its numbers."""

    named: Mapping[str, Collection[str]] = field(default_factory=dict)
    numbers: Collection[float] = ()


@dataclass(frozen=True)
class Edit:
    """Text in place of the bytes from `start` to `end`; `about` is what else it changes: a function, say."""

    start: int
    end: int
    text: str
    about: ast.stmt | None = None


def mutants_of(source: str, starter: str = "", examples: Examples | None = None) -> list[Mutant]:
    """Every mutant of `source` that changes a line which `starter` does not have, in the order of lines.

    Left out is what does not compile.
    """
    code = _Code(source, examples or Examples())
    own = _own_lines(source, starter)
    seen = set()
    found = []
    for node in code.nodes():
        for name, operator in OPERATORS.items():
            for edit in operator(code, node):
                if own.isdisjoint(code.lines_of(edit)):
                    continue
                mutant = code.changed(name, edit)
                change = mutant.line, mutant.before, mutant.after
                if mutant.after == mutant.before or change in seen or not _compiles(mutant.source):
                    continue
                seen.add(change)
                found.append(mutant)
    return sorted(found, key=lambda mutant: mutant.line)


def _compiles(source: str) -> bool:
    try:
        compile(source, "", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except SyntaxError:
        return False
    return True


def examples_in(brief: str) -> Examples:
    """What a brief in Markdown shows in its code: `"minutes": 120.0`, `minutes_per_km=20`, each number."""
    shown = "\n".join(re.findall(r"```.*?```|`[^`\n]+`", brief, re.DOTALL))
    named: dict[str, dict[str, None]] = {}
    for name, value in re.findall(rf'"?(\w+)"?\s*[:=]\s*({_VALUE})(?![\w.])', shown):
        named.setdefault(name, {})[{"true": "True", "false": "False", "null": "None"}.get(value, value)] = (
            None
        )
    numbers = dict.fromkeys(map(float, re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])", shown)))
    return Examples({name: list(values) for name, values in named.items()}, list(numbers))


_VALUE = r'-?\d+(?:\.\d+)?|"[^"\n]*"|true|false|null|True|False|None'


def _own_lines(source: str, starter: str) -> set[int]:
    """The numbers of the lines of `source` that `starter` does not have."""
    theirs = [line.strip() for line in starter.splitlines()]
    ours = [line.strip() for line in source.splitlines()]
    own = set(range(1, len(ours) + 1))
    for block in difflib.SequenceMatcher(None, theirs, ours, autojunk=False).get_matching_blocks():
        own.difference_update(range(block.b + 1, block.b + block.size + 1))
    return own


ROUTES = {"get", "post", "put", "patch", "delete", "head", "options", "trace", "websocket", "api_route"}
CALLS_ITS_OWN = {"NamedTuple", "TypedDict", "Enum", "StrEnum", "IntEnum"}
"""Bases of a class that does nothing with the type hints of its fields."""
FunctionDef = ast.FunctionDef | ast.AsyncFunctionDef


class _Code:
    """A source with its tree, and what an operator has to know of a node's surroundings."""

    def __init__(self, source: str, examples: Examples) -> None:
        self.bytes = source.encode()
        self.tree = ast.parse(source)
        self.examples = examples
        self._starts = [0]
        for line in self.bytes.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self.parents = {
            child: parent for parent in ast.walk(self.tree) for child in ast.iter_child_nodes(parent)
        }

    # Places and texts

    def start(self, node: ast.expr | ast.stmt | ast.keyword | ast.arg) -> int:
        return self._starts[node.lineno - 1] + node.col_offset

    def end(self, node: ast.expr | ast.stmt | ast.keyword | ast.arg) -> int:
        assert node.end_lineno is not None and node.end_col_offset is not None
        return self._starts[node.end_lineno - 1] + node.end_col_offset

    def line_of(self, offset: int) -> int:
        return self.bytes.count(b"\n", 0, offset) + 1

    def lines_of(self, edit: Edit) -> range:
        """The numbers of the lines that an edit changes, or is about."""
        if edit.about is not None:
            return range(edit.about.lineno, (edit.about.end_lineno or edit.about.lineno) + 1)
        return range(self.line_of(edit.start), self.line_of(edit.end) + 1)

    def text(self, node: ast.expr | ast.stmt | ast.keyword | ast.arg) -> str:
        return self.between(self.start(node), self.end(node))

    def between(self, start: int, end: int) -> str:
        return self.bytes[start:end].decode()

    def put(self, node: ast.expr | ast.stmt | ast.keyword | ast.arg, text: str) -> Edit:
        """`text` in place of a node."""
        return Edit(self.start(node), self.end(node), text)

    def without(self, node: ast.expr | ast.keyword) -> Edit:
        """A list of arguments or the like without one of them, and without its comma."""
        start, end = self.start(node), self.end(node)
        if comma := re.match(rb"\s*,[ \t]*", self.bytes[end:]):
            return Edit(start, end + comma.end(), "")
        comma = re.search(rb",\s*$", self.bytes[:start])
        return Edit(comma.start() if comma else start, end, "")

    def find_back(self, word: str, offset: int) -> int:
        """Where `word` last stands before `offset`."""
        return self.bytes.rindex(word.encode(), 0, offset)

    def changed(self, operator: str, edit: Edit) -> Mutant:
        first = self._starts[self.line_of(edit.start) - 1]
        last = self._starts[self.line_of(edit.end)] if edit.end < len(self.bytes) else len(self.bytes)
        before = self.between(first, last)
        after = self.between(first, edit.start) + edit.text + self.between(edit.end, last)
        return Mutant(
            operator,
            self.line_of(edit.start),
            " ".join(before.split()),
            " ".join(after.replace(REMEMBERED, "remembered").split()),
            self.between(0, first) + after + self.between(last, len(self.bytes)),
        )

    # Surroundings

    def nodes(self) -> Iterator[ast.AST]:
        """Every node that can matter, parents first."""
        waiting: list[ast.AST] = [self.tree]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += reversed(list(self._children(node)))

    def _children(self, node: ast.AST) -> Iterator[ast.AST]:
        free: set[ast.AST | None] = set()
        match node:
            case ast.Import() | ast.ImportFrom() | ast.JoinedStr():
                return  # f-strings have an operator of their own: Python 3.11 knows no places inside them
            case ast.Module() | ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                if ast.get_docstring(node, clean=False) is not None:
                    free.add(node.body[0])
                if isinstance(node, FunctionDef):
                    free.add(node.returns)
                    if not self.is_called_by_fastapi(node):
                        arguments = node.args
                        for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
                            self.free_hints.add(each.annotation)
            case ast.AnnAssign() if not self.is_field(node):
                free.add(node.annotation)  # Python does not look at the types of variables
            case ast.arg():
                free = self.free_hints
        for child in ast.iter_child_nodes(node):
            if child not in free:
                yield child

    @cached_property
    def free_hints(self) -> set[ast.AST | None]:
        return set()

    def names_in(self, node: ast.AST) -> set[str]:
        return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}

    @cached_property
    def dependencies(self) -> set[str]:
        """The names that stand in `Depends(...)`."""
        calls = (node for node in ast.walk(self.tree) if isinstance(node, ast.Call))
        return {
            name for call in calls if self.called(call) == "Depends" for part in call.args
            for name in self.names_in(part)
        }  # fmt: skip

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        return {node.name: node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef)}

    @cached_property
    def read_outside_json(self) -> set[str]:
        """The models of a query, of headers and the like: those beside `Query()` in `Annotated`."""
        found = set()
        for node in ast.walk(self.tree):
            match node:
                case ast.Subscript(
                    value=ast.Name(id="Annotated"),
                    slice=ast.Tuple(elts=[ast.Name(id=name), ast.Call() as place]),
                ) if self.called(place) in ("Query", "Header", "Cookie", "Form"):
                    found.add(name)
        return found

    @cached_property
    def aliases(self) -> dict[str, ast.expr]:
        """What names of the module stand for."""
        return {
            target.id: statement.value
            for statement in self.tree.body
            if isinstance(statement, ast.Assign)
            for target in statement.targets
            if isinstance(target, ast.Name)
        }

    def called(self, call: ast.Call) -> str:
        """The last part of what is called: "Depends" for `fastapi.Depends(...)`."""
        match call.func:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                return name
        return ""

    def route_of(self, function: ast.AST) -> str:
        """The method that a function is a handler for, such as "get", or nothing."""
        for decorator in function.decorator_list if isinstance(function, FunctionDef) else ():
            match decorator:
                case ast.Call(func=ast.Attribute(attr=method)) if method in ROUTES:
                    return method
        return ""

    def is_called_by_fastapi(self, function: FunctionDef) -> bool:
        """Whether FastAPI takes a function's arguments from the request, by their type hints."""
        return bool(self.route_of(function)) or function.name in self.dependencies

    def is_field(self, node: ast.AnnAssign) -> bool:
        """Whether a declared name is a field, the type of which a model checks."""
        owner = self.parents[node]
        if not isinstance(owner, ast.ClassDef) or "ClassVar" in self.names_in(node.annotation):
            return False
        bases = {name for base in owner.bases for name in self.names_in(base)}
        return bool(bases) and not bases & CALLS_ITS_OWN  # a dataclass, and any other class, checks nothing

    def around(self, node: ast.AST, *kinds: type[ast.AST]) -> ast.AST | None:
        """The nearest node around this one that is of one of these kinds."""
        while (node := self.parents.get(node)) is not None:  # type: ignore[assignment]
            if isinstance(node, kinds):
                return node
        return None

    def in_decorator(self, node: ast.AST) -> bool:
        parent = self.parents.get(node)
        return isinstance(parent, FunctionDef | ast.ClassDef) and node in parent.decorator_list

    @cached_property
    def kept(self) -> set[str]:
        """The names by which functions change what outlives them, as far as one can see."""
        found = set()
        for function in ast.walk(self.tree):
            if not isinstance(function, FunctionDef):
                continue
            parameters = {each.arg for each in ast.walk(function.args) if isinstance(each, ast.arg)}
            changed: list[ast.AST] = []
            own = set()
            for node in ast.walk(function):
                match node:
                    case ast.Assign(targets=targets) | ast.Delete(targets=targets):
                        changed += targets
                    case ast.AugAssign(target=target):
                        changed.append(target)
                    case ast.Expr(value=ast.Call(func=ast.Attribute() as method)):
                        changed.append(method)
                    case ast.Call(func=ast.Name(id="next"), args=[ast.Name() as only]):
                        found.add(only.id)
                    case ast.Name(id=name, ctx=ast.Store()):
                        own.add(name)
            for place in changed:
                root = place
                while isinstance(root, ast.Attribute | ast.Subscript):
                    root = root.value
                if root is not place and isinstance(root, ast.Name) and root.id not in own - parameters:
                    found.add(root.id)
        return found - _imported(self)

    @cached_property
    def read(self) -> set[str]:
        """The models that values from outside are checked against; without handlers, all are."""
        waiting: list[ast.AST] = []
        for node in ast.walk(self.tree):
            if isinstance(node, FunctionDef) and self.is_called_by_fastapi(node):
                waiting.append(node.args)
            elif isinstance(node, ast.Call) and self.called(node) == "TypeAdapter":
                waiting.append(node)
        if not waiting:
            return set(self.classes)
        known: set[str] = set()
        while waiting:
            for name in self.names_in(waiting.pop()) - known:
                known.add(name)
                if meant := self.classes.get(name) or self.aliases.get(name):
                    waiting.append(meant)
        return known


Operator = Callable[[_Code, ast.AST], Iterator[Edit]]
OPERATORS: dict[str, Operator] = {}


def _operator(name: str) -> Callable[[Operator], Operator]:
    def add(function: Operator) -> Operator:
        OPERATORS[name] = function
        return function

    return add


# Values


@_operator("number")
def _numbers(code: _Code, node: ast.AST) -> Iterator[Edit]:
    """One more, one less, and the number of the brief that is nearest."""
    match node:
        case ast.Constant(value=bool()):
            return
        case ast.Constant(value=int() | float() as value):
            others = sorted((each for each in code.examples.numbers if each != value), key=_far_from(value))
            for other in (value + 1, value - 1, *others[:1]):
                kind = type(value) if float(other).is_integer() else float
                yield code.put(node, repr(kind(other)))


def _far_from(value: float) -> Callable[[float], float]:
    return lambda other: abs(other - value)


@_operator("boolean")
def _booleans(code: _Code, node: ast.AST) -> Iterator[Edit]:
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield code.put(node, str(not node.value))


def _is_prose(text: str | bytes) -> bool:
    """Words for people: two of letters with a space between them."""
    return isinstance(text, str) and bool(re.search(r"[A-Za-z]{2,},? [A-Za-z]+", text))


def _misspelt(code: _Code, node: ast.Constant) -> Edit:
    text = code.text(node)
    quotes = 3 if text.endswith(('"""', "'''")) else 1
    return code.put(node, f"{text[:-quotes]}x{text[-quotes:]}")


@_operator("text")
def _texts(code: _Code, node: ast.AST) -> Iterator[Edit]:
    """A path, a key, a header's name or the like with one letter more."""
    match node:
        case ast.Constant(value=str() | bytes() as value) if not _is_prose(value):
            yield _misspelt(code, node)
        case ast.JoinedStr() if not _is_prose(_constant_part(node)):
            yield from _f_string_texts(code, node)


@_operator("words")
def _words(code: _Code, node: ast.AST) -> Iterator[Edit]:
    """A message, a title or another text for people with one letter more."""
    match node:
        case ast.Constant(value=str() as value) if _is_prose(value):
            yield _misspelt(code, node)
        case ast.JoinedStr() if _is_prose(_constant_part(node)):
            yield from _f_string_texts(code, node)
            yield from _f_string_values(code, node)


def _constant_part(node: ast.JoinedStr) -> str:
    return "aa".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))


def _f_string_texts(code: _Code, node: ast.JoinedStr) -> Iterator[Edit]:
    for number, part in enumerate(node.values):
        if isinstance(part, ast.Constant):
            other = copy.deepcopy(node)
            other.values[number] = ast.Constant(f"{part.value!s}x")
            yield code.put(node, _unparsed(other))


def _unparsed(node: ast.expr) -> str:
    return ast.unparse(ast.fix_missing_locations(node))


@_operator("f-string")
def _f_strings(code: _Code, node: ast.AST) -> Iterator[Edit]:
    """What the other operators make of the expressions inside, and a part left out."""
    if isinstance(node, ast.JoinedStr) and not _is_prose(_constant_part(node)):
        yield from _f_string_values(code, node)


def _f_string_values(code: _Code, node: ast.JoinedStr) -> Iterator[Edit]:
    for number, part in enumerate(node.values):
        if not isinstance(part, ast.FormattedValue):
            continue
        for mutant in mutants_of(ast.unparse(part.value)):
            other = copy.deepcopy(node)
            match ast.parse(mutant.source).body, other.values[number]:
                case [ast.Expr(value=value)], ast.FormattedValue() as changed:
                    changed.value = value
                    yield code.put(node, _unparsed(other))
        other = copy.deepcopy(node)
        del other.values[number]
        yield code.put(node, _unparsed(other))


@_operator("pattern")
def _patterns(code: _Code, node: ast.AST) -> Iterator[Edit]:
    """A regular expression without one of its ends."""
    match node:
        case ast.Constant(value=str() as value):
            text = code.text(node)
            if value.startswith("^"):
                yield code.put(node, text.replace("^", "", 1))
            if value.endswith("$"):
                yield code.put(node, "".join(text.rsplit("$", 1)))


@_operator("example")
def _example(code: _Code, node: ast.AST) -> Iterator[Edit]:
    """In place of a value that has a name, the one that the brief shows beside this name."""
    pairs: list[tuple[str, ast.expr | None]] = []
    match node:
        case ast.Dict():
            pairs = [
                (str(key.value), value)
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant)
            ]
        case ast.keyword(arg=str() as name, value=value):
            pairs = [(name, value)]
        case ast.arguments():
            pairs = [(argument.arg, default) for argument, default in _defaults(node)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            pairs = [(name, node.value)]
    for name, own in pairs:
        if own is not None:
            for shown in code.examples.named.get(name, ()):
                yield code.put(own, shown)


def _defaults(arguments: ast.arguments) -> list[tuple[ast.arg, ast.expr]]:
    plain = [*arguments.posonlyargs, *arguments.args]
    found = list(zip(plain[len(plain) - len(arguments.defaults) :], arguments.defaults, strict=True))
    named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return found + [(argument, default) for argument, default in named if default is not None]


@_operator("default")
def _defaults_dropped(code: _Code, node: ast.AST) -> Iterator[Edit]:
    """A parameter or a field that has to be there now."""
    match node:
        case ast.arguments():
            pairs = _defaults(node)
            plain = [argument for argument, _ in pairs if argument in node.args]
            for argument, default in pairs:
                # Beside others that have a default, one without may only stand behind a star.
                behind = argument in plain and len(plain) > 1 and not node.kwonlyargs and not node.vararg
                star = "*, " if behind else ""
                yield Edit(code.start(argument), code.end(default), star + code.text(argument))
        case ast.AnnAssign(value=ast.expr() as value) if isinstance(code.parents[node], ast.ClassDef):
            yield Edit(code.end(node.annotation), code.end(value), "")


# Types


@_operator("type")
def _types(code: _Code, node: ast.AST) -> Iterator[Edit]:
    """A hint that takes more: any object, a text, a number with a fraction, null as well; or null no more.

    What a dependency returns is never compared with a hint. What does not stand in JSON comes as text and is
    never null, so that there a hint `object` is the same as `str`, and `None` only belongs to the default. A
    model that only leaves gets its values from the code, and only what it says of other models can matter.
    """
    match node:
        case ast.arg(annotation=ast.expr() as given) | ast.Assign(value=given) if "Depends(" in code.text(
            given
        ):
            pass
        case ast.arg(annotation=ast.expr() as hint) if hint not in code.free_hints:
            yield from _widened(code, hint, in_json=False)
        case ast.AnnAssign(annotation=hint) if code.is_field(node):
            owner = code.parents[node]
            assert isinstance(owner, ast.ClassDef)
            if owner.name not in code.read:
                for part in ast.walk(hint):
                    if isinstance(part, ast.Name) and part.id in code.classes:
                        yield code.put(part, "object")
                return
            in_json = owner.name not in code.read_outside_json
            yield from _widened(code, hint, in_json=in_json)
            if in_json:
                yield from _null(code, hint)
        case ast.Assign(value=ast.Subscript(value=ast.Name(id="Annotated" | "Literal")) as hint) if (
            "Depends(" not in code.text(hint)
        ):
            yield from _widened(code, hint, in_json=True)


def _null(code: _Code, hint: ast.expr) -> Iterator[Edit]:
    """Null is taken, or no more."""
    match hint:
        case ast.BinOp(left=rest, op=ast.BitOr(), right=ast.Constant(value=None)):
            yield code.put(hint, code.text(rest))
        case _ if "None" not in code.text(hint):
            yield code.put(hint, f"{code.text(hint)} | None")


def _widened(code: _Code, hint: ast.expr, *, in_json: bool) -> Iterator[Edit]:
    others: list[str] = []
    match hint:
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[inner, *_])):
            yield from _widened(code, inner, in_json=in_json)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            yield from _widened(code, left, in_json=in_json)
            yield from _widened(code, right, in_json=in_json)
        case ast.Subscript(value=ast.Name(id="Literal")):
            others = ["str", "object"]
        case ast.Subscript(slice=inner):
            others = ["object"]
            for part in inner.elts if isinstance(inner, ast.Tuple) else [inner]:
                yield from _widened(code, part, in_json=in_json)
        case ast.Name(id="str"):
            others = ["object"]
        case ast.Name(id=name) if name in code.classes:
            others = ["object"]
        case ast.Name(id=name) if name not in ("object", "Any", "MISSING"):
            others = ["str", "object"]
            if name == "int":
                yield code.put(hint, "float")
    for other in others:
        if other == "str" or in_json:
            yield code.put(hint, other)


SENT_AS_IT_IS = re.compile(r"None$|.*Response$|(Async)?(Iterator|Generator|Iterable)")
"""Return types by which FastAPI filters nothing: the answer is whole already, or there is none."""


@_operator("response model")
def _response_models(code: _Code, node: ast.AST) -> Iterator[Edit]:
    """A handler without its return type.

    Only where a model of the source stands in it: by `dict[str, float]` or `list[str]` nothing is filtered.
    """
    if isinstance(node, FunctionDef) and node.returns is not None and code.route_of(node):
        if SENT_AS_IT_IS.match(code.text(node.returns)) or not code.names_in(node.returns) & _models(code):
            return
        yield Edit(code.find_back(" ->", code.start(node.returns)), code.end(node.returns), "")


def _models(code: _Code) -> set[str]:
    """The classes of the source, and other names for them."""
    known = set(code.classes)
    return known | {name for name, value in code.aliases.items() if code.names_in(value) & known}


@_operator("declaration")
def _declarations(code: _Code, node: ast.AST) -> Iterator[Edit]:
    """`Annotated` without what it adds: the limits, the place of a parameter, the dependency."""
    match node:
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[inner, *_])):
            yield code.put(node, code.text(inner))


# Calls


@_operator("argument")
def _arguments(code: _Code, node: ast.AST) -> Iterator[Edit]:
    """A call without one of its keywords, or without the last of several other arguments."""
    if isinstance(node, ast.Call):
        for keyword in node.keywords:
            if keyword.arg is not None:
                yield code.without(keyword)
        if len(node.args) > 1 and not isinstance(node.args[-1], ast.Starred):
            yield code.without(node.args[-1])


@_operator("key")
def _keys(code: _Code, node: ast.AST) -> Iterator[Edit]:
    """A dictionary without one of its entries."""
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            start = code.start(key) if key is not None else code.find_back("**", code.start(value))
            entry = copy.copy(value)
            entry.lineno = code.line_of(start)
            entry.col_offset = start - code._starts[entry.lineno - 1]
            yield code.without(entry)


@_operator("decorator")
def _decorators(code: _Code, node: ast.AST) -> Iterator[Edit]:
    """Without a decorator; below one that makes a validator, Pydantic adds `@classmethod` itself."""
    if isinstance(node, FunctionDef | ast.ClassDef):
        for decorator in node.decorator_list:
            if code.text(decorator) == "classmethod" and len(node.decorator_list) > 1:
                continue
            start = code.find_back("@", code.start(decorator))
            end = code.bytes.index(b"\n", code.end(decorator))
            yield Edit(start, end, "")


@_operator("await")
def _awaits(code: _Code, node: ast.AST) -> Iterator[Edit]:
    if isinstance(node, ast.Await):
        yield code.put(node, code.text(node.value))


@_operator("blocks")
def _blocks(code: _Code, node: ast.AST) -> Iterator[Edit]:
    """The event loop is held while something waits: in its own thread, a plain handler would not do that."""
    match node:
        case ast.Await(
            value=ast.Call(func=ast.Attribute(value=ast.Name(id="asyncio"), attr="sleep")) as call
        ):
            pause = ", ".join(code.text(argument) for argument in call.args)
            yield code.put(node, f'__import__("time").sleep({pause})')
        case ast.FunctionDef() if code.route_of(node) and "time.sleep" in code.between(0, len(code.bytes)):
            start = code.start(node)
            yield Edit(start, start, "async ")


COPIES = {"list", "dict", "set", "tuple", "sorted", "reversed", "copy", "deepcopy"}
OTHERS = {"min": "max", "max": "min", "any": "all", "all": "any"}


@_operator("copy")
def _copies(code: _Code, node: ast.AST) -> Iterator[Edit]:
    """The thing itself in place of a copy, or of one in another order."""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[only, *_]) if name in COPIES:
            yield code.put(node, code.text(only))


@_operator("method")
def _methods(code: _Code, node: ast.AST) -> Iterator[Edit]:
    """A value without the method that is called on it: `text` for `text.strip()`."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.expr() as value)):
            # Of a module or a class nothing is left, and what is called for its effect is a statement.
            known = isinstance(value, ast.Name) and (value.id in code.classes or value.id in _imported(code))
            alone = isinstance(code.parents.get(node), ast.Expr | ast.Await)
            if not known and not alone and not code.in_decorator(node):
                yield code.put(node, code.text(value))


def _imported(code: _Code) -> set[str]:
    return {
        (alias.asname or alias.name).partition(".")[0]
        for node in ast.walk(code.tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }


@_operator("order")
def _order(code: _Code, node: ast.AST) -> Iterator[Edit]:
    """A list the other way round."""
    match node:
        case ast.ListComp() | ast.Call(func=ast.Name(id="list" | "sorted")):
            yield code.put(node, f"{code.text(node)}[::-1]")


@_operator("extreme")
def _extremes(code: _Code, node: ast.AST) -> Iterator[Edit]:
    match node:
        case ast.Call(func=ast.Name(id=name) as function) if name in OTHERS:
            yield code.put(function, OTHERS[name])


@_operator("part")
def _parts(code: _Code, node: ast.AST) -> Iterator[Edit]:
    """A slice without one of its ends."""
    if isinstance(node, ast.Slice):
        for bound in (node.lower, node.upper):
            if bound is not None:
                yield code.put(bound, "")


# Conditions

TURNED = {
    ast.Lt: ["<="],
    ast.LtE: ["<"],
    ast.Gt: [">="],
    ast.GtE: [">"],
    ast.Eq: ["!=", "in"],
    ast.NotEq: ["==", "not in"],
    ast.In: ["not in", "=="],
    ast.NotIn: ["in", "!="],
    ast.Is: ["is not"],
    ast.IsNot: ["is"],
}


@_operator("comparison")
def _comparisons(code: _Code, node: ast.AST) -> Iterator[Edit]:
    if isinstance(node, ast.Compare):
        left = node.left
        for operation, right in zip(node.ops, node.comparators, strict=True):
            start, end = code.end(left), code.start(right)
            between = code.between(start, end)
            # Brackets around either side stay where they are.
            sign = re.search(r"[<>=!]+|\bnot\s+in\b|\bis\s+not\b|\bin\b|\bis\b", between)
            assert sign is not None
            for other in TURNED[type(operation)]:
                if isinstance(right, ast.Constant) and other in ("in", "not in") and "in" not in sign[0]:
                    continue  # nobody looks for a value in a constant
                yield Edit(start, end, between[: sign.start()] + other + between[sign.end() :])
            left = right


@_operator("and/or")
def _and_or(code: _Code, node: ast.AST) -> Iterator[Edit]:
    """The other word, or one of the conditions left out."""
    if isinstance(node, ast.BoolOp):
        other = " or " if isinstance(node.op, ast.And) else " and "
        texts = [_bracketed(code, each) for each in node.values]
        yield code.put(node, other.join(texts))
        for number in range(len(texts)):
            word = " and " if isinstance(node.op, ast.And) else " or "
            yield code.put(node, word.join(texts[:number] + texts[number + 1 :]))


def _bracketed(code: _Code, node: ast.expr) -> str:
    text = code.text(node)
    return f"({text})" if isinstance(node, ast.BoolOp | ast.IfExp | ast.Lambda | ast.NamedExpr) else text


@_operator("not")
def _nots(code: _Code, node: ast.AST) -> Iterator[Edit]:
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield code.put(node, code.text(operand))


@_operator("condition")
def _conditions(code: _Code, node: ast.AST) -> Iterator[Edit]:
    """Always so, or never. A loop that never ends only takes time, so `while` is never always so."""
    match node:
        case ast.If(test=test) | ast.IfExp(test=test):
            yield code.put(test, "True")
            yield code.put(test, "False")
        case ast.While(test=test):
            yield code.put(test, "False")
        case ast.comprehension(ifs=[_, *_] as tests):
            for test in tests:
                yield code.put(test, "True")


@_operator("arithmetic")
def _arithmetic(code: _Code, node: ast.AST) -> Iterator[Edit]:
    others = {ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*", ast.FloorDiv: "/", ast.Mod: "//"}
    match node:
        case ast.BinOp(left=left, op=operation, right=right) if type(operation) in others:
            start, end = code.end(left), code.start(right)
            between = code.between(start, end)
            sign = re.search(r"[-+*/%]+", between)
            assert sign is not None
            text = between[: sign.start()] + others[type(operation)] + between[sign.end() :]
            yield Edit(start, end, text)
        case ast.AugAssign(target=target, value=value):
            for sign_ in ("=", *([f"{others[type(node.op)]}="] if type(node.op) in others else [])):
                yield Edit(code.end(target), code.start(value), f" {sign_} ")


# Statements


@_operator("raise")
def _raises(code: _Code, node: ast.AST) -> Iterator[Edit]:
    if isinstance(node, ast.Raise):
        yield code.put(node, "pass")


@_operator("statement")
def _statements(code: _Code, node: ast.AST) -> Iterator[Edit]:
    """A simple statement left out. Without an import or a function's result nothing goes: never asked."""
    match node:
        case ast.Expr(value=ast.Constant() | ast.Yield() | ast.YieldFrom()):
            pass
        case (
            ast.Expr() | ast.Assign() | ast.AugAssign() | ast.AnnAssign() | ast.Delete() | ast.Assert()
            | ast.Continue() | ast.Break()
        ):  # fmt: skip
            yield code.put(node, "pass")


@_operator("return")
def _returns(code: _Code, node: ast.AST) -> Iterator[Edit]:
    match node:
        case ast.Return(value=ast.expr() as value) | ast.Yield(value=ast.expr() as value):
            yield code.put(value, "None")


@_operator("else")
def _elses(code: _Code, node: ast.AST) -> Iterator[Edit]:
    """What comes otherwise is left out; after `try`, what clears up or handles an error."""
    blocks: list[list[ast.stmt]] = []
    match node:
        case ast.If(orelse=[ast.If()]):
            pass  # an `elif`, whose condition is changed by itself
        case ast.If() | ast.For() | ast.AsyncFor() | ast.While():
            blocks = [node.orelse]
        case ast.Try():
            blocks = [node.orelse, node.finalbody]
        case ast.ExceptHandler():
            # The error goes on its way.
            yield Edit(code.start(node.body[0]), code.end(node.body[-1]), "raise")
    for block in blocks:
        if block:
            yield Edit(code.start(block[0]), code.end(block[-1]), "pass")


@_operator("finally")
def _finallies(code: _Code, node: ast.AST) -> Iterator[Edit]:
    """What clears up does so only after success."""
    if isinstance(node, ast.Try) and node.finalbody and not node.handlers:
        start, end = code.start(node), code.end(node)
        word = code.find_back("finally", code.start(node.finalbody[0]))
        body = code.between(start + len("try"), word)
        yield Edit(start, end, f"if True{body}if True{code.between(word + len('finally'), end)}")


@_operator("with")
def _withs(code: _Code, node: ast.AST) -> Iterator[Edit]:
    if isinstance(node, ast.With | ast.AsyncWith):
        end = code.end(node.items[-1].optional_vars or node.items[-1].context_expr)
        yield Edit(code.start(node), end, "if True")


@_operator("first only")
def _firsts(code: _Code, node: ast.AST) -> Iterator[Edit]:
    """Only the first of many."""
    match node:
        case ast.For(iter=values) | ast.comprehension(iter=values, is_async=0):
            yield code.put(values, f"list({code.text(values)})[:1]")


# Between two requests

REMEMBERED = "__import__('course.making.operators', fromlist=['remembered']).remembered"


def remembered(function: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator: for the same values a function gives what it gave before.

    Things that only say where they are in memory, such as a request, do not count as values.
    """
    known: dict[str, Any] = {}

    def key(arguments: tuple[object, ...], named: dict[str, object]) -> str:
        values = [*arguments, *named.values()]
        return repr([value for value in values if " at 0x" not in repr(value)])

    @wraps(function)
    def remember(*arguments: object, **named: object) -> Any:
        asked = key(arguments, named)
        if asked not in known:
            known[asked] = function(*arguments, **named)
        return known[asked]

    @wraps(function)
    async def remember_awaited(*arguments: object, **named: object) -> Any:
        asked = key(arguments, named)
        if asked not in known:
            known[asked] = await function(*arguments, **named)
        return known[asked]

    return remember_awaited if iscoroutinefunction(function) else remember


@_operator("remembered result")
def _results(code: _Code, node: ast.AST) -> Iterator[Edit]:
    """A handler or a dependency gives the same as before for the same values.

    Only where it looks into what is kept between requests: everywhere else that is no difference. One with
    `yield` belongs to a single request.
    """
    if isinstance(node, FunctionDef) and code.is_called_by_fastapi(node) and code.names_in(node) & code.kept:
        if any(isinstance(each, ast.Yield) for each in ast.walk(node)):
            return
        start = code.start(node)
        yield Edit(start, start, f"@{REMEMBERED}\n{' ' * node.col_offset}", about=node)


@_operator("remembered value")
def _values(code: _Code, node: ast.AST) -> Iterator[Edit]:
    """What one request sent is the default of the next."""
    if isinstance(node, FunctionDef) and code.is_called_by_fastapi(node):
        for argument, default in _defaults(node.args):
            name, kept = argument.arg, f"{node.name}.__dict__"
            start = code.start(node.body[0])
            unsent = f"{name} == {code.text(default)}"
            line = (
                f'{name} = {kept}.get("{name}", {name}) if {unsent} else {kept}.setdefault("{name}", {name})'
            )
            yield Edit(start, start, f"{line}\n{' ' * node.body[0].col_offset}", about=node)


# Errors that say too much


@_operator("details")
def _details(code: _Code, node: ast.AST) -> Iterator[Edit]:
    """An error tells what was at hand: the data that was searched, or the whole of an entry."""
    match node:
        case ast.Call() if code.called(node) == "HTTPException":
            told = next((each.value for each in node.keywords if each.arg == "detail"), None)
            told = node.args[1] if told is None and len(node.args) > 1 else told
            if told is not None and (data := _at_hand(code, node)):
                yield code.put(told, f'str({code.text(told)}) + f" {{{data}}}"')
        case ast.Dict():
            entries = [
                value.value.id
                for value in node.values
                if isinstance(value, ast.Subscript) and isinstance(value.value, ast.Name)
            ]
            if len(entries) > 1 and len(set(entries)) == 1 and None not in node.keys:
                start = code.start(node) + 1
                yield Edit(start, start, f"**{entries[0]}, ")


def _at_hand(code: _Code, node: ast.AST) -> str:
    """What the error's condition looks into, or a variable of the module that its function reads."""
    condition = code.around(node, ast.If)
    if isinstance(condition, ast.If):
        for each in ast.walk(condition.test):
            match each:
                case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[data]):
                    return code.text(data)
    function = code.around(node, ast.FunctionDef, ast.AsyncFunctionDef)
    used = code.names_in(function) if function else set()
    for statement in code.tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                if name in used and not isinstance(statement.value, ast.Call | ast.Constant):
                    return name
    return ""
