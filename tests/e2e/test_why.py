"""`wherry why` on a real cluster: a Deployment from the user's command to running pods, and a preemption."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.e2e.kubectl import Kubectl
from tests.e2e.waiting import until

PRIORITY = """
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: why-high}
value: 1000
"""


def why(kubectl: Kubectl, *args: str, code: int = 0) -> str:
    command = [sys.executable, "-m", "wherry", "why", *args]
    more = [f"--namespace={kubectl.namespace}", f"--kubeconfig={kubectl.kubeconfig}"]
    done = subprocess.run([*command, *more], capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if not code else done.stderr


def pod(name: str, cpu: int, **more: Any) -> str:
    container = {"name": "c", "image": "nginx", "resources": {"requests": {"cpu": f"{cpu}m"}}}
    spec = {"terminationGracePeriodSeconds": 1, "containers": [container], **more}
    spec["nodeSelector"] = {"kubernetes.io/hostname": "node-1"}
    return json.dumps({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": name}, "spec": spec})


def depth(text: str, words: str) -> int:
    """How far a line of the timeline is indented."""
    line = next(line for line in text.splitlines() if re.search(words, line))
    return len(line[12:]) - len(line[12:].lstrip(" └"))


def test_a_deployment_is_told_from_the_users_command_to_ready_pods(kubectl: Kubectl) -> None:
    kubectl("create", "deployment", "web", "--image=nginx")
    kubectl("rollout", "status", "deployment/web", "--timeout=30s")
    story = (
        r"kubernetes-admin \(kubectl\S*\) created deployment web",
        r"deployment-controller created replicaset web-",
        r"replicaset-controller created pod web-",
        r"default-scheduler bound pod web-.*spec.nodeName=node-",
        r"kubelet node-\d changed the status of pod web-",
        r"replicaset-controller changed the status of replicaset web-.*availableReplicas",
    )

    def complete() -> str:
        text = why(kubectl, "deployment/web")
        return text if re.search(story[-1], text) else ""

    text = until(complete, what="the whole story")
    depths = [depth(text, words) for words in story]
    assert depths == sorted(set(depths)), text
    (name,) = kubectl("get", "pods", "-o", "name").split()
    answer = why(kubectl, name)
    assert re.search(r"is on node-\d: of 2 nodes ", answer)
    assert answer.count("✓ chosen") == 1
    assert "Owned by ReplicaSet web-" in answer
    documents = json.loads(why(kubectl, name, "-o", "json"))["items"]
    assert [document["kind"] for document in documents] == ["Placement", "Cause"]


def test_a_preemption_names_its_victims_and_these_their_preemptor(kubectl: Kubectl) -> None:
    cpus = kubectl.json("get", "node", "node-1")["status"]["allocatable"]["cpu"]
    most = int(cpus.removesuffix("m")) if cpus.endswith("m") else int(cpus) * 1000
    kubectl("apply", "-f", "-", stdin=PRIORITY)
    kubectl("apply", "-f", "-", stdin=pod("low", most * 6 // 10))
    kubectl("wait", "pod/low", "--for=condition=Ready", "--timeout=30s")
    kubectl("apply", "-f", "-", stdin=pod("high", most * 6 // 10, priorityClassName="why-high"))
    kubectl("wait", "pod/high", "--for=condition=Ready", "--timeout=30s")
    answer = why(kubectl, "pod/high")
    assert "is on node-1: room had been made for it" in answer
    assert "✗ NodeResourcesFit: Insufficient cpu" in answer
    assert f"Preempted to make room on node-1: {kubectl.namespace}/low (priority 0)." in answer
    victim = why(kubectl, "pod", "low")
    assert victim.startswith(f"Pod {kubectl.namespace}/low is gone.")
    assert depth(victim, "created pod high") < depth(victim, "default-scheduler told pod low to end")
    kubectl("delete", "priorityclass", "why-high")


def test_what_cannot_be_explained_is_said_in_words(kubectl: Kubectl, tmp_path: Path) -> None:
    assert 'pods "nothing" not found' in why(kubectl, "pod/nothing", code=1)
    assert "say which pod" in why(kubectl, "pods", code=1)
    assert "unknown output" in why(kubectl, "pod/nothing", "-o", "wide", code=1)
