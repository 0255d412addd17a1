"""POST pods/eviction: a delete that respects PodDisruptionBudgets (policy/v1 Eviction)."""

from __future__ import annotations

from typing import Any

from ....apimachinery import errors, field, jsonio, labels
from ....apimachinery.clock import rfc3339
from ....apimachinery.schema.registry import builtin
from ....apimachinery.serializer import go_format
from ...registry.strategy import Object
from .. import body, negotiation, options, render, write
from .. import delete as deletion
from ..admit import Admitted, admission_of
from ..exchange import Request, Response
from ..scope import Scope
from ..server import Server
from ..verbs.create import check_namespace

SUCCESS = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}
BREAKS = "ignoreStoreReadErrorWithClusterBreakingPotential"
FINISHED = ("Succeeded", "Failed")
MOST_DISRUPTED = 2000
"""Evictions that the disruption controller may have yet to hear of."""


async def evict(server: Server, scope: Scope, request: Request) -> Response:
    out = negotiation.reviewed_output(request.headers.get(b"accept"))
    info = request.info
    data = await body.read(request)
    opts = options.write(request, "CreateOptions")
    decoded = body.decode_as(
        request, data, scope, builtin("policy", "v1", "Eviction"), "Eviction", "policy/v1"
    )
    body.enforce(request, decoded.problems, opts.validation, "Eviction", "v1")
    eviction = decoded.obj
    check_namespace(scope, eviction, info.namespace)
    eviction.setdefault("metadata", {}).setdefault("namespace", info.namespace)
    _check_options(info.name, eviction.get("deleteOptions") or {}, opts.dry_run)
    admission = admission_of(server, scope, request, "CREATE", opts)
    await admission.mutate(eviction, None)
    if eviction["metadata"].get("name") != info.name:
        raise errors.bad_request("name in URL does not match name in Eviction object")
    await admission.validate(eviction, None)
    entry = scope.cache.get(info.namespace, info.name)
    if entry is None:
        raise errors.not_found("", "pods", info.name)
    todo: dict[str, Any] = dict(eviction.get("deleteOptions") or {})
    if opts.dry_run:
        todo["dryRun"] = ["All"]
    options.check_delete(todo)
    if needs_budget(entry.obj):
        await _take_disruption(server, request, entry.obj, bool(todo.get("dryRun")))
    await _mark_disrupted(server, scope, request, bool(todo.get("dryRun")))
    await deletion.delete(server, scope, request.user, info.namespace, info.name, todo, review=Admitted())
    return render.value(request, out, SUCCESS, 201)


def _check_options(name: str, given: Object, dry_run: bool) -> None:
    """422 for the option to break what cannot be read, 500 as upstream for another dry run than the
    request's."""
    if given.get(BREAKS):
        why = "can not be set for pod eviction, try after removing the option"
        problem = field.invalid(f"deleteOptions.{BREAKS}", True, why)
        raise errors.invalid("policy", "Eviction", name, [problem])
    trial = given.get("dryRun")
    if dry_run and trial and trial != ["All"]:
        shown = f"[All] and {go_format.show(trial)}"
        raise errors.StatusError(500, "", f"Non-matching dry-run options in request and content: {shown}")


def needs_budget(pod: Object) -> bool:
    """Finished, pending and already deleted pods may always go."""
    return pod.get("status", {}).get("phase") not in (*FINISHED, "Pending") and not pod["metadata"].get(
        "deletionTimestamp"
    )


async def _take_disruption(server: Server, request: Request, pod: Object, dry_run: bool) -> None:
    """Counts the pod against its budget. 429 when nothing may be disrupted, 500 for more than one budget."""
    namespace, name = pod["metadata"]["namespace"], pod["metadata"]["name"]
    budgets = server.stored["policy", "poddisruptionbudgets"]
    matching = [
        entry.obj["metadata"]["name"]
        for entry in budgets.cache.entries(namespace)
        if labels.from_label_selector(entry.obj["spec"].get("selector")).matches(
            pod["metadata"].get("labels")
        )
    ]
    if not matching:
        return
    if len(matching) > 1:
        raise errors.StatusError(
            500,
            "",
            "This pod has more than one PodDisruptionBudget, which the eviction subresource "
            "does not support.",
        )

    entry = budgets.cache.get(namespace, matching[0])
    if entry is not None and is_free(entry.obj, pod):
        return

    async def change(old: Object) -> Object:
        return disrupt(old, name, rfc3339(server.clock.now()))

    who = options.manager(request, options.WriteOptions(False, "", "", False))
    todo = write.Write(request.user, namespace, matching[0], who, dry_run, "status")
    await write.update(server, budgets, todo, change)


def is_free(budget: Object, pod: Object) -> bool:
    """Whether the pod is none that the budget counts: it is not ready, and the budget lets such pods go."""
    conditions = pod.get("status", {}).get("conditions") or ()
    if any(c["type"] == "Ready" and c["status"] == "True" for c in conditions):
        return False
    if budget["spec"].get("unhealthyPodEvictionPolicy") == "AlwaysAllow":
        return True
    status = budget.get("status", {})
    return bool(status.get("currentHealthy", 0) >= status.get("desiredHealthy", 0) > 0)


def disrupt(budget: Object, pod: str, now: str) -> Object:
    """The budget after one more disruption. 403 and 429 as upstream gives them."""
    status = budget.get("status", {})
    name = budget["metadata"]["name"]
    observed = status.get("observedGeneration", 0)
    if observed < budget["metadata"].get("generation", 0):
        raise _refused(10, f"The disruption budget {name} is still being processed by the server.")
    allowed = status.get("disruptionsAllowed", 0)
    if allowed < 0:
        raise _forbidden(name, "pdb disruptions allowed is negative")
    if len(status.get("disruptedPods") or ()) > MOST_DISRUPTED:
        raise _forbidden(
            name, "DisruptedPods map too big - too many evictions not confirmed by PDB controller"
        )
    if allowed == 0:
        raise _refused(
            0,
            f"The disruption budget {name} needs {status.get('desiredHealthy', 0)} healthy pods and has "
            f"{status.get('currentHealthy', 0)} currently",
        )
    new: Object = jsonio.clone(budget)
    new["status"]["disruptionsAllowed"] = allowed - 1
    new["status"].setdefault("disruptedPods", {})[pod] = now
    if allowed == 1:
        _exhaust(new["status"], now)
    return new


def _exhaust(status: Object, now: str) -> None:
    """The condition of a budget that allows nothing any more."""
    new = {
        "type": "DisruptionAllowed",
        "status": "False",
        "observedGeneration": status.get("observedGeneration", 0),
        "lastTransitionTime": now,
        "reason": "InsufficientPods",
        "message": "",
    }
    others = [c for c in status.get("conditions") or () if c["type"] != "DisruptionAllowed"]
    status["conditions"] = [*others, new]


def _forbidden(name: str, why: str) -> errors.StatusError:
    return errors.forbidden("policy", "poddisruptionbudgets", name, why)


def _refused(retry: int, why: str) -> errors.StatusError:
    message = "Cannot evict pod as it would violate the pod's disruption budget."
    error = errors.too_many_requests(message, retry)
    error.details = {"causes": [{"reason": "DisruptionBudget", "message": why}]}
    if retry:
        error.details["retryAfterSeconds"] = retry
    else:
        error.headers.clear()
    return error


async def _mark_disrupted(server: Server, scope: Scope, request: Request, dry_run: bool) -> None:
    """Sets the DisruptionTarget condition, so that job controllers can tell an eviction from a failure."""
    now = rfc3339(server.clock.now())

    async def change(old: Object) -> Object:
        new: Object = jsonio.clone(old)
        condition = {
            "type": "DisruptionTarget",
            "status": "True",
            "lastProbeTime": None,
            "lastTransitionTime": now,
            "reason": "EvictionByEvictionAPI",
            "message": "Eviction API: evicting",
        }
        conditions = new.setdefault("status", {}).setdefault("conditions", [])
        if not any(c["type"] == "DisruptionTarget" and c["status"] == "True" for c in conditions):
            new["status"]["conditions"] = [c for c in conditions if c["type"] != "DisruptionTarget"] + [
                condition
            ]
        return new

    info = request.info
    who = options.manager(request, options.WriteOptions(False, "", "", False))
    todo = write.Write(request.user, info.namespace, info.name, who, dry_run, "status", review=Admitted())
    await write.update(server, scope, todo, change)
