"""POST pods/binding (and the older bindings): the scheduler gives a pod its node."""

from __future__ import annotations

from ....apimachinery import errors, field, jsonio
from ....apimachinery.clock import rfc3339
from ....apimachinery.schema.registry import builtin
from ...registry.strategy import Object
from .. import body, names, negotiation, options, render, write
from ..admit import Admitted, admission_of
from ..exchange import Request, Response
from ..scope import Scope
from ..server import Server
from ..verbs.create import check_namespace

SUCCESS = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


async def bind(server: Server, scope: Scope, request: Request) -> Response:
    out = negotiation.reviewed_output(request.headers.get(b"accept"))
    info = request.info
    data = await body.read(request)
    opts = options.write(request, "CreateOptions")
    decoded = body.decode_as(request, data, scope, builtin("", "v1", "Binding"), "Binding", "v1")
    body.enforce(request, decoded.problems, opts.validation, "Binding", "v1")
    binding = decoded.obj
    check_namespace(scope, binding, info.namespace)
    name = info.name or binding.get("metadata", {}).get("name", "")
    binding.setdefault("metadata", {}).setdefault("namespace", info.namespace)
    admission = admission_of(server, scope, request, "CREATE", opts, name)
    await admission.mutate(binding, None)
    if info.name and binding["metadata"].get("name") != name:
        raise errors.bad_request("name in URL does not match name in Binding object")
    _check(name, binding)
    await admission.validate(binding, None)
    pods = server.stored["", "pods"]
    who = options.manager(request, opts)
    todo = write.Write(request.user, info.namespace, name, who, opts.dry_run, "binding", review=Admitted())

    async def change(old: Object) -> Object:
        return assign(pods, old, binding, rfc3339(server.clock.now()))

    await write.update(server, pods, todo, change)
    return render.value(request, out, SUCCESS, 201)


def _check(name: str, binding: Object) -> None:
    target = binding.get("target") or {}
    problems = []
    kind = target.get("kind", "")
    if kind not in ("", "Node"):
        problems.append(field.not_supported("target.kind", kind, ["Node", "<empty>"]))
    if not target.get("name"):
        problems.append(field.required("target.name"))
    if problems:
        # Upstream gives the plain field errors, without a reason.
        raise errors.StatusError(
            500, "", errors.invalid("", "Binding", name, problems).message.partition("invalid: ")[2]
        )
    if not name:
        raise errors.bad_request("Name parameter required.")
    names.check(name)


def assign(pods: Scope, old: Object, binding: Object, now: str) -> Object:
    """The pod on its node, with the PodScheduled condition. 409 when it has one, is going, or is gated."""
    meta, name = old["metadata"], old["metadata"]["name"]
    given = binding.get("metadata") or {}
    for field_name, what in (("uid", "UID"), ("resourceVersion", "ResourceVersion")):
        wanted, has = given.get(field_name), meta[field_name]
        if wanted and wanted != has:
            raise write.not_that_one(pods, meta["namespace"], name, what, wanted, has)
    if meta.get("deletionTimestamp"):
        raise errors.conflict(
            "", "pods/binding", name, f"pod {name} is being deleted, cannot be assigned to a host"
        )
    if old["spec"].get("nodeName"):
        raise errors.conflict(
            "",
            "pods/binding",
            name,
            f"pod {name} is already assigned to node {field.quote(old['spec']['nodeName'])}",
        )
    if old["spec"].get("schedulingGates"):
        raise errors.conflict("", "pods/binding", name, f"pod {name} has non-empty .spec.schedulingGates")
    new: Object = jsonio.clone(old)
    new["spec"]["nodeName"] = binding["target"]["name"]
    for key in ("labels", "annotations"):
        if given.get(key):
            new["metadata"].setdefault(key, {}).update(given[key])
    status = new.setdefault("status", {})
    status.pop("nominatedNodeName", None)
    _scheduled(status, now)
    return new


def _scheduled(status: Object, now: str) -> None:
    condition = {"type": "PodScheduled", "status": "True", "lastProbeTime": None, "lastTransitionTime": now}
    conditions = status.setdefault("conditions", [])
    for i, known in enumerate(conditions):
        if known["type"] == "PodScheduled":
            conditions[i] = condition
            return
    conditions.append(condition)
