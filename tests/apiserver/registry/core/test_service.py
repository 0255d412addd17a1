"""Service: defaults, rules per type, what an update may change, its row."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery.errors import StatusError

from .services import SERVICE, service


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Problems of changing a Service that holds 10.0.0.7."""
    held = {"clusterIP": "10.0.0.7", "clusterIPs": ["10.0.0.7"]}
    return SERVICE.update_problems(service(**held, **before), service(**after))


SERVICE_PROBLEMS: dict[str, tuple[Any, list[str]]] = {
    "a plain service": ({}, []),
    "headless": ({"clusterIP": "None", "ports": []}, []),
    "an external name": ({"type": "ExternalName", "externalName": "a.b", "ports": []}, []),
    "no ports": ({"ports": []}, ["spec.ports: Required value"]),
    "two ports without names": (
        {"ports": [{"port": 80}, {"port": 81}]},
        ["spec.ports[0].name: Required value", "spec.ports[1].name: Required value"],
    ),
    "a name twice": (
        {"ports": [{"name": "a", "port": 80}, {"name": "a", "port": 81}]},
        ['spec.ports[1].name: Duplicate value: "a"'],
    ),
    "a port twice": (
        {"ports": [{"name": "a", "port": 80}, {"name": "b", "port": 80}]},
        [
            (
                'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP",'
                '"AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}'
            )
        ],
    ),
    "one port for two protocols": (
        {"ports": [{"name": "a", "port": 80}, {"name": "b", "port": 80, "protocol": "UDP"}]},
        [],
    ),
    "port zero": (
        {"ports": [{"port": 0}]},
        [
            "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
            ("spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive"),
        ],
    ),
    "unknown protocol": (
        {"ports": [{"port": 80, "protocol": "HTTP"}]},
        [('spec.ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"')],
    ),
    "bad target": (
        {"ports": [{"port": 80, "targetPort": "A_b"}]},
        [
            (
                'spec.ports[0].targetPort: Invalid value: "A_b": must contain only '
                "alpha-numeric characters (a-z, 0-9), and hyphens (-)"
            )
        ],
    ),
    "bad application protocol": (
        {"ports": [{"port": 80, "appProtocol": "a b"}]},
        [
            (
                'spec.ports[0].appProtocol: Invalid value: "a b": name part must consist '
                "of alphanumeric characters, '-', '_' or '.', and must start and end "
                "with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or "
                "'123-abc', regex used for validation is "
                "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
            )
        ],
    ),
    "a node port without need": (
        {"ports": [{"port": 80, "nodePort": 30001}]},
        ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
    ),
    "headless with node ports": (
        {"type": "NodePort", "clusterIP": "None"},
        [("spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for NodePort services")],
    ),
    "an external name without name": (
        {"type": "ExternalName", "ports": []},
        ["spec.externalName: Required value"],
    ),
    "bad selector": (
        {"selector": {"a": "b c"}},
        [
            (
                'spec.selector: Invalid value: "b c": a valid label must be an empty '
                "string or consist of alphanumeric characters, '-', '_' or '.', and must "
                "start and end with an alphanumeric character (e.g. 'MyValue',  or "
                "'my_value',  or '12345', regex used for validation is "
                "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
            )
        ],
    ),
    "unknown affinity": (
        {"sessionAffinity": "Cookie"},
        [('spec.sessionAffinity: Unsupported value: "Cookie": supported values: "ClientIP", "None"')],
    ),
    "affinity for too long": (
        {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 86401}}},
        [
            (
                "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: "
                "86401: must be greater than 0 and less than 86400"
            )
        ],
    ),
    "unusual external addresses": (
        {"externalIPs": ["127.0.0.1", "a", "0.0.0.0"]},
        [
            (
                'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the '
                "loopback range (127.0.0.0/8, ::1/128)"
            ),
            (
                'spec.externalIPs[1]: Invalid value: "a": must be a valid IP address, '
                "(e.g. 10.9.8.7 or 2001:db8::ffff)"
            ),
            ('spec.externalIPs[2]: Invalid value: "0.0.0.0": may not be unspecified (0.0.0.0)'),
        ],
    ),
    "ranges without balancer": (
        {"loadBalancerSourceRanges": ["10.0.0.0/8"]},
        [("spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'")],
    ),
    "bad ranges": (
        {"type": "LoadBalancer", "loadBalancerSourceRanges": ["10.0.0.1/8"]},
        [
            (
                'spec.LoadBalancerSourceRanges[0]: Invalid value: "10.0.0.1/8": must not '
                "have bits set beyond the prefix length"
            )
        ],
    ),
    "a class without balancer": (
        {"loadBalancerClass": "test.io/a"},
        [("spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'")],
    ),
    "an external policy that means nothing": (
        {"externalTrafficPolicy": "Local"},
        [
            (
                'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for '
                "externally-accessible services"
            )
        ],
    ),
    "unknown policies": (
        {"type": "NodePort", "externalTrafficPolicy": "Far", "internalTrafficPolicy": "Near"},
        [
            ('spec.externalTrafficPolicy: Unsupported value: "Far": supported values: "Cluster", "Local"'),
            ('spec.internalTrafficPolicy: Unsupported value: "Near": supported values: "Cluster", "Local"'),
        ],
    ),
    "a health port that means nothing": (
        {"healthCheckNodePort": 30001},
        [
            (
                "spec.healthCheckNodePort: Invalid value: 30001: may only be set when "
                "`type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
            )
        ],
    ),
    "unknown distribution": (
        {"trafficDistribution": "Random"},
        [
            (
                'spec.trafficDistribution: Unsupported value: "Random": supported '
                'values: "PreferClose", "PreferSameZone", "PreferSameNode"'
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), SERVICE_PROBLEMS.values(), ids=SERVICE_PROBLEMS)
def test_service_problems(given: Any, problems: list[str]) -> None:
    assert SERVICE.problems(service(**given)) == problems


CHANGES_OF_A_SERVICE: dict[str, tuple[Any, list[str]]] = {
    "nothing": ({}, []),
    "the address is left out": ({"after": {"ports": [{"port": 81}]}}, []),
    "another address": (
        {"after": {"clusterIP": "10.0.0.8"}},
        ['spec.clusterIPs[0]: Invalid value: ["10.0.0.8"]: may not change once set'],
    ),
    "to an external name": ({"after": {"type": "ExternalName", "externalName": "a.b"}}, []),
    "another class of balancer": (
        {
            "before": {"type": "LoadBalancer"},
            "after": {"type": "LoadBalancer", "loadBalancerClass": "test.io/a"},
        },
        ['spec.loadBalancerClass: Invalid value: "test.io/a": may not change once set'],
    ),
    "another health port": (
        {
            "before": {
                "type": "LoadBalancer",
                "externalTrafficPolicy": "Local",
                "healthCheckNodePort": 30001,
            },
            "after": {"type": "LoadBalancer", "externalTrafficPolicy": "Local", "healthCheckNodePort": 30002},
        },
        ["spec.healthCheckNodePort: Forbidden: field is immutable"],
    ),
}


@pytest.mark.parametrize(("given", "problems"), CHANGES_OF_A_SERVICE.values(), ids=CHANGES_OF_A_SERVICE)
def test_changes_of_a_service(given: Any, problems: list[str]) -> None:
    assert changes(given.get("before", {}), given.get("after", {})) == problems


def test_defaults_of_a_balancer() -> None:
    spec = SERVICE.defaulted(service(type="LoadBalancer"))["spec"]
    assert spec["ports"] == [{"port": 80, "protocol": "TCP", "targetPort": 80}]
    assert (spec["sessionAffinity"], spec["internalTrafficPolicy"]) == ("None", "Cluster")
    assert (spec["externalTrafficPolicy"], spec["allocateLoadBalancerNodePorts"]) == ("Cluster", True)


def test_sticky_sessions_last_three_hours_by_default() -> None:
    spec = SERVICE.defaulted(service(sessionAffinity="ClientIP"))["spec"]
    assert spec["sessionAffinityConfig"] == {"clientIP": {"timeoutSeconds": 10800}}


def test_families_are_settled_on_creation() -> None:
    spec = SERVICE.created(service())["spec"]
    assert (spec["ipFamilies"], spec["ipFamilyPolicy"]) == (["IPv4"], "SingleStack")


@pytest.mark.parametrize(
    "spec", [{"ipFamilies": ["IPv6"]}, {"ipFamilyPolicy": "RequireDualStack"}], ids=["IPv6", "dual-stack"]
)
def test_a_cluster_of_one_family_has_no_other(spec: dict[str, Any]) -> None:
    with pytest.raises(StatusError, match="not configured"):
        SERVICE.created(service(**spec))


def test_dual_stack_where_possible_is_single_stack_here() -> None:
    assert SERVICE.created(service(ipFamilyPolicy="PreferDualStack"))["spec"]["ipFamilies"] == ["IPv4"]


def test_what_a_type_no_longer_needs_goes_with_it() -> None:
    held = {"clusterIP": "10.0.0.7", "clusterIPs": ["10.0.0.7"]}
    balancer = service(type="LoadBalancer", **held)
    balancer["status"] = {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}
    changed = SERVICE.updated(balancer, service(allocateLoadBalancerNodePorts=True))
    assert "allocateLoadBalancerNodePorts" not in changed["spec"]
    assert changed["spec"]["clusterIP"] == "10.0.0.7"
    assert changed["status"] == {"loadBalancer": {}}


def test_families_without_a_policy_are_too_many() -> None:
    with pytest.raises(StatusError) as refused:
        SERVICE.created(service(ipFamilies=["IPv4", "IPv6"]))
    details = refused.value.details
    assert details is not None
    assert [cause["message"] for cause in details["causes"]] == [
        "Invalid value: \"SingleStack\": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP "
        "families are specified"
    ]


def test_a_policy_that_is_not_sent_stays() -> None:
    held = {"clusterIP": "10.0.0.7", "clusterIPs": ["10.0.0.7"], "ipFamilyPolicy": "PreferDualStack"}
    assert SERVICE.updated(service(**held), service())["spec"]["ipFamilyPolicy"] == "PreferDualStack"


def test_what_comes_second_is_given_up_with_the_policy() -> None:
    both = {"clusterIP": "None", "selector": None, "ports": [], "ipFamilies": ["IPv4", "IPv6"]}
    before = service(**both, ipFamilyPolicy="RequireDualStack")
    single = SERVICE.updated(before, service(**both, ipFamilyPolicy="SingleStack"))
    assert single["spec"]["ipFamilies"] == ["IPv4"]
    with pytest.raises(StatusError, match="must be 'SingleStack' to release the secondary IP family"):
        SERVICE.updated(before, service(**{**both, "ipFamilies": ["IPv4"]}))
