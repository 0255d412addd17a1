"""Starting one container: image, environment, mounts, program. Failures become waiting reasons."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from ...apimachinery.duration import format_nanoseconds
from ..env.expand import expand
from ..runtime.contract import ContainerSpec, Mount, RuntimeFault, Sandbox
from . import identity, limits, sysctls
from .host import Host, Waits
from .records import Record

Object = dict[str, Any]
RETRY_SECONDS = 2.0


def reference(pod: Object, record: Record) -> Object:
    """The pod, with the container as field path: what events are about."""
    meta = pod["metadata"]
    kind = "initContainers" if record.init else "containers"
    kind = "ephemeralContainers" if record.ephemeral else kind
    return {
        "kind": "Pod",
        "namespace": meta["namespace"],
        "name": meta["name"],
        "uid": meta["uid"],
        "apiVersion": "v1",
        "resourceVersion": meta.get("resourceVersion", ""),
        "fieldPath": f"spec.{kind}{{{record.name}}}",
    }


def pull(host: Host, pod: Object, record: Record) -> None:
    """Makes the image present; `Waits` with upstream's reasons while it cannot be had."""
    image = record.spec["image"]
    event = host.event
    ref = reference(pod, record)
    now = host.clock.monotonic()
    try:
        needed = host.puller.needs_pull(image, record.spec.get("imagePullPolicy") or "IfNotPresent")
        if needed:
            _hold_back(host, ref, record, now)
            event(ref, "Normal", "Pulling", f'Pulling image "{image}"')
            failure = (pod["metadata"].get("annotations") or {}).get("wherry.dev/pull-error", "")
            pulled = host.puller.pull(image, failure)
        else:
            pulled = host.puller.present(image)
    except RuntimeFault as fault:
        if fault.reason == "ErrImagePull":
            event(ref, "Warning", "Failed", f'Failed to pull image "{image}": {fault.message}')
            record.pull_backoff.advance(now, now)
            record.pull_failed_at, record.pull_error = now, fault.message
        elif fault.reason == "InvalidImageName":
            event(ref, "Warning", "InspectFailed", fault.message)
        else:
            event(ref, "Warning", fault.reason, fault.message)
        event(ref, "Warning", "Failed", f"Error: {fault.reason}")
        raise Waits(fault.reason, fault.message) from fault
    event(ref, "Normal", "Pulled", pulled.message)
    record.image, record.image_id = pulled.image, pulled.image_id


def _hold_back(host: Host, ref: Object, record: Record, now: float) -> None:
    if record.pull_failed_at >= 0 and record.pull_backoff.remaining(record.pull_failed_at, now) > 0:
        message = f'Back-off pulling image "{record.spec["image"]}"'
        host.event(ref, "Normal", "BackOff", message)
        host.event(ref, "Warning", "Failed", "Error: ImagePullBackOff")
        raise Waits("ImagePullBackOff", f"{message}: ErrImagePull: {record.pull_error}")


def hold_back(host: Host, pod: Object, record: Record) -> None:
    """Shows that a container which fails again and again waits to be started."""
    if record.state.get("waiting", {}).get("reason") != "CrashLoopBackOff":
        text = f"Back-off restarting failed container {record.name} in pod {full_name(pod)}"
        host.event(reference(pod, record), "Warning", "BackOff", text)
    record.wait("CrashLoopBackOff", crash_message(pod, record))


def retry_delay(record: Record, reason: str, now: float) -> float:
    """Seconds until a container that could not be started is looked at again."""
    left = record.pull_backoff.remaining(record.pull_failed_at, now) if record.pull_failed_at >= 0 else 0
    return min(left, RETRY_SECONDS) if reason == "ErrImagePull" else max(left, RETRY_SECONDS)


async def build(host: Host, pod: Object, record: Record, sandbox: Sandbox) -> ContainerSpec:
    """The spec of the record's next attempt."""
    spec = record.spec
    image = identity.Image(host.puller.user(spec["image"]), host.puller.groups(spec["image"]))
    identity.refuse_root(pod, spec, image.user)
    record.user = identity.shown(pod, spec, image)
    ident = secrets.token_hex(32)
    env: dict[str, str] = {}
    mounts: list[Mount] = []
    if not host.instant:
        env = await host.environment.resolve(pod, spec, sandbox.ip or host.node_ip)
        mounts = [*_tools(host, spec["image"], env), *host.volumes.mounts(pod, spec, env)]
        mounts.append(_termination(record, sandbox))
    command = [expand(text, env) for text in spec.get("command") or []]
    arguments = [expand(text, env) for text in spec.get("args") or []]
    program = host.puller.program(spec["image"], command, arguments)
    ports = tuple(p["containerPort"] for p in spec.get("ports") or [])
    own = {"HOSTNAME": sandbox.hostname, "WHERRY_IMAGE": spec["image"], "WHERRY_POD_IP": sandbox.ip}
    own["WHERRY_PORTS"] = ",".join(map(str, ports))
    return ContainerSpec(
        id=ident,
        name=record.name,
        attempt=record.attempt + 1,
        sandbox=sandbox,
        image=spec["image"],
        argv=program.argv,
        standin=program.standin,
        env=own | env,
        working_dir=spec.get("workingDir") or "",
        mounts=tuple(mounts),
        log_path=sandbox.directory / "logs" / record.name / f"{record.attempt + 1}.log",
        tty=bool(spec.get("tty")),
        stdin=bool(spec.get("stdin")),
        stdin_once=bool(spec.get("stdinOnce")),
        **limits.fields(pod, spec, host.allocatable.get("memory", "0")),
        **identity.fields(pod, spec, image),
        sysctls=sysctls.applied(pod),
        folders=host.puller.folders(spec["image"]),
        ports=ports,
        target=spec.get("targetContainerName") or "",
    )


def _tools(host: Host, image: str, env: dict[str, str]) -> list[Mount]:
    return [Mount(name, path, read_only=True) for name, path in host.puller.files(image, env).items()]


def _termination(record: Record, sandbox: Sandbox) -> Mount:
    path = sandbox.directory / "termination" / f"{record.name}-{record.attempt + 1}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    path.chmod(0o666)
    record.termination_file = str(path)
    return Mount(record.spec.get("terminationMessagePath") or "/dev/termination-log", str(path))


async def tidy(host: Host, record: Record, spec: ContainerSpec) -> None:
    """Keeps the logs of this attempt and the one before, and nothing else of earlier ones. A simulated
    container has none."""
    for state in host.runtime.containers():
        if state.pod_uid == spec.sandbox.uid and state.name == record.name and state.id != spec.id:
            await host.runtime.remove_container(state.id)
    if host.instant:
        return
    for log_file in spec.log_path.parent.glob(f"{record.attempt - 2}.log*"):
        log_file.unlink(missing_ok=True)


def termination_message(record: Record, failed: bool) -> str:
    """What the container wrote to its termination file (4096 bytes at most), or the end of its log if asked
    for."""
    if not record.termination_file:
        return ""
    path = Path(record.termination_file)
    text = path.read_bytes()[:4096].decode(errors="replace") if path.exists() else ""
    if text or not failed or record.spec.get("terminationMessagePolicy") != "FallbackToLogsOnError":
        return text
    log = path.parent.parent / "logs" / record.name / f"{record.attempt}.log"
    if not log.exists():
        return ""
    lines = log.read_bytes()[-65536:].decode(errors="replace").splitlines()[-80:]
    return "\n".join(line.split(" ", 3)[-1] for line in lines)[-2048:]


def crash_message(pod: Object, record: Record) -> str:
    """`back-off 10s restarting failed container=demo pod=demo-x_default(UID)`."""
    delay = format_nanoseconds(int(record.backoff.delay * 10**9))
    return f"back-off {delay} restarting failed container={record.name} pod={full_name(pod)}"


def full_name(pod: Object) -> str:
    """`NAME_NAMESPACE(UID)`, as upstream's logs and messages name a pod."""
    meta = pod["metadata"]
    return f"{meta['name']}_{meta['namespace']}({meta['uid']})"
