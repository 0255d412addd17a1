"""/healthz, /livez, /readyz with upstream's check names and verbose format."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...apimachinery import field
from ...apimachinery.slis import Levels

KINDS = ("healthz", "livez", "readyz")
PATHS = tuple(f"/{kind}" for kind in KINDS)
Check = Callable[[], str | None]
"""None when healthy, else why not."""
STEPS = (
    "start-apiserver-admission-initializer",
    "generic-apiserver-start-informers",
    "priority-and-fairness-config-consumer",
    "priority-and-fairness-filter",
    "storage-object-count-tracker-hook",
    "start-apiextensions-informers",
    "start-apiextensions-controllers",
    "crd-informer-synced",
    "start-system-namespaces-controller",
    "peer-endpoint-reconciler-controller",
    "start-cluster-authentication-info-controller",
    "start-kube-apiserver-identity-lease-controller",
    "start-kube-apiserver-identity-lease-garbage-collector",
    "storage-readiness",
    "start-legacy-token-tracking-controller",
    "start-service-ip-repair-controllers",
    "rbac/bootstrap-roles",
    "scheduling/bootstrap-system-priority-classes",
    "priority-and-fairness-config-producer",
    "bootstrap-controller",
    "start-kubernetes-service-cidr-controller",
    "aggregator-reload-proxy-client-cert",
    "start-kube-aggregator-informers",
    "apiservice-status-local-available-controller",
    "apiservice-status-remote-available-controller",
    "apiservice-registration-controller",
    "apiservice-discovery-controller",
    "kube-apiserver-autoregistration",
)
"""The hooks that upstream runs after its start. Here all that they do is done before the port opens, so each
is passed once anybody can ask; monitoring and Kubernetes' own tests look for their names."""
LAST_STEPS = ("apiservice-openapi-controller", "apiservice-openapiv3-controller")


class Checks:
    """Named checks per endpoint, run in the order they were added."""

    def __init__(self) -> None:
        self.levels = Levels()
        self._checks: dict[str, dict[str, Check]] = {kind: {"ping": lambda: None} for kind in KINDS}

    def add(self, name: str, check: Check, kinds: Sequence[str] = KINDS) -> None:
        for kind in kinds:
            self._checks[kind][name] = check

    def add_started(self) -> None:
        """What is over once the server can be asked."""
        self.add("informer-sync", lambda: None, ("readyz",))
        for step in STEPS:
            self.add(f"poststarthook/{step}", lambda: None)
        self.add("autoregister-completion", lambda: None)
        for step in LAST_STEPS:
            self.add(f"poststarthook/{step}", lambda: None)
        self.add("shutdown", lambda: None, ("readyz",))

    def paths(self) -> list[str]:
        """Where each check is asked alone."""
        return [f"/{kind}/{name}" for kind, checks in self._checks.items() for name in checks]

    def _run(self, kind: str, name: str) -> str | None:
        problem = self._checks[kind][name]()
        self.levels.note(kind, name, well=problem is None)
        return problem

    def report(self, kind: str, name: str, verbose: bool, excluded: Sequence[str]) -> tuple[bool, str | None]:
        """(healthy, body) of an endpoint or of one check; the body is None for an unknown check."""
        checks = self._checks[kind]
        if name:
            if name not in checks:
                return False, None
            problem = self._run(kind, name)
            return problem is None, "ok" if problem is None else f"internal server error: {problem}\n"
        lines, healthy = [], True
        for check in checks:
            if check in excluded:
                lines.append(f"[+]{check} excluded: ok")
                continue
            problem = self._run(kind, check)
            healthy = healthy and problem is None
            lines.append(f"[+]{check} ok" if problem is None else f"[-]{check} failed: reason withheld")
        lines += [
            f"warn: some health checks cannot be excluded: no matches for {field.quote(e)}"
            for e in excluded
            if e not in checks
        ]
        if healthy and not verbose:
            return True, "ok"
        return healthy, "\n".join(lines) + f"\n{kind} check {'passed' if healthy else 'failed'}\n"
