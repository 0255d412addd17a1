"""The expressions of one policy: they share variables, which later ones may use.

Source: k8s.io/apiserver pkg/admission/plugin/cel/{compile,composition}.go, pkg/cel/mutation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ....apimachinery import field
from ....apimachinery.field import FieldError
from . import expressions
from .expressions import Variables

if TYPE_CHECKING:
    from ....apimachinery.cel.program import Program
    from ....apimachinery.cel.types import CelType

OBJECT = "Object"


class Composition:
    """Compiles a policy's expressions in order. `params`: it has a paramKind; `base`: variables and their types
    in place of the usual ones (for checking types)."""

    def __init__(self, *, params: bool, base: Variables | None = None) -> None:
        self._params = params
        self._base = base
        self._fields: dict[str, CelType] = {}

    def add(self, name: str, text: str) -> Program:
        """A variable. CompileError; it is dyn then for those that use it."""
        from ....apimachinery.cel.types import DYN

        declared = self.names()
        self._fields[name] = DYN
        program = expressions.compiled(text, declared, ())
        self._fields[name] = program.returns
        return program

    def names(self, *, authorizer: bool = True) -> Variables:
        from ....apimachinery.cel.types import struct

        known = self._base or expressions.variables(params=self._params, authorizer=authorizer)
        return {**known, "variables": struct("kubernetes.variables", dict(self._fields))}

    def boolean(self, text: str) -> Program:
        from ....apimachinery.cel.types import BOOL

        return expressions.compiled(text, self.names(), (BOOL,))

    def message(self, text: str) -> Program:
        from ....apimachinery.cel.types import STRING

        return expressions.compiled(text, self.names(authorizer=False), (STRING,))

    def annotation(self, text: str) -> Program:
        from ....apimachinery.cel.types import NULL, STRING

        return expressions.compiled(text, self.names(), (STRING, NULL))

    def configuration(self, text: str) -> Program:
        """What an ApplyConfiguration mutation merges into the object."""
        from ....apimachinery.cel.types import struct

        return self._mutation(text, struct(OBJECT))

    def patch(self, text: str) -> Program:
        """The operations of a JSONPatch mutation."""
        from ....apimachinery.cel.library.json_patch import JSON_PATCH
        from ....apimachinery.cel.types import list_of

        return self._mutation(text, list_of(JSON_PATCH))

    def _mutation(self, text: str, wanted: CelType) -> Program:
        from ....apimachinery.cel import environment, program

        return program.compile(
            text,
            self.names(),
            returns=(wanted,),
            structs=_mutation_structs,
            functions=environment.MUTATION_FUNCTIONS,
        )


def _mutation_structs(name: str) -> CelType | None:
    """`Object`, `Object.spec` … take any field; `JSONPatch` has its four."""
    from ....apimachinery.cel.library.json_patch import JSON_PATCH
    from ....apimachinery.cel.types import struct

    if name == JSON_PATCH.name:
        return JSON_PATCH
    if name == OBJECT or name.startswith(f"{OBJECT}."):
        return struct(name, open_fields=True)
    return None


def problems(
    compile_one: Callable[[str], Program], text: str, path: str, shown: str = ""
) -> Sequence[FieldError]:
    """What compiling an expression says; `shown` is the text as it was given."""
    from ....apimachinery.cel.errors import CompileError
    from ....apimachinery.cel.program import InstantiationError, ResultError

    try:
        compile_one(text)
    except ResultError as error:
        return [field.invalid(path, shown or text, str(error))]
    except InstantiationError as error:
        return [field.internal(path, f"program instantiation failed: {error}")]
    except CompileError as error:
        return [field.invalid(path, shown or text, f"compilation failed: {error}")]
    return []
