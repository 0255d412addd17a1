"""Jobs as upstream's tests make them (test/e2e/framework/job/fixtures.go), and waiting for their ends."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from tests.conformance.api import Api
from tests.e2e.waiting import until

Object = dict[str, Any]
BUSYBOX = "registry.k8s.io/e2e-test-images/busybox:1.37.0-1"
PAUSE = "registry.k8s.io/pause:3.10"
FAIL_ONCE = """
    if [[ -r /data/foo ]]
    then
        exit 0
    else
        touch /data/foo
        exit 1
    fi
"""
NOT_TERMINATE_ONCE = """
    if [[ -r /data/foo ]]
    then
        exit 0
    elif [[ $JOB_COMPLETION_INDEX -eq 0 ]]
    then
        touch /data/foo
        sleep 1000000
    else
        exit 1
    fi
"""
FAIL_ODD = """
    if [ $(expr ${JOB_COMPLETION_INDEX} % 2) -ne 0 ]; then
        exit 1
    else
        exit 0
    fi
"""
SUCCEED_FIRST = """
    if [ "${JOB_COMPLETION_INDEX}" = "0" ]; then
        exit 0
    fi
    sleep 1000000
"""


def job(name: str, script: str, *, restart: str = "Never", node: str = "", **spec: Any) -> Object:
    """With two pods at a time and four completions unless `spec` says else. An empty script never ends;
    with a `node` the directory /data outlives the pods."""
    container: Object = {
        "name": "c",
        "image": BUSYBOX if script else PAUSE,
        "volumeMounts": [{"mountPath": "/data", "name": "data"}],
    }
    if script:
        container["command"] = ["/bin/sh", "-c", script]
    volume: Object = {"emptyDir": {}}
    if node:
        path = f"/tmp/job-e2e/{os.getpid()}-{name}"
        volume = {"hostPath": {"path": path, "type": "DirectoryOrCreate"}}
    pod: Object = {
        "restartPolicy": restart,
        "terminationGracePeriodSeconds": 1,
        "containers": [container],
        "volumes": [{"name": "data", **volume}],
    }
    if node:
        pod["nodeSelector"] = {"kubernetes.io/hostname": node}
    template = {"metadata": {"labels": {"job": name}}, "spec": pod}
    return {
        "metadata": {"name": name},
        "spec": {"parallelism": 2, "completions": 4, "template": template, **spec},
    }


def indexed(name: str, script: str, **spec: Any) -> Object:
    return job(name, script, completionMode="Indexed", **spec)


class Jobs:
    """The Jobs of one namespace."""

    def __init__(self, api: Api, namespace: str) -> None:
        self.api = api
        self.path = f"/apis/batch/v1/namespaces/{namespace}/jobs"
        self.pod_path = f"/api/v1/namespaces/{namespace}/pods"

    def make(self, obj: Object) -> str:
        """Its path."""
        self.api.create(self.path, obj)
        return f"{self.path}/{obj['metadata']['name']}"

    def pods(self, phase: str = "") -> list[Object]:
        found: list[Object] = self.api.get(self.pod_path)["items"]
        return [pod for pod in found if phase in ("", pod["status"].get("phase"))]

    def running(self, count: int) -> list[Object]:
        """The running pods, once there are `count`."""

        def enough() -> list[Object] | None:
            found = self.pods("Running")
            return found if len(found) == count else None

        found = until(enough, what=f"{count} running pods")
        assert found is not None
        return found

    def condition(self, path: str, kind: str) -> Object:
        """A true condition, once it is there."""

        def there() -> Object | None:
            for condition in self.api.get(path)["status"].get("conditions") or ():
                if (condition["type"], condition["status"]) == (kind, "True"):
                    return dict(condition)
            return None

        found = until(there, what=f"{path} to be {kind}")
        assert found is not None
        return found

    def complete(self, path: str) -> Object:
        """The status of a Job that met its criteria and then completed."""
        self.condition(path, "SuccessCriteriaMet")
        self.condition(path, "Complete")
        status: Object = self.api.get(path)["status"]
        return status

    def failed(self, path: str, reason: str) -> Object:
        """The status of a Job that failed for `reason`, which it said beforehand."""
        assert self.condition(path, "FailureTarget")["reason"] == reason
        assert self.condition(path, "Failed")["reason"] == reason
        status: Object = self.api.get(path)["status"]
        return status

    def when(self, path: str, check: Callable[[Object], bool], what: str = "") -> None:
        """Waits until the status is so."""
        until(lambda: check(self.api.get(path)["status"]), what=what)
