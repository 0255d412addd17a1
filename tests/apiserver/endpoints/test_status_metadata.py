"""What a write of the status subresource cannot set of an object's metadata, kind by kind."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from wherry.apiserver.endpoints.prepare import keep_metadata
from wherry.apiserver.registry.strategy import Strategy

from ..harness import PODS, Api, Object, drive, pod

SERVICE_CIDRS = "/apis/networking.k8s.io/v1/servicecidrs"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
DAEMON_SETS = "/apis/apps/v1/namespaces/default/daemonsets"
SCALERS = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers"
OWNER = {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u"}
PATCH: Object = {
    "metadata": {
        "labels": {"a": "b"},
        "annotations": {"a": "b"},
        "finalizers": ["example.com/x"],
        "ownerReferences": [OWNER],
    }
}


def workload() -> Object:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": pod()["spec"]}
    return {
        "metadata": {"name": "a"},
        "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": template},
    }


CIDR: Object = {"metadata": {"name": "a"}, "spec": {"cidrs": ["192.0.2.0/24"]}}


@pytest.mark.parametrize(
    ("path", "obj", "kept"),
    [
        (SERVICE_CIDRS, CIDR, {"labels", "annotations", "finalizers", "ownerReferences"}),
        (DEPLOYMENTS, workload(), {"labels"}),
        (PODS, pod(), {"ownerReferences"}),
        (DAEMON_SETS, workload(), set()),
    ],
)
def test_what_is_kept_has_no_new_owner_either(path: str, obj: Object, kept: set[str]) -> None:
    async def scenario(api: Api) -> None:
        await api.create(path, obj)
        meta = (await api.patch(f"{path}/a/status?fieldManager=s", PATCH))["metadata"]
        written = PATCH["metadata"].keys() - kept
        assert written == meta.keys() & PATCH["metadata"].keys()
        assert {f"f:{name}" for name in written} == owned_by("s", meta)

    drive(scenario)


def owned_by(manager: str, meta: Object) -> set[str]:
    entries = (entry for entry in meta["managedFields"] if entry["manager"] == manager)
    return {name for entry in entries for name in entry["fieldsV1"]["f:metadata"]}


def test_what_is_kept_is_not_the_stored_objects_own() -> None:
    strategy, was, meta = Strategy(), {"labels": {"a": "b"}}, {"labels": {"c": "d"}}
    strategy.status_resets = ("metadata.labels",)
    keep_metadata(strategy, meta, was)
    assert meta == was and meta["labels"] is not was["labels"]


def test_annotations_that_stand_for_the_spec_stay_in_a_status_write_of_an_autoscaler() -> None:
    async def scenario(api: Api) -> None:
        behavior = {"scaleUp": {"stabilizationWindowSeconds": 3}}
        target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}
        spec: Any = {"scaleTargetRef": target, "maxReplicas": 3, "behavior": behavior}
        await api.create(SCALERS.replace("v1", "v2", 1), {"metadata": {"name": "a"}, "spec": spec})
        shown = (await api.get(f"{SCALERS}/a")).json
        bare = {**shown, "metadata": {"name": "a"}}
        status = await api.put(f"{SCALERS}/a/status", bare)
        assert status["metadata"]["annotations"] == shown["metadata"]["annotations"]
        assert "annotations" not in (await api.put(f"{SCALERS}/a", bare))["metadata"]

    drive(scenario)


def test_what_a_resize_says_of_the_status_is_owned_though_not_written() -> None:
    async def scenario(api: Api) -> None:
        await api.create(PODS, pod())
        done = await api.patch(f"{PODS}/a/resize?fieldManager=r", {"status": {"message": "m"}})
        assert "message" not in done["status"]
        entry = next(entry for entry in done["metadata"]["managedFields"] if entry["manager"] == "r")
        assert (entry["subresource"], entry["fieldsV1"]) == ("resize", {"f:status": {"f:message": {}}})

    drive(scenario)


def certificate_request() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    made = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    return b64encode(made.public_bytes(Encoding.PEM)).decode()


def test_nobody_owns_what_a_certificate_is_asked_for_with() -> None:
    async def scenario(api: Api) -> None:
        requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
        spec = {"request": certificate_request(), "signerName": "example.com/x", "usages": ["client auth"]}
        await api.create(requests, {"metadata": {"name": "a", "labels": {"a": "b"}}, "spec": spec})
        approved = {"type": "Approved", "status": "True", "reason": "r"}
        status = {"conditions": [approved], "certificate": "eA=="}
        done = await api.patch(f"{requests}/a/approval?fieldManager=y", {"status": status})
        owned = {entry["manager"]: entry["fieldsV1"] for entry in done["metadata"]["managedFields"]}
        assert owned.pop("y").keys() == {"f:status"}
        assert [fields.keys() for fields in owned.values()] == [{"f:metadata"}]

    drive(scenario)
