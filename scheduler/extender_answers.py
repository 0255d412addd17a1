"""What extenders may answer. Field names are read in whatever case, and null is as if a field were absent: so
does Go read them, in which extenders are mostly written."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, RootModel, ValidationError, model_validator

M = TypeVar("M", bound=BaseModel)


class Malformed(Exception):  # noqa: N818 - an answer of a server, no error of ours
    """Says what is wrong, and where."""


class Answer(BaseModel):
    """An object of any more fields than are named."""

    model_config = ConfigDict(extra="ignore", strict=True, defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _as_go_reads(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError("expected an object")
        return {str(name).lower(): item for name, item in value.items() if item is not None}


class Meta(Answer):
    """Of a node: its name is what counts."""

    name: str = ""


class Node(Answer):
    """Of a node that is left."""

    metadata: Meta = Meta.model_construct()


class Nodes(Answer):
    """A NodeList."""

    items: list[Node] = []


class Filtered(Answer):
    """`nodenames` or `nodes` are left; the others may say why they are not."""

    nodes: Nodes | None = None
    nodenames: list[str] | None = None
    failednodes: dict[str, str] = {}
    failedandunresolvablenodes: dict[str, str] = {}
    error: str = ""


class Score(Answer):
    """A HostPriority."""

    host: str = ""
    score: int = 0


class Scores(RootModel[list[Score] | None]):
    """A HostPriorityList."""


class Victim(Answer):
    """A MetaPod."""

    uid: str = ""


class NodeVictims(Answer):
    """The MetaVictims of one node."""

    pods: list[Victim] = []
    numpdbviolations: int = 0


class Preempted(Answer):
    """Plans by node."""

    nodenametometavictims: dict[str, NodeVictims | None] = {}


class Bound(Answer):
    """An ExtenderBindingResult."""

    error: str = ""


def read(kind: type[M], value: Any) -> M:
    """Raises Malformed."""
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        text = first["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
        raise Malformed(f"{place}: {text}" if place else text) from None
