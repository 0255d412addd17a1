"""What can go wrong with protobuf, in upstream's words."""

from __future__ import annotations

from ..gvk import GroupVersionKind, parse_group_version


class ProtobufError(ValueError):
    """Bytes that are no object. `gvk` is what they claim to be, when that much could be read."""

    def __init__(self, why: str, gvk: GroupVersionKind | None = None) -> None:
        super().__init__(why)
        self.gvk = gvk


class NotMarshalableError(Exception):
    """A kind without messages. `go_type` is how Go prints its type."""

    def __init__(self, go_type: str) -> None:
        super().__init__(
            f"object {go_type} does not implement the protobuf marshalling interface and cannot be encoded "
            "to a protobuf message"
        )


def go_type(api_version: str, kind: str) -> str:
    """How Go prints the type that a kind without messages has."""
    version = parse_group_version(api_version)
    return f"*{version.version}.{kind}" if version.group == "meta.k8s.io" else "*unstructured.Unstructured"
