"""Deployments, ReplicaSets and StatefulSets of pods that only wait, and what becomes of them."""

from __future__ import annotations

from typing import Any

from tests.conformance.api import Api
from tests.conformance.apps.job_objects import PAUSE
from tests.e2e.waiting import until

Object = dict[str, Any]
OTHER = "registry.k8s.io/pause:3.9"
MISSING = "webserver.invalid/404:1"
"""An image that nobody can pull."""
LABELS = {"name": "sample-pod"}
REVISION = "deployment.kubernetes.io/revision"


def template(image: str = PAUSE, labels: Object | None = None, **pod: Any) -> Object:
    spec = {"terminationGracePeriodSeconds": 0, "containers": [{"name": "httpd", "image": image}], **pod}
    return {"metadata": {"labels": labels or LABELS}, "spec": spec}


def workload(name: str, replicas: int, image: str = PAUSE, **spec: Any) -> Object:
    made = {"replicas": replicas, "selector": {"matchLabels": LABELS}, "template": template(image)}
    return {"metadata": {"name": name}, "spec": {**made, **spec}}


class Workloads:
    """Those of one namespace."""

    def __init__(self, api: Api, namespace: str) -> None:
        self.api = api
        self.core = f"/api/v1/namespaces/{namespace}"
        self.apps = f"/apis/apps/v1/namespaces/{namespace}"

    def make(self, plural: str, obj: Object) -> str:
        """Its path."""
        base = self.core if plural == "replicationcontrollers" else self.apps
        self.api.create(f"{base}/{plural}", obj)
        return f"{base}/{plural}/{obj['metadata']['name']}"

    def items(self, plural: str) -> list[Object]:
        base = self.core if plural == "pods" else self.apps
        found: list[Object] = self.api.get(f"{base}/{plural}")["items"]
        return sorted(found, key=lambda obj: str(obj["metadata"]["name"]))

    def images(self) -> list[str]:
        return sorted(pod["spec"]["containers"][0]["image"] for pod in self.items("pods"))

    def sizes(self) -> dict[str, int]:
        """Replicas of the ReplicaSets by the image of their template."""
        return {
            rs["spec"]["template"]["spec"]["containers"][0]["image"]: rs["spec"]["replicas"]
            for rs in self.items("replicasets")
        }

    def put(self, path: str, image: str = "", **spec: Any) -> Object:
        """Changes the spec, with the other image if one is given."""
        if image:
            spec["template"] = {"spec": {"containers": [{"name": "httpd", "image": image}]}}
        changed: Object = self.api.patch(path, {"spec": spec})
        return changed

    def status(self, path: str, **wanted: Any) -> Object:
        """The object once its status shows the newest generation and these numbers."""

        def shown() -> Object | None:
            found: Object = self.api.get(path)
            status = found["status"]
            fresh = status.get("observedGeneration", 0) >= found["metadata"]["generation"]
            same = all(status.get(field, 0) == value for field, value in wanted.items())
            return found if fresh and same else None

        found = until(shown, what=f"{path}: {wanted}")
        assert found is not None
        return found

    def rolled_out(self, path: str, replicas: int) -> Object:
        """A Deployment all of whose pods are new and available."""
        counts = ("replicas", "updatedReplicas", "availableReplicas")
        return self.status(path, **dict.fromkeys(counts, replicas))
