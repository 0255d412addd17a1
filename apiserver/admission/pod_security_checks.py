"""The Pod Security Standards as functions: each finds what a pod does that a level forbids.

A check gets the pod's annotations and spec and gives (reason, detail), or None.
Source: "Pod Security Standards" in the Kubernetes documentation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...apimachinery.field import quote
from ..registry.strategy import Object

Finding = tuple[str, str] | None
CheckFunction = Callable[[Object, Object], Finding]


def _containers(spec: Object) -> Iterator[Object]:
    for key in ("initContainers", "containers", "ephemeralContainers"):
        yield from spec.get(key) or ()


def _security(holder: Object) -> Object:
    found: Object = holder.get("securityContext") or {}
    return found


def _quoted(values: list[str]) -> str:
    return ", ".join(f'"{v}"' for v in values)


def _plural(one: str, count: int, many: str = "") -> str:
    return one if count == 1 else many or one + "s"


def _named(containers: list[str]) -> str:
    return f"{_plural('container', len(containers))} {_quoted(containers)}"


def _setters(pod: bool, containers: list[str]) -> str:
    """`pod and containers "a", "b"`."""
    return " and ".join((["pod"] if pod else []) + ([_named(containers)] if containers else []))


def privileged(annotations: Object, spec: Object) -> Finding:
    bad = [c["name"] for c in _containers(spec) if _security(c).get("privileged")]
    return ("privileged", f"{_named(bad)} must not set securityContext.privileged=true") if bad else None


def host_namespaces(annotations: Object, spec: Object) -> Finding:
    used = [f"{field}=true" for field in ("hostNetwork", "hostPID", "hostIPC") if spec.get(field)]
    return ("host namespaces", ", ".join(used)) if used else None


def host_path_volumes(annotations: Object, spec: Object) -> Finding:
    bad = [v["name"] for v in spec.get("volumes") or () if v.get("hostPath") is not None]
    return ("hostPath volumes", f"{_plural('volume', len(bad))} {_quoted(bad)}") if bad else None


def host_ports(annotations: Object, spec: Object) -> Finding:
    bad: list[str] = []
    ports: set[str] = set()
    for container in _containers(spec):
        used = {str(p["hostPort"]) for p in container.get("ports") or () if p.get("hostPort")}
        if used:
            bad.append(container["name"])
            ports |= used
    if not bad:
        return None
    verb, noun = _plural("uses", len(bad), "use"), _plural("hostPort", len(ports))
    return "hostPort", f"{_named(bad)} {verb} {noun} {', '.join(sorted(ports))}"


def host_probes(annotations: Object, spec: Object) -> Finding:
    bad: set[str] = set()
    hosts: set[str] = set()
    for container in _containers(spec):
        lifecycle = container.get("lifecycle") or {}
        handlers = [container.get(p) for p in ("livenessProbe", "readinessProbe", "startupProbe")]
        handlers += [lifecycle.get("postStart"), lifecycle.get("preStop")]
        for handler in handlers:
            for action in ("httpGet", "tcpSocket"):
                host = ((handler or {}).get(action) or {}).get("host")
                if host:
                    bad.add(container["name"])
                    hosts.add(host)
    if not bad:
        return None
    noun = _plural("probe or lifecycle host", len(hosts))
    detail = f"{_named(sorted(bad))} {_plural('uses', len(bad), 'use')} {noun} {_quoted(sorted(hosts))}"
    return "probe or lifecycle host", detail


_DEFAULT_CAPABILITIES = frozenset({
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE",
    "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
})  # fmt: skip


def _adding(spec: Object, allowed: frozenset[str]) -> tuple[list[str], list[str]]:
    """(containers that add other capabilities, those capabilities)."""
    bad: list[str] = []
    added: set[str] = set()
    for container in _containers(spec):
        wanted = set((_security(container).get("capabilities") or {}).get("add") or ()) - allowed
        if wanted:
            bad.append(container["name"])
            added |= wanted
    return bad, sorted(added)


def capabilities_baseline(annotations: Object, spec: Object) -> Finding:
    bad, added = _adding(spec, _DEFAULT_CAPABILITIES)
    if not bad:
        return None
    detail = f"{_named(bad)} must not include {_quoted(added)} in securityContext.capabilities.add"
    return "non-default capabilities", detail


def capabilities_restricted(annotations: Object, spec: Object) -> Finding:
    keeping = [
        c["name"]
        for c in _containers(spec)
        if "ALL" not in ((_security(c).get("capabilities") or {}).get("drop") or ())
    ]
    adding, added = _adding(spec, frozenset({"NET_BIND_SERVICE"}))
    details = []
    if keeping:
        details.append(f'{_named(keeping)} must set securityContext.capabilities.drop=["ALL"]')
    if adding:
        details.append(
            f"{_named(adding)} must not include {_quoted(added)} in securityContext.capabilities.add"
        )
    return ("unrestricted capabilities", "; ".join(details)) if details else None


def _profiles(spec: Object, field: str, allowed: tuple[str, ...]) -> tuple[bool, list[str], list[str]]:
    """(whether the pod sets a bad type, containers that do, the bad types)."""
    values: set[str] = set()

    def bad(holder: Object) -> bool:
        profile = _security(holder).get(field)
        if profile is None or profile.get("type") in allowed:
            return False
        values.add(profile.get("type", ""))
        return True

    pod = bad(spec)
    return pod, [c["name"] for c in _containers(spec) if bad(c)], sorted(values)


_PROFILE_TYPES = ("RuntimeDefault", "Localhost")
_APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/"


def app_armor_profile(annotations: Object, spec: Object) -> Finding:
    pod, containers, values = _profiles(spec, "appArmorProfile", _PROFILE_TYPES)
    notes = sorted(
        f"{key}={quote(value)}"
        for key, value in annotations.items()
        if key.startswith(_APP_ARMOR)
        and value not in ("", "runtime/default")
        and not value.startswith("localhost/")
    )
    setters = [s for s in (_setters(pod, containers),) if s]
    if notes:
        setters.append(_plural("annotation", len(notes)))
    if not setters:
        return None
    values += notes
    detail = f"{' and '.join(setters)} must not set AppArmor profile type to {_quoted(values)}"
    return _plural("forbidden AppArmor profile", len(values)), detail


def seccomp_annotations(annotations: Object, spec: Object) -> Finding:
    prefix = "container.seccomp.security.alpha.kubernetes.io/"
    keys = ["seccomp.security.alpha.kubernetes.io/pod", *(prefix + c["name"] for c in _containers(spec))]
    bad = sorted(
        {
            f"{key}={quote(annotations[key])}"
            for key in keys
            if key in annotations
            and annotations[key] not in ("runtime/default", "docker/default")
            and not annotations[key].startswith("localhost/")
        }
    )
    if not bad:
        return None
    return "seccompProfile", f"forbidden {_plural('annotation', len(bad))} {', '.join(bad)}"


def seccomp_baseline(annotations: Object, spec: Object) -> Finding:
    pod, containers, values = _profiles(spec, "seccompProfile", _PROFILE_TYPES)
    if not values:
        return None
    setters = _setters(pod, containers)
    return (
        "seccompProfile",
        f"{setters} must not set securityContext.seccompProfile.type to {_quoted(values)}",
    )


def seccomp_restricted(annotations: Object, spec: Object) -> Finding:
    found = seccomp_baseline(annotations, spec)
    if found or _security(spec).get("seccompProfile") is not None:
        return found
    silent = [c["name"] for c in _containers(spec) if _security(c).get("seccompProfile") is None]
    if not silent:
        return None
    must = 'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"'
    return "seccompProfile", f"pod or {_named(silent)} {must}"


def se_linux(allowed: frozenset[str]) -> CheckFunction:
    def check(annotations: Object, spec: Object) -> Finding:
        types: set[str] = set()
        also: set[str] = set()

        def bad(holder: Object) -> bool:
            options = _security(holder).get("seLinuxOptions") or {}
            wrong = options.get("type", "") not in allowed
            if wrong:
                types.add(options["type"])
            given = {f for f in ("user", "role") if options.get(f)}
            also.update(given)
            return wrong or bool(given)

        pod = bad(spec)
        containers = [c["name"] for c in _containers(spec) if bad(c)]
        if not pod and not containers:
            return None
        data = [f"{_plural('type', len(types))} {_quoted(sorted(types))}"] if types else []
        data += [f"{f} may not be set" for f in ("user", "role") if f in also]
        setters = _setters(pod, containers)
        return "seLinuxOptions", f"{setters} set forbidden securityContext.seLinuxOptions: {'; '.join(data)}"

    return check


def sysctls(allowed: frozenset[str]) -> CheckFunction:
    def check(annotations: Object, spec: Object) -> Finding:
        bad = [s["name"] for s in _security(spec).get("sysctls") or () if s["name"] not in allowed]
        return ("forbidden sysctls", ", ".join(bad)) if bad else None

    return check


def proc_mount(annotations: Object, spec: Object) -> Finding:
    found = [(c["name"], _security(c).get("procMount") or "Default") for c in _containers(spec)]
    bad = [name for name, value in found if value != "Default"]
    if not bad:
        return None
    values = sorted({value for _, value in found if value != "Default"})
    return "procMount", f"{_named(bad)} must not set securityContext.procMount to {_quoted(values)}"


def windows_host_process(annotations: Object, spec: Object) -> Finding:
    def bad(holder: Object) -> bool:
        return bool((_security(holder).get("windowsOptions") or {}).get("hostProcess"))

    setters = _setters(bad(spec), [c["name"] for c in _containers(spec) if bad(c)])
    return (
        ("hostProcess", f"{setters} must not set securityContext.windowsOptions.hostProcess=true")
        if setters
        else None
    )


def allow_privilege_escalation(annotations: Object, spec: Object) -> Finding:
    bad = [c["name"] for c in _containers(spec) if _security(c).get("allowPrivilegeEscalation") is not False]
    if not bad:
        return None
    return (
        "allowPrivilegeEscalation != false",
        f"{_named(bad)} must set securityContext.allowPrivilegeEscalation=false",
    )


_VOLUMES = frozenset({
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim",
    "projected", "secret",
})  # fmt: skip
_KNOWN_VOLUMES = (
    "hostPath", "gcePersistentDisk", "awsElasticBlockStore", "gitRepo", "nfs", "iscsi", "glusterfs",
    "rbd", "flexVolume", "cinder", "cephfs", "flocker", "fc", "azureFile", "vsphereVolume", "quobyte",
    "azureDisk", "photonPersistentDisk", "portworxVolume", "scaleIO", "storageos",
)  # fmt: skip


def restricted_volumes(annotations: Object, spec: Object) -> Finding:
    bad = [v for v in spec.get("volumes") or () if not _VOLUMES & v.keys()]
    if not bad:
        return None
    types = sorted({next((t for t in _KNOWN_VOLUMES if t in v), "unknown") for v in bad})
    names = _quoted([v["name"] for v in bad])
    verb, noun = _plural("uses", len(bad), "use"), _plural("restricted volume type", len(types))
    return "restricted volume types", f"{_plural('volume', len(bad))} {names} {verb} {noun} {_quoted(types)}"


def run_as_non_root(annotations: Object, spec: Object) -> Finding:
    said = _security(spec).get("runAsNonRoot")
    refusing = [c["name"] for c in _containers(spec) if _security(c).get("runAsNonRoot") is False]
    setters = _setters(said is False, refusing)
    reason = "runAsNonRoot != true"
    if setters:
        return reason, f"{setters} must not set securityContext.runAsNonRoot=false"
    silent = [c["name"] for c in _containers(spec) if _security(c).get("runAsNonRoot") is None]
    if said or not silent:
        return None
    return reason, f"pod or {_named(silent)} must set securityContext.runAsNonRoot=true"


def run_as_user(annotations: Object, spec: Object) -> Finding:
    bad = [c["name"] for c in _containers(spec) if _security(c).get("runAsUser") == 0]
    setters = _setters(_security(spec).get("runAsUser") == 0, bad)
    return ("runAsUser=0", f"{setters} must not set runAsUser=0") if setters else None
