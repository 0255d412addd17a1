"""The names that pod templates give to ReplicaSets and to the revisions of DaemonSets."""

from __future__ import annotations

import re
from typing import Any

from wherry.controllers import history
from wherry.controllers.template_hash import template_hash


def served(image: str = "registry.example/app:1") -> dict[str, Any]:
    """A template with the defaults that the API server adds."""
    container = {
        "name": "c",
        "image": image,
        "resources": {},
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent",
    }
    spec = {
        "containers": [container],
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "securityContext": {},
        "schedulerName": "default-scheduler",
    }
    return {"metadata": {"labels": {"app": "a"}}, "spec": spec}


def test_a_template_is_named_as_by_kubernetes_1_36_2() -> None:
    assert template_hash(served(), None) == "55d6c5fc46"


def rich() -> dict[str, Any]:
    """One with ports, sources of values, quantities, a probe and a volume."""
    template = served()
    template["spec"]["containers"][0] |= {
        "ports": [{"name": "web", "containerPort": 80, "protocol": "TCP"}],
        "env": [
            {"name": "A", "value": "1"},
            {"name": "B", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "status.podIP"}}},
            {"name": "C", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "0"}}},
        ],
        "resources": {"requests": {"memory": "64Mi", "cpu": "250m"}, "limits": {"memory": "100Ti"}},
        "readinessProbe": {
            "httpGet": {"path": "/", "port": "web", "scheme": "HTTP"},
            "timeoutSeconds": 1,
            "periodSeconds": 10,
            "successThreshold": 1,
            "failureThreshold": 3,
        },
        "volumeMounts": [{"name": "v", "mountPath": "/v"}],
    }
    volume = {"name": "v", "configMap": {"name": "m", "defaultMode": 420}}
    template["spec"] |= {"volumes": [volume], "nodeSelector": {}, "tolerations": [{"operator": "Exists"}]}
    return template


def test_a_richer_template_is_named_as_upstreams_types_and_spew_have_it() -> None:
    assert template_hash(rich(), None) == "86d54d5dd6"


def test_a_daemon_sets_revision_is_named_by_the_same_hash() -> None:
    assert history.of_template({"spec": {"template": served()}}, 0) == "55d6c5fc46"


def test_the_name_changes_with_template_and_collisions() -> None:
    names = {
        template_hash(served(), None),
        template_hash(served("other"), None),
        *(template_hash(served(), count) for count in (0, 1, 256)),
    }
    assert len(names) == 5
    assert all(re.fullmatch("[bcdfghjklmnpqrstvwxz2456789]{1,10}", name) for name in names)
