"""A pod's surroundings as its runtime gets them: names, address, resolv.conf, /etc/hosts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..runtime.contract import PortMapping, RuntimeFault, Sandbox
from .admit import EVERYWHERE
from .dns import resolv_conf
from .host import Host

Object = dict[str, Any]
LOCAL = "127.0.0.1"
LONGEST = 64
"""Characters of a host name that Linux keeps."""
SCRIPT = "wherry.dev/run-seconds"
INIT_SECONDS, JOB_SECONDS = "0.1", "1"
"""Simulated init containers and containers of Jobs end by themselves: for ever they would be of no use."""


def describe(host: Host, pod: Object, directory: Path, ip: str) -> Sandbox:
    """`ip` is empty for a pod on the node's own network."""
    spec, meta = pod["spec"], pod["metadata"]
    ip = ip or _own_address(host, pod)
    domain = "" if spec.get("hostnameOverride") else _domain(host, pod)
    aliases = spec.get("hostAliases") or []
    return Sandbox(
        uid=meta["uid"],
        namespace=meta["namespace"],
        name=meta["name"],
        hostname=host.node_name if spec.get("hostNetwork") else _hostname(pod, domain),
        directory=directory,
        ip=ip,
        host_network=bool(spec.get("hostNetwork")),
        dns=resolv_conf(host, pod),
        hosts=tuple("\t".join([a["ip"], *(a.get("hostnames") or [])]) for a in aliases),
        domain=domain,
        annotations=_scripted(pod),
        ports=_mappings(pod, host.node_ip) if ip else (),
        processes="node" if spec.get("hostPID") else "pod" if spec.get("shareProcessNamespace") else "",
    )


def _domain(host: Host, pod: Object) -> str:
    """What follows the host name; empty without a subdomain."""
    subdomain = pod["spec"].get("subdomain")
    return f"{subdomain}.{pod['metadata']['namespace']}.svc.{host.cluster_domain}" if subdomain else ""


def _hostname(pod: Object, domain: str) -> str:
    """What `hostname` prints. RuntimeFault when the full name that the pod wants there is too long."""
    spec = pod["spec"]
    wanted = spec.get("hostnameOverride") or spec.get("hostname") or pod["metadata"]["name"]
    name = str(wanted)[:63].rstrip("-.")
    if not domain or not spec.get("setHostnameAsFQDN"):
        return name
    full = f"{name}.{domain}"
    if len(full) > LONGEST:
        why = (
            f"failed to construct FQDN from pod hostname and cluster domain, FQDN {full} is too long "
            f"({LONGEST} characters is the max, {len(full)} characters requested)"
        )
        raise RuntimeFault("FailedCreatePodSandBox", why)
    return full


def _own_address(host: Host, pod: Object) -> str:
    """What every address means to a pod on the node's network, where nodes share a machine: the node's.
    Else the pod would take its ports from all nodes and all pods. Empty where the machine is the node's."""
    own = host.node_ip if host.node_ip.startswith("127.") and host.node_ip != LOCAL else ""
    return own if pod["spec"].get("hostNetwork") and host.runtime.isolated_network else ""


def _mappings(pod: Object, node_ip: str) -> tuple[PortMapping, ...]:
    """A port of every address is one of the node's and, for whoever sits at the machine, of localhost, unless
    that one is taken: nodes of one machine share it. A pod on the node's network serves the node's itself."""
    found = []
    on_node = bool(pod["spec"].get("hostNetwork"))
    for container in pod["spec"]["containers"]:
        for port in container.get("ports") or ():
            if not port.get("hostPort"):
                continue
            protocol, host_ip = port.get("protocol") or "TCP", port.get("hostIP") or EVERYWHERE
            numbers = port["hostPort"], port["containerPort"]
            if not on_node:
                address = node_ip if host_ip == EVERYWHERE else host_ip
                found.append(PortMapping(protocol, address, *numbers))
            if host_ip == EVERYWHERE:
                found.append(PortMapping(protocol, LOCAL, *numbers, False))
    return tuple(one for one in found if one.protocol in ("TCP", "UDP"))


def _scripted(pod: Object) -> dict[str, str]:
    """The pod's annotations, and when its simulated containers end if it does not say so."""
    spec, meta = pod["spec"], pod["metadata"]
    annotations = dict(meta.get("annotations") or {})
    if SCRIPT in annotations:
        return annotations
    ends = {c["name"]: INIT_SECONDS for c in spec.get("initContainers") or [] if "restartPolicy" not in c}
    if any(owner.get("kind") == "Job" for owner in meta.get("ownerReferences") or []):
        ends |= {c["name"]: JOB_SECONDS for c in spec["containers"]}
    return {f"{SCRIPT}.{name}": seconds for name, seconds in ends.items()} | annotations


async def make(host: Host, pod: Object, directory: Path, ip: str) -> Sandbox:
    """RuntimeFault, and an event, when the runtime cannot."""
    try:
        made = describe(host, pod, directory, ip)
        await host.runtime.run_sandbox(made)
    except RuntimeFault as fault:
        text = f"Failed to create pod sandbox: {fault.message}"
        host.event(pod, "Warning", fault.reason, text)
        raise
    return made
