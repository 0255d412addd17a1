"""A real server with a handful of seats, under more load than it takes."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.e2e.local import LocalCluster
from tests.support import run

GROUP = "/apis/flowcontrol.apiserver.k8s.io/v1"
AS_JANE = "Impersonate-User: jane\r\nImpersonate-Group: system:authenticated\r\n"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    root = tmp_path_factory.mktemp("flowcontrol")
    with LocalCluster(root, "--ephemeral", "--max-requests-inflight=20", nodes=0) as found:
        yield found


class Answer:
    """Status, headers in lower case, and the body, of one request."""

    def __init__(self, data: bytes) -> None:
        head, _, self.body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        self.status = int(first.split(" ")[1])
        self.headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}


async def ask(cluster: LocalCluster, method: str, path: str, body: object = None, more: str = "") -> Answer:
    folder = cluster.data / "pki"
    context = ssl.create_default_context(cafile=str(folder / "ca.crt"))
    context.load_cert_chain(folder / "admin.crt", folder / "admin.key")
    reader, writer = await asyncio.open_connection("127.0.0.1", cluster.port, ssl=context)
    data = json.dumps(body).encode() if body is not None else b""
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}{more}Content-Length: {len(data)}\r\n\r\n".encode() + data)
    answer = Answer(await reader.read())
    writer.close()
    return answer


def rules(user: str) -> list[dict[str, object]]:
    everything = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "namespaces": ["*"]}
    subject = {"kind": "User", "user": {"name": user}}
    return [{"subjects": [subject], "resourceRules": [everything]}]


async def level(cluster: LocalCluster, response: dict[str, object]) -> None:
    """A level of the smallest size for jane, with a right to what she asks."""
    limited = {"nominalConcurrencyShares": 1, "borrowingLimitPercent": 0, "limitResponse": response}
    spec: dict[str, object] = {"type": "Limited", "limited": limited}
    path = f"{GROUP}/prioritylevelconfigurations"
    await ask(cluster, "DELETE", f"{path}/narrow")
    assert (await ask(cluster, "POST", path, {"metadata": {"name": "narrow"}, "spec": spec})).status == 201
    found = {
        "priorityLevelConfiguration": {"name": "narrow"},
        "matchingPrecedence": 10,
        "rules": rules("jane"),
        "distinguisherMethod": {"type": "ByUser"},
    }
    await ask(cluster, "POST", f"{GROUP}/flowschemas", {"metadata": {"name": "janes"}, "spec": found})
    roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/default"
    rule = {"verbs": ["*"], "apiGroups": [""], "resources": ["configmaps"]}
    await ask(cluster, "POST", f"{roles}/roles", {"metadata": {"name": "all"}, "rules": [rule]})
    binding = {
        "metadata": {"name": "jane"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "all"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "jane"}],
    }
    await ask(cluster, "POST", f"{roles}/rolebindings", binding)


async def burst(cluster: LocalCluster, count: int) -> list[Answer]:
    """So many creates by jane at once."""
    path = "/api/v1/namespaces/default/configmaps"
    body = {"metadata": {"generateName": "x-"}, "data": {"k": "v"}}
    return await asyncio.gather(*(ask(cluster, "POST", path, body, AS_JANE) for _ in range(count)))


def test_what_is_too_much_is_refused_and_the_rest_is_done(cluster: LocalCluster) -> None:
    async def scenario() -> None:
        await level(cluster, {"type": "Reject"})
        answers = await burst(cluster, 40)
        statuses = Counter(answer.status for answer in answers)
        assert set(statuses) <= {201, 429}
        assert min(statuses[201], statuses[429]) > 0
        for answer in answers:
            assert answer.headers["x-kubernetes-pf-prioritylevel-uid"]
            if answer.status == 429:
                assert answer.headers["retry-after"] == "1"
        stored = json.loads((await ask(cluster, "GET", "/api/v1/namespaces/default/configmaps")).body)
        made = [i for i in stored["items"] if i["metadata"]["name"].startswith("x-")]
        assert len(made) == statuses[201]

    run(scenario())


def test_what_may_wait_is_done_in_the_end(cluster: LocalCluster) -> None:
    async def scenario() -> None:
        queuing = {"queues": 4, "handSize": 2, "queueLengthLimit": 100}
        await level(cluster, {"type": "Queue", "queuing": queuing})
        answers = await burst(cluster, 40)
        assert Counter(answer.status for answer in answers) == {201: 40}
        text = (await ask(cluster, "GET", "/metrics")).body.decode()
        labels = 'flow_schema="janes",priority_level="narrow"'
        assert f"apiserver_flowcontrol_current_executing_requests{{{labels}}}" not in text
        assert f"apiserver_flowcontrol_current_inqueue_requests{{{labels}}} 0" in text

    run(scenario())
