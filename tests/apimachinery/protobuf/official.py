"""Google's protobuf runtime with Kubernetes' messages: what Wherry writes, read with somebody else's code."""

from __future__ import annotations

from functools import cache
from typing import Any

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.message import Message
from wherry.apimachinery.protobuf import MAGIC, table

F = FieldDescriptorProto
SCALARS = {"": F.TYPE_STRING, "y": F.TYPE_BYTES, "b": F.TYPE_BOOL, "i": F.TYPE_INT64, "d": F.TYPE_DOUBLE}
TIMES = {"meta.v1.Time", "meta.v1.MicroTime"}
ROOT = "k8s"


def flat(name: str) -> str:
    return name.replace(".", "_")


@cache
def factory(name: str) -> type[Message]:
    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(f"{ROOT}.{flat(name)}"))


@cache
def _pool() -> descriptor_pool.DescriptorPool:
    file = FileDescriptorProto(name="k8s.proto", package=ROOT, syntax="proto2")
    for name in table.names():
        _describe(file.message_type.add(name=flat(name)), name)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return pool


def _describe(message: DescriptorProto, name: str) -> None:
    for number, field in (table.message(name) or {}).items():
        safe = "f_" + "".join(c if c.isalnum() else "_" for c in field.name)
        found = message.field.add(name=safe, number=number, json_name=field.name)
        found.label = F.LABEL_REPEATED if field.shape else F.LABEL_OPTIONAL
        if field.shape == "<":
            entry = message.nested_type.add(name=f"E{number}Entry")
            entry.field.add(name="key", number=1, type=F.TYPE_STRING, label=F.LABEL_OPTIONAL)
            _typed(entry.field.add(name="value", number=2, label=F.LABEL_OPTIONAL), field.type)
            found.type, found.type_name = F.TYPE_MESSAGE, f".{ROOT}.{flat(name)}.E{number}Entry"
        else:
            _typed(found, field.type)


def _typed(found: FieldDescriptorProto, kind: str) -> None:
    if kind in SCALARS:
        found.type = SCALARS[kind]
    else:
        found.type, found.type_name = F.TYPE_MESSAGE, f".{ROOT}.{flat(kind)}"


def parse(name: str, data: bytes) -> Message:
    """The message, which must hold nothing that its description does not know."""
    message = factory(name)()
    message.ParseFromString(data)
    whole = message.SerializeToString(deterministic=True)
    message.DiscardUnknownFields()
    assert message.SerializeToString(deterministic=True) == whole, f"{name} has unknown fields"
    return message


def value(message: Any, path: str) -> Any:
    """The value at a dotted path of JSON names; numbers are positions in lists."""
    for part in path.split("."):
        message = message[int(part)] if part.isdigit() else getattr(message, f"f_{part}")
    return message


def unwrap(data: bytes) -> tuple[str, Message]:
    """The kind of an enveloped object, and the object."""
    assert data.startswith(MAGIC)
    unknown = parse("runtime.Unknown", data[len(MAGIC) :])
    group, _, version = value(unknown, "typeMeta.apiVersion").rpartition("/")
    kind = value(unknown, "typeMeta.kind")
    return kind, parse(table.of_kind(group, version, kind), value(unknown, "raw"))


def event(data: bytes) -> tuple[str, str, Message]:
    """Type, kind and object of one event of a watch, which begins with its length."""
    assert int.from_bytes(data[:4], "big") == len(data) - 4
    found = parse("meta.v1.WatchEvent", data[4:])
    return value(found, "type"), *unwrap(value(found, "object.raw"))
