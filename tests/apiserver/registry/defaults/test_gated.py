"""Fields of pod specs that writes drop because their feature gates are off."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apiserver.registry.catalog import resources
from wherry.apiserver.registry.defaults.gated import drop_gated

from ...harness import PODS, Api, drive, pod

BUNDLE = {"name": "b", "path": "p"}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"schedulingGroup": {"podGroupName": "g"}}, {}),
        ({"containers": [{"lifecycle": {"stopSignal": "SIGTERM"}}]}, {"containers": [{}]}),
        (
            {"initContainers": [{"lifecycle": {"stopSignal": "SIGTERM", "preStop": {"sleep": {}}}}]},
            {"initContainers": [{"lifecycle": {"preStop": {"sleep": {}}}}]},
        ),
        (
            {"volumes": [{"projected": {"sources": [{"clusterTrustBundle": BUNDLE}, {"secret": {}}]}}]},
            {"volumes": [{"projected": {"sources": [{}, {"secret": {}}]}}]},
        ),
    ],
)
def test_fields_of_closed_gates_are_dropped(given: dict[str, Any], kept: dict[str, Any]) -> None:
    drop_gated(given)
    assert given == kept


def test_every_kind_with_a_pod_spec_says_where_it_is() -> None:
    kinds = {r.kind: ".".join(r.strategy.pod_spec) for r in resources() if r.strategy.pod_spec}
    assert kinds.pop("Pod") == "spec"
    assert kinds.pop("PodTemplate") == "template.spec"
    assert kinds.pop("CronJob") == "spec.jobTemplate.spec.template.spec"
    assert set(kinds) == {
        "DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet",
    }  # fmt: skip
    assert set(kinds.values()) == {"spec.template.spec"}


def test_a_pod_is_stored_without_them_and_owned_as_sent() -> None:
    async def scenario(api: Api) -> None:
        done = await api.create(PODS, pod(schedulingGroup={"podGroupName": "g"}))
        assert "schedulingGroup" not in done["spec"]
        done["spec"]["schedulingGroup"] = {"podGroupName": "g"}
        again = (await api.ask("PUT", f"{PODS}/a", done)).json
        assert "schedulingGroup" not in again["spec"]

    drive(scenario)
