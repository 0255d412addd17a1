"""`kill -9` of the API server in the middle of concurrent writes: after the restart every acknowledged write
is there, and no other."""

from __future__ import annotations

import http.client
import itertools
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.local import LocalCluster
from tests.e2e.waiting import until

WRITERS = 8
ENOUGH = 300
PATH = "/api/v1/namespaces/default/configmaps"
GONE = (OSError, http.client.HTTPException)


@pytest.fixture
def alone(tmp_path: Any) -> Iterator[LocalCluster]:
    """A control plane without nodes, for a test that breaks it."""
    with LocalCluster(tmp_path, nodes=0) as cluster:
        yield cluster


class Writer(threading.Thread):
    """Creates an object, changes it, deletes every third, and so on until the server is gone.

    `acknowledged` maps a name to the value that the last answered request left, None after a delete; `asked`
    holds the one request that went unanswered, which may or may not have been done.
    """

    def __init__(self, cluster: LocalCluster, number: int) -> None:
        super().__init__(name=f"writer-{number}")
        self._connection = cluster.connect()
        self._number = number
        self.acknowledged: dict[str, str | None] = {}
        self.asked: tuple[str, str | None] = ("", None)
        self.problems: list[str] = []

    def run(self) -> None:
        try:
            for count in itertools.count():
                name = f"crash-{self._number}-{count}"
                self._write("POST", PATH, name, "1")
                self._write("PUT", f"{PATH}/{name}", name, "2")
                if count % 3 == 0:
                    self._write("DELETE", f"{PATH}/{name}", name, None)
        except GONE:
            self._connection.close()

    def _write(self, method: str, path: str, name: str, value: str | None) -> None:
        self.asked = (name, value)
        obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"value": value}}
        body = None if value is None else json.dumps(obj)
        self._connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        data = answer.read()
        if answer.status >= 300:
            self.problems.append(f"{method} {path}: {answer.status} {data[:200]!r}")
            return
        self.acknowledged[name] = value
        self.asked = ("", None)

    def agrees(self, name: str, found: str | None) -> bool:
        """Whether what is stored now is what was acknowledged, or the one thing more that was asked for."""
        return found == self.acknowledged.get(name) or (name, found) == self.asked


def stored(cluster: LocalCluster) -> dict[str, str]:
    items = cluster.request("GET", PATH).json()["items"]
    return {
        i["metadata"]["name"]: i["data"]["value"] for i in items if i["metadata"]["name"].startswith("crash-")
    }


def serving(cluster: LocalCluster) -> bool:
    try:
        return cluster.request("GET", "/readyz").status == 200
    except GONE:
        return False


def killed_while_writing(cluster: LocalCluster) -> list[Writer]:
    writers = [Writer(cluster, number) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    until(lambda: sum(len(writer.acknowledged) for writer in writers) > ENOUGH, what="enough writes")
    cluster.kill("apiserver")
    for writer in writers:
        writer.join(timeout=30)
    return writers


def test_every_acknowledged_write_and_no_other_survives_a_crash(alone: LocalCluster) -> None:
    writers = killed_while_writing(alone)
    assert [problem for writer in writers for problem in writer.problems] == []
    until(lambda: serving(alone), what="the API server after its crash")
    found = stored(alone)
    expected = {name: writer for writer in writers for name in writer.acknowledged}
    for name, writer in expected.items():
        assert writer.agrees(name, found.get(name)), name
    strangers = set(found) - set(expected)
    assert strangers <= {writer.asked[0] for writer in writers}


def test_versions_go_on_after_a_crash(alone: LocalCluster) -> None:
    """A revision is never given twice: watches and caches of clients rely on it."""
    killed_while_writing(alone)
    until(lambda: serving(alone), what="the API server after its crash")
    before = int(alone.request("GET", PATH).json()["metadata"]["resourceVersion"])
    obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "after"}}
    made = alone.request("POST", PATH, json.dumps(obj).encode()).json()
    assert int(made["metadata"]["resourceVersion"]) > before
    versions = [int(i["metadata"]["resourceVersion"]) for i in alone.request("GET", PATH).json()["items"]]
    assert len(set(versions)) == len(versions)
