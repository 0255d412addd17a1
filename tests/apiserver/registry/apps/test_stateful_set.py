"""StatefulSet: defaults, claim templates, what an update may change."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import SELECTOR, Kind, pod_template

STATEFUL_SET = Kind("apps", "v1", "StatefulSet")
CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}


def body(**spec: Any) -> dict[str, Any]:
    core = {"replicas": 0, "serviceName": "s", "selector": SELECTOR, "template": pod_template()}
    return {"spec": {**core, **spec}}


def test_defaults() -> None:
    spec = STATEFUL_SET.defaulted(body())["spec"]
    assert spec["podManagementPolicy"] == "OrderedReady"
    assert spec["updateStrategy"] == {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}
    retain = {"whenDeleted": "Retain", "whenScaled": "Retain"}
    assert spec["persistentVolumeClaimRetentionPolicy"] == retain
    assert spec["revisionHistoryLimit"] == 10


def test_how_many_may_be_unavailable_is_dropped_unless_it_is_there() -> None:
    wish = body(updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 2}})

    def kept(obj: dict[str, Any]) -> Any:
        return obj["spec"]["updateStrategy"]["rollingUpdate"]

    assert kept(STATEFUL_SET.created(wish)) == {"partition": 0}
    assert kept(STATEFUL_SET.updated(body(), wish)) == {"partition": 0}
    changed = STATEFUL_SET.defaulted(wish)
    STATEFUL_SET.strategy.prepare_update(STATEFUL_SET.context, changed, STATEFUL_SET.defaulted(wish))
    assert kept(changed) == {"maxUnavailable": 2, "partition": 0}


def test_a_claim_template_becomes_a_whole_claim() -> None:
    obj = STATEFUL_SET.defaulted(body(volumeClaimTemplates=[{"metadata": {"name": "d"}, "spec": CLAIM}]))
    claim = obj["spec"]["volumeClaimTemplates"][0]
    assert (claim["kind"], claim["apiVersion"]) == ("PersistentVolumeClaim", "v1")
    assert (claim["spec"]["volumeMode"], claim["status"]["phase"]) == ("Filesystem", "Pending")


def test_containers_mount_the_claims_by_name() -> None:
    mounts = [{"name": "d", "mountPath": "/d"}]
    template = pod_template(containers=[{"name": "c", "image": "app:1", "volumeMounts": mounts}])
    claims = [{"metadata": {"name": "d"}, "spec": CLAIM}]
    missing = 'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "d"'
    assert STATEFUL_SET.problems(body(template=template)) == [missing]
    assert STATEFUL_SET.problems(body(template=template, volumeClaimTemplates=claims)) == []


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        (
            {"updateStrategy": {"rollingUpdate": {"partition": -1}}},
            "spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: "
            "must be greater than or equal to 0",
        ),
        (
            {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Ask"}},
            'spec.persistentVolumeClaimRetentionPolicy.whenDeleted: Unsupported value: "Ask": '
            'supported values: "Retain", "Delete"',
        ),
        (
            {"serviceName": "s" * 64},
            f'spec.serviceName: Invalid value: "{"s" * 64}": must be no more than 63 characters',
        ),
        (
            {"updateStrategy": {"type": "Galaxy", "rollingUpdate": {"partition": 2}}},
            'spec.updateStrategy: Invalid value: {"Type":"Galaxy","RollingUpdate":{"Partition":2,'
            "\"MaxUnavailable\":null}}: must be 'RollingUpdate' or 'OnDelete'",
        ),
        (
            {"podManagementPolicy": "Chaotic"},
            "spec.podManagementPolicy: Invalid value: \"Chaotic\": must be 'OrderedReady' or 'Parallel'",
        ),
    ],
)
def test_what_is_refused(spec: dict[str, Any], problem: str) -> None:
    assert STATEFUL_SET.problems(body(**spec)) == [problem]


def test_only_some_fields_may_change() -> None:
    forbidden = STATEFUL_SET.update_problems(body(), body(serviceName="t"))
    assert [problem.split(":")[:2] for problem in forbidden] == [["spec", " Forbidden"]]
    assert STATEFUL_SET.update_problems(body(), body(replicas=3, minReadySeconds=1)) == []


def test_a_negative_history_is_kept_with_a_warning() -> None:
    assert STATEFUL_SET.warnings(body(revisionHistoryLimit=-1)) == [
        "spec.revisionHistoryLimit: a negative value retains all historical revisions; "
        "a value >= 0 is recommended"
    ]


def test_the_row_of_a_table() -> None:
    row = STATEFUL_SET.cells({**body(replicas=2), "status": {"readyReplicas": 1}})
    assert row == ["a", "1/2", "0s", "c", "app:1"]


def test_claims_are_judged_when_they_are_new() -> None:
    claims = [{"metadata": {"name": "d"}, "spec": {**CLAIM, "accessModes": []}}]
    before, after = body(volumeClaimTemplates=claims), body(volumeClaimTemplates=claims, replicas=2)
    (problem,) = STATEFUL_SET.problems(before)
    assert problem.startswith("spec.volumeClaimTemplates[0].spec.accessModes: Required value")
    assert STATEFUL_SET.update_problems(before, after) == []


def test_two_claims_of_one_name_are_one_volume() -> None:
    claims = [{"metadata": {"name": "d"}, "spec": CLAIM}] * 2
    assert STATEFUL_SET.problems(body(volumeClaimTemplates=claims)) == []


def test_half_a_byte_of_a_claim_is_warned_about() -> None:
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1500m"}}}
    (warning,) = STATEFUL_SET.warnings(body(volumeClaimTemplates=[{"spec": claim}]))
    assert warning.startswith("spec.volumeClaimTemplates[0].resources.requests[storage]: fractional byte")


def test_pods_must_restart_whatever_the_selector() -> None:
    selector = {"matchExpressions": [{"key": "k", "operator": "Nope"}]}
    problems = STATEFUL_SET.problems(body(selector=selector, template=pod_template(restartPolicy="Never")))
    assert problems[-1].startswith('spec.template.spec.restartPolicy: Unsupported value: "Never"')
