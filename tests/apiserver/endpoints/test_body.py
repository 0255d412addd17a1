"""Bodies: size, media types, kinds, strictness, and Go's words for what cannot be read."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from wherry.apimachinery.errors import StatusError
from wherry.apimachinery.schema.registry import builtin
from wherry.apiserver.endpoints import body
from wherry.apiserver.endpoints.exchange import Request

from tests.apimachinery.protobuf.encode import CONFIG_MAP, POD
from tests.support import run

from ..harness import CONFIG_MAPS, JSON, PODS, Api, config_map, drive, pod

YAML = "application/yaml"
PROTOBUF = "application/vnd.kubernetes.protobuf"


def chunked(*chunks: bytes) -> Request:
    waiting = [http(chunk, more=i + 1 < len(chunks)) for i, chunk in enumerate(chunks)]
    return receiving(waiting)


def http(chunk: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": chunk, "more_body": more}


def receiving(messages: list[dict[str, Any]]) -> Request:
    """A request whose client falls silent after the messages."""

    async def receive() -> dict[str, Any]:
        if not messages:
            await asyncio.Event().wait()
        return messages.pop(0)

    async def send(_: dict[str, Any]) -> None:
        return None

    return Request({"path": "/", "headers": [], "query_string": b""}, receive, send)


def refused(path: str, data: Any, message: str, *, kind: str = "application/json", status: int = 400) -> None:
    async def scenario(api: Api) -> None:
        before = api.revision
        reply = await api.ask("POST", path, data, kind=kind)
        assert (reply.status, reply.message) == (status, message)
        assert api.revision == before

    drive(scenario)


def test_a_body_may_come_in_pieces() -> None:
    assert run(body.read(chunked(b"ab", b"", b"c"))) == b"abc"


@pytest.mark.parametrize("before", [[], [http(b"metadata:\n  name: a\ndata:\n  b: hal", more=True)]])
def test_half_a_body_is_none(before: list[dict[str, Any]]) -> None:
    with pytest.raises(StatusError, match="unexpected EOF"):
        run(body.read(receiving([*before, {"type": "http.disconnect"}])))


def test_a_body_has_a_limit() -> None:
    with pytest.raises(Exception, match="Request entity too large: limit is 4") as one:
        run(body.read(chunked(b"abcde"), 4))
    assert getattr(one.value, "code", 0) == 413
    with pytest.raises(Exception, match="Request entity too large"):
        run(body.read(chunked(b"abc", b"de"), 4))


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"", "<empty>"),
        (b'{"a": 1}', '{"a": 1}'),
        (b"{" + b"x" * 40, "{" + "x" * 29 + " ..."),
        (b"hello", "68656c6c6f"),
        (b"y" * 31, "79" * 30 + " ..."),
    ],
)
def test_how_an_unreadable_body_is_shown(data: bytes, shown: str) -> None:
    assert body.hint(data) == shown


def test_json_that_is_none() -> None:
    why = "couldn't get version/kind; json parse error: invalid character 'h' looking for beginning of value"
    refused(
        CONFIG_MAPS,
        b"hello",
        f"the object provided is unrecognized (must be of type ConfigMap): {why} (68656c6c6f)",
    )


def test_json_that_is_no_object() -> None:
    async def scenario(api: Api) -> None:
        reply = await api.ask("POST", CONFIG_MAPS, b"[1]")
        assert reply.status == 400
        assert "cannot unmarshal array into Go value of type struct" in reply.message

    drive(scenario)


def test_another_kind_than_the_routes() -> None:
    refused(
        CONFIG_MAPS,
        {"kind": "Pod", "apiVersion": "v1"},
        'Pod in version "v1" cannot be handled as a ConfigMap: converting (v1.Pod) to (core.ConfigMap): '
        "unknown conversion",
    )


def test_a_kind_nobody_knows() -> None:
    refused(
        CONFIG_MAPS,
        {"kind": "Boat", "apiVersion": "v1"},
        'Boat in version "v1" cannot be handled as a ConfigMap: no kind "Boat" is registered for version '
        f'"v1" in scheme "{body.SCHEME}"',
    )


def test_a_kind_nobody_knows_of_a_group_with_a_server_of_its_own() -> None:
    refused(
        "/apis/apiregistration.k8s.io/v1/apiservices",
        {"kind": "List", "apiVersion": "apiregistration.k8s.io/v1"},
        'List in version "v1" cannot be handled as a APIService: no kind "List" is registered for version '
        f'"apiregistration.k8s.io/v1" in scheme "{body.SCHEMES["apiregistration.k8s.io"]}"',
    )


def test_a_field_of_another_type() -> None:
    refused(
        CONFIG_MAPS,
        config_map(data={"a": 1}),
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go '
        "struct field ConfigMap.data of type string",
    )


def test_a_media_type_nobody_reads() -> None:
    refused(
        CONFIG_MAPS,
        b"<a/>",
        "the body of the request was in an unknown format - accepted media types include: application/json, "
        "application/yaml, application/vnd.kubernetes.protobuf",
        kind="text/xml",
        status=415,
    )


def test_kind_and_version_may_be_left_out_and_yaml_is_read() -> None:
    async def scenario(api: Api) -> None:
        reply = await api.ask("POST", CONFIG_MAPS, b"metadata: {name: a}\ndata:\n  k: v\n", kind=YAML)
        assert reply.status == 201
        assert (reply.json["kind"], reply.json["apiVersion"], reply.json["data"]) == (
            "ConfigMap",
            "v1",
            {"k": "v"},
        )

    drive(scenario)


UNKNOWN = pod(surprise=1)
DOUBLE = b'{"metadata": {"name": "a"}, "data": {"a": "1"}, "data": {"b": "2"}}'


def test_unknown_fields_are_dropped_silently_when_asked() -> None:
    async def scenario(api: Api) -> None:
        reply = await api.ask("POST", f"{PODS}?fieldValidation=Ignore", UNKNOWN)
        assert (reply.status, reply.header("warning")) == (201, "")
        assert "surprise" not in reply.json["spec"]

    drive(scenario)


@pytest.mark.parametrize("level", ["", "?fieldValidation=Warn"])
def test_unknown_fields_are_warned_about(level: str) -> None:
    async def scenario(api: Api) -> None:
        reply = await api.ask("POST", PODS + level, UNKNOWN)
        assert (reply.status, reply.header("warning")) == (201, '299 - "unknown field \\"spec.surprise\\""')

    drive(scenario)


def test_unknown_and_duplicate_fields_are_refused_when_asked() -> None:
    prefix = "cannot be handled as a {}: strict decoding error: "
    refused(
        f"{PODS}?fieldValidation=Strict",
        UNKNOWN,
        'Pod in version "v1" ' + prefix.format("Pod") + 'unknown field "spec.surprise"',
    )
    refused(
        f"{CONFIG_MAPS}?fieldValidation=Strict",
        DOUBLE,
        'ConfigMap in version "v1" ' + prefix.format("ConfigMap") + 'duplicate field "data"',
    )


def test_forgetting_all_owners_survives_decoding() -> None:
    schema = builtin("", "v1", "ConfigMap")
    assert schema is not None
    value: dict[str, Any] = {"metadata": {"managedFields": [], "labels": None}}
    assert body.decode_keeping_resets(schema, value, []) == []
    assert value["metadata"] == {"managedFields": []}


def test_protobuf_is_read() -> None:
    async def scenario(api: Api) -> None:
        for path, data in ((CONFIG_MAPS, CONFIG_MAP), (PODS, POD)):
            reply = await api.ask("POST", path, data, kind=PROTOBUF)
            assert (reply.status, reply.header("content-type")) == (201, JSON)
        assert (await api.get(f"{CONFIG_MAPS}/a")).json["data"] == {"k": "v"}
        assert (await api.get(f"{PODS}/a")).json["spec"]["containers"][0]["image"] == "app:1"

    drive(scenario)


def test_protobuf_of_another_kind_is_refused() -> None:
    refused(
        PODS,
        CONFIG_MAP,
        'ConfigMap in version "v1" cannot be handled as a Pod: converting (v1.ConfigMap) to (core.Pod): '
        "unknown conversion",
        kind=PROTOBUF,
    )
