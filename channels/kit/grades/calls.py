"""Where an adapter calls its platform, found in its syntax, and which of these calls say nowhere how they are documented.

A way out is a call of what `Http` or a `Connection` has for that, and of any method of an SDK, which is held under the name `sdk`.
Where what is asked for comes in as a text, and the function has no words of its own for it, it only passes on: then each call of
*that function* is a way out in its place, and so on upwards. So what is looked at is where somebody knows what is asked.

There the docstring or a comment of the function has an address, and one for each different call. What is only passed on needs one at
least, and so does what nobody here calls, as an SDK would.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property

from channels.value import value

ADDRESS = re.compile(r"https://[^\s/]+\.[^\s,;]+")
WORDS = re.compile(r"[A-Za-z]{2}")
SHARED = re.compile(r"_\w+/")  # what several adapters share
SDK = frozenset({"sdk", "_sdk"})

BY_NAME = 1_000  # no call has so many arguments
Place = tuple[int, str]  # of an argument: by position, by name
FROM_HTTP: dict[str, Place] = {
    "request": (1, "url"),
    "stream": (1, "url"),
    "connect": (0, "host"),
    "write": (0, "data"),
}
OF_ANYTHING = frozenset(
    {*dir(dict), *dir(list), *dir(str), "write"}
)  # names that are a way out only where it is waited for

Ways = dict[str, set[Place]]


@value
class Bare:
    """A function that makes more kinds of calls than it has addresses."""

    module: str
    line: int
    function: str
    calls: int
    addresses: int

    def __str__(self) -> str:
        counted = f", {self.addresses} for {self.calls} calls" if self.addresses else ""
        return f"{self.module}:{self.line} ({self.function}{counted})"


def undocumented(modules: Mapping[str, str]) -> list[Bare]:
    """Of texts by file name: in each, the functions in the order in which they stand."""
    functions = [each for name, text in modules.items() for each in _functions(name, text)]
    ways = _ways(functions)
    called = {name for each in functions for name, _ in each.calls}
    found = ((each, _wanted(each, ways, called)) for each in functions)
    return [
        Bare(each.module, each.node.lineno, each.node.name, wanted, each.addresses)
        for each, wanted in found
        if each.addresses < wanted
    ]


class _Function:
    """One that stands in a module or a class; those within it are part of it."""

    def __init__(self, module: str, node: ast.FunctionDef | ast.AsyncFunctionDef, addresses: int) -> None:
        self.module = module
        self.node = node
        self.addresses = addresses
        given = [*node.args.posonlyargs, *node.args.args]
        own = given[1:] if given and given[0].arg in ("self", "cls") else given
        placed = [*enumerate(own), *((BY_NAME, each) for each in node.args.kwonlyargs)]
        self.texts: dict[str, Place] = {each.arg: (place, each.arg) for place, each in placed if _is_text(each)}

    @cached_property
    def calls(self) -> list[tuple[str, ast.Call]]:
        """By the name that is called, for what may be a way out."""
        waited = {
            id(call) for node in ast.walk(self.node) if isinstance(node, ast.Await) for call in _waited(node.value)
        }
        named = ((_called(node), node) for node in ast.walk(self.node) if isinstance(node, ast.Call))
        return [(name, node) for name, node in named if name and (name not in OF_ANYTHING or id(node) in waited)]

    @cached_property
    def assigned(self) -> dict[str, list[ast.expr]]:
        """What each of its variables is made of."""
        found: dict[str, list[ast.expr]] = defaultdict(list)
        for target, given in (pair for node in ast.walk(self.node) for pair in _assigned(node)):
            for name in _names(target):
                found[name].append(given)
        return found

    def is_last(self, called: set[str]) -> bool:
        """Whether nobody here calls it: then nobody else can say. What several adapters share may be called by another one."""
        return self.node.name not in called and not SHARED.match(self.module)

    def made_of(self, asked: ast.expr | None) -> tuple[set[Place], bool]:
        """The parameters from which what is asked for is made, and whether it has words of the function's own."""
        waiting, seen, worded = [asked] if asked is not None else [], set[str](), False
        while waiting:
            node = waiting.pop()
            worded = worded or any(isinstance(each, ast.Constant) and _says(each.value) for each in ast.walk(node))
            for name in _names(node) - seen:
                seen.add(name)
                waiting += self.assigned.get(name, [])
        return {place for name, place in self.texts.items() if name in seen}, worded


def _functions(module: str, text: str) -> Iterator[_Function]:
    tree = ast.parse(text)
    remarks = _remarks(text)
    bodies = [tree.body, *(node.body for node in ast.walk(tree) if isinstance(node, ast.ClassDef))]
    for node in (each for body in bodies for each in body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            said = [ast.get_docstring(node) or "", *(words for line, words in remarks if _within(node, line))]
            yield _Function(module, node, sum(len(ADDRESS.findall(words)) for words in said))


def _ways(functions: list[_Function]) -> Ways:
    """Every way out by its name: those of `Http`, and the functions that only pass on to one."""
    ways: Ways = {name: {place} for name, place in FROM_HTTP.items()}
    before = 0
    while before != (before := sum(map(len, ways.values()))):
        for each in functions:
            for name, call in each.calls:
                for place in tuple(ways.get(name, ())):
                    made_of, worded = each.made_of(_argument(call, place))
                    if made_of and not worded:
                        ways.setdefault(each.node.name, set()).update(made_of)
    return ways


def _wanted(function: _Function, ways: Ways, called: set[str]) -> int:
    """How many addresses it has to have: for calls whose words are elsewhere one is enough."""
    kinds, others = set[str](), False
    for name, call in function.calls:
        if _of_sdk(call):
            kinds.add(name)
        for place in ways.get(name, ()):
            asked = _argument(call, place)
            made_of, worded = function.made_of(asked)
            if worded and asked is not None:
                kinds.add(ast.unparse(asked))
            elif not made_of or function.is_last(called):
                others = True
    return len(kinds) or int(others)


def _argument(call: ast.Call, place: Place) -> ast.expr | None:
    position, name = place
    if position < len(call.args):
        return call.args[position]
    return next((each.value for each in call.keywords if each.arg == name), None)


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _of_sdk(call: ast.Call) -> bool:
    match call.func:
        case ast.Attribute(value=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in SDK
    return False


def _assigned(node: ast.AST) -> list[tuple[ast.expr, ast.expr]]:
    """What is given a value, and the value; of several at once, each its own."""
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)) if len(names) == len(values):
            return list(zip(names, values, strict=True))
        case ast.Assign():
            return [(target, node.value) for target in node.targets]
        case ast.AnnAssign(value=ast.expr()) | ast.NamedExpr():
            return [(node.target, node.value)] if node.value is not None else []
    return []


def _waited(node: ast.expr) -> Iterator[ast.expr]:
    """What is waited for: one call, or one of two."""
    if isinstance(node, ast.IfExp):
        yield from (*_waited(node.body), *_waited(node.orelse))
    else:
        yield node


def _says(value: object) -> bool:
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    return isinstance(text, str) and WORDS.search(text) is not None


def _is_text(parameter: ast.arg) -> bool:
    return isinstance(parameter.annotation, ast.Name) and parameter.annotation.id == "str"


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def _remarks(text: str) -> list[tuple[int, str]]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return [(token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT]


def _within(node: ast.stmt, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)
