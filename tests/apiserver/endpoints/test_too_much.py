"""Bodies made to be a burden: each is answered soon and never stored."""

from __future__ import annotations

import pytest

from ...apimachinery.protobuf.encode import enveloped, meta, sized
from ..harness import CONFIG_MAPS, PODS, Api, drive

YAML, PROTOBUF, JSON = "application/yaml", "application/vnd.kubernetes.protobuf", "application/json"
MEGA = 1024 * 1024
BILLION = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%b]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 9)) for n in range(9)
)
OWNED = b'{"metadata":{"name":"a","managedFields":[{"manager":"m","operation":"Update","fieldsV1":%b}]}}'
DEEP = b'{"f:a":' * 900 + b"{}" + b"}" * 900


@pytest.mark.parametrize(
    ("path", "kind", "body", "status", "message"),
    [
        (CONFIG_MAPS, JSON, b"[" * MEGA, 400, "exceeded max depth"),
        (CONFIG_MAPS, JSON, OWNED % DEEP, 400, "exceeded max depth"),
        (CONFIG_MAPS, JSON, b" " * (3 * MEGA + 1), 413, "limit is 3145728"),
        (CONFIG_MAPS, JSON, b'{"metadata":{"generation":%b}}' % (b"9" * 5000), 400, ""),
        (CONFIG_MAPS, JSON, b"{" + b'"a":0,' * 400_000 + b'"b":0}', 413, "150000 values"),
        (PODS, JSON, b'{"spec":{"containers":[' + b"null," * 100_000 + b"{}]}}", 413, "50000 objects"),
        (PODS, JSON, b'{"spec":{"containers":[' + b"{}," * 100_000 + b"{}]}}", 413, "50000 objects"),
        (CONFIG_MAPS, YAML, b"a: " + b"[" * 100_000, 400, "exceeded max depth"),
        (CONFIG_MAPS, YAML, BILLION, 400, "document contains excessive aliasing"),
        (CONFIG_MAPS, YAML, b"a: &a [*a]", 400, "unknown anchor 'a' referenced"),
        (CONFIG_MAPS, YAML, b"[" + b"a," * 200_000 + b"]", 413, "150000 values"),
        (PODS, PROTOBUF, enveloped("v1", "Pod", sized(2, sized(2) * 100_000)), 413, "50000 objects"),
        (CONFIG_MAPS, PROTOBUF, enveloped("v1", "ConfigMap", b"\x0b" * MEGA), 400, "wrong wireType"),
        (
            CONFIG_MAPS,
            PROTOBUF,
            enveloped("v1", "ConfigMap", meta("a", sized(17, sized(7, sized(1, DEEP))))),
            400,
            "exceeded max depth",
        ),
    ],
)
def test_a_burden_is_refused(path: str, kind: str, body: bytes, status: int, message: str) -> None:
    async def scenario(api: Api) -> None:
        before = api.revision
        reply = await api.ask("POST", path, body, kind=kind)
        assert (reply.status, api.revision) == (status, before)
        assert message in reply.message

    drive(scenario)


def test_large_is_not_too_much() -> None:
    async def scenario(api: Api) -> None:
        body = b'{"metadata":{"name":"a"},"data":{%b}}' % b",".join(b'"k%d":"v"' % n for n in range(50_000))
        assert (await api.ask("POST", CONFIG_MAPS, body)).status == 201

    drive(scenario)
