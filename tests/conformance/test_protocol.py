"""Encodings that clients ask for (upstream: test/e2e/apimachinery/protocol.go)."""

from __future__ import annotations

import json
import struct

import pytest

from tests.conformance.api import Api

PROTOBUF = "application/vnd.kubernetes.protobuf"
MAGIC = b"k8s\x00"
ACCEPTS = (
    "application/json",
    PROTOBUF,
    f"{PROTOBUF},application/json",
    f"application/json,{PROTOBUF}",
)


def first_event(api: Api, path: str, accept: str, **query: str) -> tuple[str, bytes]:
    """(content type, one event as it comes) of a watch."""
    query |= {"watch": "true", "timeoutSeconds": "20"}
    headers = {"Accept": ",".join(_streamed(one) for one in accept.split(","))}
    with api.http.stream("GET", path, params=query, headers=headers) as answer:
        received, protobuf = b"", answer.headers["content-type"].startswith(PROTOBUF)
        for chunk in answer.iter_bytes():
            received += chunk
            if not protobuf and b"\n" in received:
                break
            if protobuf and len(received) >= 4 + struct.unpack(">I", received[:4].rjust(4, b"\0"))[0]:
                break
        return answer.headers["content-type"], received


def _streamed(accept: str) -> str:
    """client-go asks for protobuf watches by this name."""
    return f"{accept};stream=watch" if accept == PROTOBUF else accept


@pytest.mark.parametrize("accept", ACCEPTS)
def test_watches(api: Api, namespace: str, accept: str) -> None:
    """«client-go should negotiate watch and report errors with accept …»"""
    path, name = f"/api/v1/namespaces/{namespace}/configmaps", "e2e-client-go-test-negotiation"
    before = api.get(path)["metadata"]["resourceVersion"]
    api.create(path, {"metadata": {"name": name}})
    query = {"resourceVersion": before, "fieldSelector": f"metadata.name={name}"}
    content_type, event = first_event(api, path, accept, **query)
    if accept.startswith(PROTOBUF):
        assert content_type == f"{PROTOBUF};stream=watch"
        assert b"ADDED" in event and MAGIC in event[4:] and name.encode() in event
    else:
        assert content_type == "application/json"
        assert (
            json.loads(event)["type"] == "ADDED" and json.loads(event)["object"]["metadata"]["name"] == name
        )


@pytest.mark.parametrize("accept", ACCEPTS)
def test_errors(api: Api, namespace: str, accept: str) -> None:
    """An error comes as a Status in the encoding of what was asked for."""
    path = f"/api/v1/namespaces/{namespace}/configmaps/nobody"
    answer = api.http.get(path, headers={"Accept": accept})
    assert answer.status_code == 404
    if accept.startswith(PROTOBUF):
        assert answer.content.startswith(MAGIC) and b'configmaps "nobody" not found' in answer.content
    else:
        assert answer.json()["reason"] == "NotFound"
