"""Which fields of a Service its type needs, and how they follow from each other and from the old Service."""

from __future__ import annotations

from ....apimachinery import errors, field
from ..strategy import Object
from .service_addresses import validate_cluster_ips

V4, V6 = "IPv4", "IPv6"
SINGLE, REQUIRE = "SingleStack", "RequireDualStack"


def needs_cluster_ip(spec: Object) -> bool:
    return bool(spec.get("type") != "ExternalName")


def needs_node_port(spec: Object) -> bool:
    return spec.get("type") in ("NodePort", "LoadBalancer")


def allocates_node_ports(spec: Object) -> bool:
    if spec.get("type") == "LoadBalancer":
        return spec.get("allocateLoadBalancerNodePorts") is not False
    return spec.get("type") == "NodePort"


def externally_accessible(spec: Object) -> bool:
    return needs_node_port(spec) or (spec.get("type") == "ClusterIP" and bool(spec.get("externalIPs")))


def needs_health_port(spec: Object) -> bool:
    return spec.get("type") == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local"


def is_headless(spec: Object) -> bool:
    return spec.get("clusterIPs") == ["None"]


def normalize(spec: Object, was: Object | None) -> None:
    """clusterIP and clusterIPs say the same; old clients know only the first."""
    ip, ips = spec.get("clusterIP", ""), spec.get("clusterIPs") or []
    if was is None:
        if ip and not ips:
            spec["clusterIPs"] = [ip]
        return
    old_ip, old_ips = was.get("clusterIP", ""), was.get("clusterIPs") or []
    if old_ips and not ips and ip == old_ip:
        spec["clusterIPs"] = ips = list(old_ips)
    if ip == old_ip or (ips and ips != old_ips):
        return
    if ip:
        spec["clusterIPs"] = [ip]
    else:
        spec.pop("clusterIPs", None)


def keep_allocated(spec: Object, was: Object) -> None:
    """What was handed out and the client did not send stays."""
    if needs_cluster_ip(was) and needs_cluster_ip(spec):
        if not spec.get("clusterIP") and was.get("clusterIP"):
            spec["clusterIP"] = was["clusterIP"]
        same = spec.get("clusterIP") == was.get("clusterIP")
        if same and not spec.get("clusterIPs") and "clusterIPs" in was:
            spec["clusterIPs"] = list(was["clusterIPs"])
    if needs_node_port(was) and needs_node_port(spec):
        _keep_node_ports(spec, was)
    if needs_health_port(was) and needs_health_port(spec) and not spec.get("healthCheckNodePort"):
        spec["healthCheckNodePort"] = was.get("healthCheckNodePort", 0)


def _node_ports(spec: Object) -> set[int]:
    return {port["nodePort"] for port in spec.get("ports") or () if port.get("nodePort")}


def _keep_node_ports(spec: Object, was: Object) -> None:
    used = _node_ports(was) & _node_ports(spec)
    by_name = {port.get("name", ""): port.get("nodePort", 0) for port in was.get("ports") or ()}
    for port in spec.get("ports") or ():
        before = by_name.get(port.get("name", ""), 0)
        if not port.get("nodePort") and before and before not in used:
            port["nodePort"] = before
            used.add(before)


def drop_unneeded(spec: Object, was: Object) -> None:
    """On a change of type, what the old type needed and the client did not touch goes away."""

    def drop(*fields: str) -> None:
        for name in fields:
            if spec.get(name) == was.get(name):
                spec.pop(name, None)

    if needs_cluster_ip(was) and not needs_cluster_ip(spec):
        if spec.get("clusterIPs") == was.get("clusterIPs"):
            drop("clusterIP", "clusterIPs")
        drop("ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy")
    if needs_node_port(was) and not needs_node_port(spec) and _node_ports(spec) == _node_ports(was):
        for port in spec.get("ports") or ():
            port.pop("nodePort", None)
    if needs_health_port(was) and not needs_health_port(spec):
        drop("healthCheckNodePort")
    if was.get("type") == "LoadBalancer" and spec.get("type") != "LoadBalancer":
        drop("allocateLoadBalancerNodePorts", "loadBalancerClass")
    if externally_accessible(was) and not externally_accessible(spec):
        drop("externalTrafficPolicy")


def init_families(service: Object, was: Object | None = None) -> None:
    """Settles ipFamilies and ipFamilyPolicy on a cluster with IPv4 addresses only; `was` is the old spec.
    Raises 422."""
    spec = service["spec"]
    if spec.get("type") == "ExternalName":
        return
    if "ipFamilyPolicy" not in spec:
        spec["ipFamilyPolicy"] = (was or {}).get("ipFamilyPolicy") or _usual_policy(spec)
    problems = validate_cluster_ips(spec)
    if not problems:
        problems = _released(spec, was) if was is not None else []
        problems += _policy_problems(spec) + _infer_families(spec)
    if not problems:
        if _headless_without_selector(spec):
            return
        problems = _unsupported(spec)
    if problems:
        raise errors.invalid("", "Service", service["metadata"].get("name", ""), problems)
    if not spec.get("ipFamilies"):
        spec["ipFamilies"] = [V4]


def _usual_policy(spec: Object) -> str:
    return REQUIRE if spec.get("clusterIP") == "None" and not spec.get("selector") else SINGLE


def _released(spec: Object, was: Object) -> list[field.FieldError]:
    """A Service that becomes single-stack gives back what comes second; otherwise that must be asked for."""
    problems = []
    for name, words in (("clusterIPs", "cluster IP"), ("ipFamilies", "IP family")):
        now, before = spec.get(name) or [], was.get(name) or []
        if spec["ipFamilyPolicy"] == SINGLE:
            if now == before and len(now) > 1:
                spec[name] = now[:1]
        elif now and len(now) < len(before):
            why = f"must be 'SingleStack' to release the secondary {words}"
            problems.append(field.invalid("spec.ipFamilyPolicy", spec["ipFamilyPolicy"], why))
    return problems


def _policy_problems(spec: Object) -> list[field.FieldError]:
    """Two addresses or families mean dual-stack."""
    if spec["ipFamilyPolicy"] != SINGLE:
        return []
    return [
        field.invalid(
            "spec.ipFamilyPolicy",
            SINGLE,
            f"must be 'RequireDualStack' or 'PreferDualStack' when multiple {words} are specified",
        )
        for name, words in (("clusterIPs", "cluster IPs"), ("ipFamilies", "IP families"))
        if len(spec.get(name) or ()) == 2
    ]


def _infer_families(spec: Object) -> list[field.FieldError]:
    families = list(spec.get("ipFamilies") or ())
    problems = []
    for i, ip in enumerate(spec.get("clusterIPs") or ()):
        if ip == "None":
            break
        if i < len(families):
            continue
        if ":" in ip:
            why = f"{V6} is not configured on this cluster"
            problems.append(field.invalid(f"spec.clusterIPs[{i}]", spec["clusterIPs"], why))
        else:
            families.append(V4)
    if families:
        spec["ipFamilies"] = families
    return problems


def _headless_without_selector(spec: Object) -> bool:
    """Whether it is such a Service: who manages its endpoints may use both families, whatever the cluster
    has."""
    if spec.get("clusterIP") != "None" or spec.get("selector"):
        return False
    families = spec.setdefault("ipFamilies", [V4])
    if len(families) < 2 and spec["ipFamilyPolicy"] != SINGLE:
        families.append(V6 if families[0] == V4 else V4)
    return True


def _unsupported(spec: Object) -> list[field.FieldError]:
    problems = []
    if spec.get("ipFamilyPolicy") == REQUIRE:
        why = "this cluster is not configured for dual-stack services"
        problems.append(field.invalid("spec.ipFamilyPolicy", REQUIRE, why))
    for i, family in enumerate(spec.get("ipFamilies") or ()):
        if family != V4:
            why = "not configured on this cluster"
            problems.append(field.invalid(f"spec.ipFamilies[{i}]", family, why))
    return problems
