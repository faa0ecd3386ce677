"""Scripts as they travel: one module out of those that import each other, without what only people read.

The files are plain modules and run as they are; nothing is built. But a page that embeds the widget pays for every byte and every
request, so the server joins them when the first page asks. It can, because the widget's modules keep to some rules that a test
holds them to: names at the top of a module are unique among all of them, imports are one line of names, and every statement ends
with a semicolon.
Constants in capitals are given short names; they stand in no template. Constants one under the other become one declaration.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

IMPORT = re.compile(r'^import \{ ([\w, ]+) \} from "\./([\w-]+\.js)";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?=const|function|class|async)", re.MULTILINE)
# Comments first, and what must not be touched after them: strings, templates, and a pattern where a value may begin.
TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)"""
    r"""|(?P<kept>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`"""
    r"""|(?<=[(,=:!&|?;{}\[])\s*/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/[a-z]*)""",
    re.DOTALL,
)
# What means the same when it is shorter; `async(x)=>` needs its brackets.
SHORTER = (
    (re.compile(r"(?<![\w.])true(?![\w:])"), "!0"),
    (re.compile(r"(?<![\w.])false(?![\w:])"), "!1"),
    (re.compile(r"(?<![\w.])undefined(?![\w:])"), "void 0"),
    (re.compile(r"(?<![\w.])const "), "let "),
    (re.compile(r"\s+"), " "),
    (re.compile(r" ?([{}()\[\];,:?=<>!&|*%]) ?"), r"\1"),
    (re.compile(r"(?<=[\w)\]]) ?([+/-]) ?(?=[\w(])"), r"\1"),
    (re.compile(r"(?<=\d)_(?=\d)"), ""),
    (re.compile(r"[;,](?=\})|,(?=[)\]])"), ""),
    (re.compile(r"(?<![\w.])\((\w+)\)(?==>)"), r"\1"),
    (re.compile(r"(?<![\w)\]])\(([A-Za-z_][\w.]*)\)(?=\.)"), r"\1"),
    (re.compile(r" ([+-]=)"), r"\1"),
)
NAME = re.compile(r"(?<![.\w])[A-Z][A-Z_]+\b")
CONSTANT = re.compile(r"^const ([A-Z][A-Z_]+) = ", re.MULTILINE)
DECLARED = re.compile(r"( *)const ")
CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def joined(first: Path) -> str:
    """The module and all that it imports, each once and before it is needed."""
    seen: dict[str, str] = {}

    def visit(path: Path) -> None:
        text = path.read_text("utf-8")
        for match in IMPORT.finditer(text):
            if match[2] not in seen:
                visit(path.parent / match[2])
        seen[path.name] = IMPORT.sub("", text) if path == first else EXPORT.sub("", IMPORT.sub("", text))

    visit(first)
    return "\n".join(seen.values())


def squeezed(text: str) -> str:
    """A script that does the same, without comments and without space that means nothing."""
    text = TOKEN.sub(lambda match: match["kept"] or " ", text)
    names = {name: f"${at}" for at, name in enumerate(CONSTANT.findall(text))}
    text = "\n".join(_declared_together([line for line in text.splitlines() if line.strip()]))
    pieces, at = [], 0
    for match in TOKEN.finditer(text):
        pieces += [_tight(text[at : match.start()], names), match["kept"].strip()]
        at = match.end()
    return "".join([*pieces, _tight(text[at:], names)]).strip() + "\n"


def _declared_together(lines: list[str]) -> list[str]:
    """Constants that are declared one under the other, each on one line, as one declaration."""
    together = lines[:1]
    for before, line in pairwise(lines):
        match = DECLARED.match(line)
        last = DECLARED.match(before)
        if match and last and match[1] == last[1] and before.rstrip().endswith(";"):
            together[-1] = together[-1].rstrip()[:-1] + ","
            line = match[1] + line[match.end() :]
        together.append(line)
    return together


def _tight(code: str, names: Mapping[str, str]) -> str:
    for pattern, short in SHORTER:
        code = pattern.sub(short, code)
    return NAME.sub(lambda match: names.get(match[0], match[0]), code)


def squeezed_css(text: str) -> str:
    """A style sheet without comments and needless space."""
    text = re.sub(r"\s+", " ", CSS_COMMENT.sub("", text))
    return re.sub(r" ?([{};,>]) ?", r"\1", text.replace(": ", ":")).replace(";}", "}").strip() + "\n"
