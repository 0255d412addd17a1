"""From text to syntax tree, with macros expanded.

Source: cel-go parser/gen/CEL.g4, parser/parser.go.
"""

from __future__ import annotations

from . import macros
from .ast import Call, Entry, Expr, Field, Ident, ListLiteral, Literal, MapLiteral, Select, StructLiteral
from .errors import CompileError, Source
from .lexer import Token, unquote, unquote_bytes
from .reading import OPERAND, STARTS, Reading, Stop, choice
from .types import BOOL, BYTES, DOUBLE, INT, NULL, STRING, UINT
from .values import MAX_INT, MAX_UINT, MIN_INT, Uint

RESERVED = frozenset(
    (
        *("as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in"),
        *("let", "loop", "package", "namespace", "null", "return", "true", "var", "void", "while"),
    )
)
MAX_DEPTH = 250
MOST_TEXT = 100_000
"""Characters of an expression."""
MOST_DIGITS = 1000

_BINARY = {
    "<": 1,
    "<=": 1,
    ">=": 1,
    ">": 1,
    "==": 1,
    "!=": 1,
    "in": 1,
    "+": 2,
    "-": 2,
    "*": 3,
    "/": 3,
    "%": 3,
}
_LOGIC = {"||": "_||_", "&&": "_&&_"}


def parse(source: Source, *, bindings: bool = False) -> Expr:
    """The tree of an expression; `bindings` knows the macro cel.bind. Raises CompileError."""
    if len(source.text) > MOST_TEXT:
        size = f"size: {len(source.text)}, limit {MOST_TEXT}"
        raise CompileError(f"ERROR: <input>:-1:0: expression code point size exceeds limit: {size}")
    parser = _Parser(source, bindings)
    try:
        tree = parser.whole()
    except Stop:
        tree = None
    except RecursionError:
        raise CompileError(f"expression recursion limit exceeded: {MAX_DEPTH}") from None
    if tree is None or parser.issues:
        parser.issues.sort(key=lambda issue: issue[0])
        raise CompileError("\n".join(source.issue(at, text) for at, text in parser.issues))
    return tree


class _Parser(Reading):
    def __init__(self, source: Source, bindings: bool) -> None:
        super().__init__(source)
        self.bindings = bindings
        self.depth = 0

    def whole(self) -> Expr:
        tree = self.expression()
        if self.token.kind != "<EOF>":
            self.wrong("extraneous" if self.following() == "<EOF>" else "mismatched", "<EOF>")
        return tree

    def expression(self) -> Expr:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise RecursionError
        condition = self.logic("||")
        mark = self.accept("?")
        if mark is None:
            self.depth -= 1
            return condition
        yes = self.logic("||")
        self.colon()
        no = self.expression()
        self.depth -= 1
        return Call(mark.at, "_?_:_", (condition, yes, no))

    def colon(self) -> int:
        mark = self.accept(":")
        if mark is not None:
            return mark.at
        if self.token.kind not in STARTS:
            raise self.refuse("':'")
        self.note(self.token.at, f"Syntax error: missing ':' at '{self.token.text}'")
        return self.token.at

    def logic(self, sign: str) -> Expr:
        """Terms joined by `||`, or by `&&` below it."""
        left = self.logic("&&") if sign == "||" else self.binary(1)
        while (mark := self.accept(sign)) is not None:
            right = self.logic("&&") if sign == "||" else self.binary(1)
            left = Call(mark.at, _LOGIC[sign], (left, right))
        return left

    def binary(self, level: int) -> Expr:
        left = self.unary()
        while (found := _BINARY.get(self.token.kind, 0)) >= level:
            mark = self.take()
            right = self.binary(found + 1)
            name = "@in" if mark.kind == "in" else f"_{mark.kind}_"
            left = Call(mark.at, name, (left, right))
        return left

    def unary(self) -> Expr:
        kind = self.token.kind
        if kind not in STARTS:
            self.operand_missing()
            kind = self.token.kind
        if kind not in ("!", "-") or (kind == "-" and self.following() in ("NUM_INT", "NUM_FLOAT")):
            return self.member()
        first = self.token
        count = 0
        while self.accept(kind) is not None:
            count += 1
        self.after_sign(kind)
        operand = self.member()
        return Call(first.at, "!_" if kind == "!" else "-_", (operand,)) if count % 2 else operand

    def after_sign(self, sign: str) -> None:
        token = self.token
        if token.kind in STARTS - {"-", "!"}:
            return
        if sign == "-":
            shown = "" if token.kind == "<EOF>" else token.text
            self.note(token.at, f"Syntax error: no viable alternative at input '-{shown}'")
        elif token.kind == "<EOF>":
            self.wrong("extraneous", choice(*OPERAND))
            raise Stop
        raise self.refuse(choice(*OPERAND))

    def operand_missing(self) -> None:
        self.skip_or_refuse(STARTS, choice(*OPERAND))

    def member(self) -> Expr:
        here = self.primary()
        while True:
            token = self.token
            if token.kind == ".":
                here = self.select(here)
            elif token.kind == "[":
                self.take()
                optional = self.accept("?") is not None
                index = self.expression()
                self.close("]")
                here = Call(token.at, "_[?_]" if optional else "_[_]", (here, index))
            else:
                return here

    def select(self, operand: Expr) -> Expr:
        dot = self.take()
        optional = self.accept("?") is not None
        name = self.token
        if name.kind not in ("IDENTIFIER", "ESC_IDENTIFIER"):
            shown = "" if name.kind == "<EOF>" else name.text
            wrong = f"no viable alternative at input '.{shown}'"
            if _is_name(operand):
                # Upstream's parser takes it for the name of a message then.
                wrong = f"mismatched input '{shown or '<EOF>'}' expecting IDENTIFIER"
            self.note(name.at, f"Syntax error: {wrong}")
            raise Stop
        self.take()
        if name.kind == "IDENTIFIER" and not optional and self.token.kind == "(":
            at = self.take().at
            return self.call(at, name.text, self.arguments(), operand)
        field = name.text.strip("`")
        if optional:
            return Call(dot.at, "_?._", (operand, Literal(name.at, field, STRING)))
        return Select(dot.at, operand, field)

    def arguments(self) -> list[Expr]:
        if self.accept(")"):
            return []
        if self.token.kind not in STARTS:
            self.skip_or_refuse(STARTS | {")"}, choice("[", "{", "(", ")", *OPERAND[3:]))
            if self.accept(")"):
                return []
        found = [self.expression()]
        while self.accept(","):
            found.append(self.expression())
        self.close(")")
        return found

    def call(self, at: int, name: str, args: list[Expr], target: Expr | None = None) -> Expr:
        try:
            expanded = macros.expand(at, name, target, args, bindings=self.bindings)
        except macros.MacroError as wrong:
            self.note(wrong.at, str(wrong))
            return Literal(at, None, NULL)
        return expanded or Call(at, name, args, target)

    def primary(self) -> Expr:
        if self.token.kind not in STARTS:
            self.operand_missing()
        token = self.take()
        if token.kind == "(":
            inner = self.expression()
            self.close(")")
            return inner
        if token.kind == "[":
            return self.list_literal(token.at)
        if token.kind == "{":
            return self.map_literal(token.at)
        if token.kind in ("IDENTIFIER", "."):
            return self.named(token)
        return self.literal(token)

    def named(self, token: Token) -> Expr:
        dot = ""
        if token.kind == ".":
            dot = "."
            if self.token.kind != "IDENTIFIER":
                raise self.refuse("IDENTIFIER")
            token = self.take()
        if self.starts_struct():
            return self.struct_literal(dot + token.text)
        if token.text in RESERVED:
            self.note(token.at, f"reserved identifier: {token.text}")
        if self.token.kind == "(":
            at = self.take().at
            return self.call(at, dot + token.text, self.arguments())
        return Ident(token.at, dot + token.text)

    def starts_struct(self) -> bool:
        """Whether `.b.c{` follows: then the names so far are a type's."""
        i = self.i
        while self.tokens[i].kind == "." and self.tokens[i + 1].kind == "IDENTIFIER":
            i += 2
        return self.tokens[i].kind == "{"

    def struct_literal(self, name: str) -> Expr:
        while self.accept("."):
            name += "." + self.take().text
        at = self.take().at
        fields: list[Field] = []
        while self.token.kind not in ("}", ","):
            optional = self.accept("?") is not None
            key = self.token
            if key.kind not in ("IDENTIFIER", "ESC_IDENTIFIER"):
                raise self.refuse("{'}', ',', '?', IDENTIFIER, ESC_IDENTIFIER}")
            self.take()
            colon = self.colon()
            fields.append(Field(colon, key.text.strip("`"), self.expression(), optional))
            if not self.another("}"):
                break
        self.end_literal("}")
        return StructLiteral(at, name, fields)

    def list_literal(self, at: int) -> Expr:
        elements: list[Expr] = []
        optional: set[int] = set()
        while self.token.kind not in ("]", ","):
            if self.accept("?"):
                optional.add(len(elements))
            elif self.token.kind not in STARTS:
                raise self.refuse(choice("[", "]", "{", "(", ".", ",", "-", "!", "?", *OPERAND[6:]))
            elements.append(self.expression())
            if not self.another("]"):
                break
        self.end_literal("]")
        return ListLiteral(at, elements, frozenset(optional))

    def map_literal(self, at: int) -> Expr:
        entries: list[Entry] = []
        while self.token.kind not in ("}", ","):
            optional = self.accept("?") is not None
            if not optional and self.token.kind not in STARTS:
                raise self.refuse(choice("[", "{", "}", "(", ".", ",", "-", "!", "?", *OPERAND[6:]))
            key = self.expression()
            colon = self.colon()
            entries.append(Entry(colon, key, self.expression(), optional))
            if not self.another("}"):
                break
        self.end_literal("}")
        return MapLiteral(at, entries)

    def another(self, end: str) -> bool:
        """After an element: whether a comma brings a next one."""
        if self.token.kind not in (",", end):
            self.skip_or_refuse(frozenset((",", end)), f"{{'{end}', ','}}")
        if self.token.kind == "," and self.following() not in (end, ","):
            self.take()
            return True
        return False

    def end_literal(self, end: str) -> None:
        self.accept(",")
        if not self.accept(end):
            raise self.refuse(f"'{end}'")

    def literal(self, token: Token) -> Expr:
        if token.kind == "-":
            number = self.take()
            return self.number(Token(number.kind, "-" + number.text, token.at))
        if token.kind in ("true", "false"):
            return Literal(token.at, token.kind == "true", BOOL)
        if token.kind == "null":
            return Literal(token.at, None, NULL)
        if token.kind in ("STRING", "BYTES"):
            return self.text(token)
        return self.number(token)

    def text(self, token: Token) -> Expr:
        try:
            if token.kind == "STRING":
                return Literal(token.at, unquote(token.text), STRING)
            return Literal(token.at, unquote_bytes(token.text), BYTES)
        except ValueError:
            what = "invalid" if token.kind == "STRING" else "invalid bytes"
            self.note(token.at, f"{what} literal: unable to unescape string")
            return Literal(token.at, "", STRING)

    def number(self, token: Token) -> Expr:
        if token.kind == "NUM_FLOAT":
            value = float(token.text)
            if value in (float("inf"), float("-inf")):
                self.note(token.at, "invalid double literal")
            return Literal(token.at, value, DOUBLE)
        digits = token.text.rstrip("uU")
        # Python refuses to read thousands of digits, and none of these numbers has more than twenty.
        whole = int(digits, 16 if "0x" in digits else 10) if len(digits) < MOST_DIGITS else MAX_UINT + 1
        if token.kind == "NUM_UINT":
            if whole > MAX_UINT:
                self.note(token.at, "invalid uint literal")
            return Literal(token.at, Uint(whole), UINT)
        if not MIN_INT <= whole <= MAX_INT:
            self.note(token.at, "invalid int literal")
        return Literal(token.at, whole, INT)


def _is_name(node: Expr) -> bool:
    while isinstance(node, Select):
        node = node.operand
    return isinstance(node, Ident)
