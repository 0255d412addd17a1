"""Descriptions: fields, then events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from wherry.access import describe

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
META = {
    "name": "x",
    "namespace": "n",
    "uid": "u",
    "creationTimestamp": "2026-01-01T11:58:00Z",
    "managedFields": [],
}


def obj(kind: str, **fields: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": META, **fields}


def test_identity_comes_first_then_the_fields() -> None:
    text = describe.text(
        obj("Pod", spec={"containers": [{"name": "a", "ports": []}], "hostIPC": False}), [], NOW
    )
    assert text.splitlines() == [
        "Name:           x",
        "Namespace:      n",
        "Kind:           Pod (v1)",
        "Created:        2026-01-01T11:58:00Z (2m ago)",
        "Spec:",
        "  containers:",
        "    - name: a",
        "      ports: <none>",
        "  hostIPC: false",
        "Events: <none>",
    ]


def test_secrets_stay_secret() -> None:
    text = describe.text(obj("Secret", data={"password": "aHVudGVyMg=="}), [], NOW)
    assert "aHVudGVyMg" not in text
    assert "password: 9 bytes" in text


def test_events_are_a_table() -> None:
    event = {
        "type": "Warning",
        "reason": "BackOff",
        "message": "again",
        "lastTimestamp": "2026-01-01T11:59:30Z",
        "source": {"component": "kubelet"},
    }
    lines = describe.text(obj("Pod"), [event], NOW).splitlines()
    assert lines[-1].split() == ["Warning", "BackOff", "30s", "kubelet", "again"]
