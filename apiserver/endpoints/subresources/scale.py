"""The scale subresource: an autoscaling/v1 Scale that stands for a workload's replica count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ....apimachinery import errors, field, jsonio, labels, managedfields, names
from ....apimachinery.clock import rfc3339
from ....apimachinery.schema.registry import builtin
from ...registry.resource import ScalePaths
from ...registry.strategy import Object
from ...registry.validation.metadata import validate_object_meta
from .. import body, negotiation, options, render, write
from ..admit import Admission, admission_of
from ..exchange import Request, Response
from ..scope import Scope
from ..server import Server
from ..verbs import patch as patches
from ..verbs.create import check_namespace
from ..verbs.patch import APPLY_PATCH, PATCHERS, applied, enforce, finish, typed
from ..verbs.update import check_name
from .scale_scope import ScaleScope

UNSET = -(2**31)


async def scale(server: Server, scope: Scope, request: Request) -> Response:
    return await VERBS[request.info.verb](server, scope, request)


def dig(obj: Object, path: str) -> Any:
    found: Any = obj
    for part in path.split("."):
        if not isinstance(found, dict):
            return None
        found = found.get(part)
    return found


def of(obj: Object, paths: ScalePaths) -> Object:
    """The Scale of a workload."""
    meta = obj["metadata"]
    replicas = dig(obj, paths.spec_replicas)
    status: Object = {"replicas": dig(obj, paths.status_replicas) or 0}
    if text := _selector(dig(obj, paths.selector)):
        status["selector"] = text
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: meta[key] for key in kept if key in meta},
        "spec": {"replicas": replicas} if replicas else {},
        "status": status,
    }


def _selector(selector: Any) -> str:
    """In its text form, which is how custom resources keep it."""
    if isinstance(selector, str):
        return selector
    is_map = isinstance(selector, dict) and all(isinstance(v, str) for v in selector.values())
    parsed = labels.from_map(selector) if is_map and selector else labels.from_label_selector(selector)
    return str(parsed)


def _before(scope: Scope, old: Object) -> Object:
    """The Scale that a patch changes; a custom resource without a replica count has an impossible one."""
    shown = of(old, _paths(scope))
    if scope.custom and dig(old, _paths(scope).spec_replicas) is None:
        shown["spec"]["replicas"] = UNSET
    return shown


def _paths(scope: Scope) -> ScalePaths:
    assert scope.resource.scale is not None
    return scope.resource.scale


async def _get(server: Server, scope: Scope, request: Request) -> Response:
    out = negotiation.wanted(request.headers.get(b"accept"), scope)
    info = request.info
    entry = scope.cache.get(info.namespace, info.name)
    if entry is None:
        raise errors.not_found(scope.group, scope.plural, info.name)
    if scope.views is not None:
        entry = await scope.seen(entry)
        check_replicas(scope, entry.obj)
    return _answer(server, request, out, of(entry.obj, _paths(scope)))


def check_replicas(scope: Scope, obj: Object) -> None:
    """500 when a custom resource has no replica count to show."""
    path = _paths(scope).spec_replicas
    if dig(obj, path) is None:
        raise errors.internal(f'the spec replicas field ".{path}" does not exist')


def _answer(server: Server, request: Request, out: negotiation.Output, shown: Object) -> Response:
    return render.obj(request, ScaleScope.instance(), out, shown, server.clock.now())


def _check(old: Object, wanted: Object) -> int:
    replicas: int = (wanted.get("spec") or {}).get("replicas") or 0
    meta = {"namespace": old["metadata"]["namespace"], **wanted["metadata"]}
    problems = validate_object_meta(meta, True, names.dns1123_subdomain)
    if replicas < 0:
        why = "must be greater than or equal to 0"
        problems.append(field.invalid("spec.replicas", replicas, why))
    if problems:
        raise errors.invalid("autoscaling", "Scale", meta.get("name", ""), problems)
    return replicas


def _custom_replicas(path: str, wanted: Object) -> int:
    """What a custom resource is to get, which its own validation judges."""
    replicas: int = (wanted.get("spec") or {}).get("replicas") or 0
    if replicas == UNSET:
        raise errors.bad_request(f'the spec replicas field ".{path}" cannot be empty')
    return replicas


def _live(old: Object, scope: Scope) -> Object:
    """The Scale with its own view of who owns the replica count."""
    shown = _before(scope, old)
    shown["metadata"]["managedFields"] = managedfields.to_scale(
        old["metadata"].get("managedFields", ()), _paths(scope).spec_replicas
    )
    return shown


def replaced(scope: Scope, old: Object, wanted: Object) -> Object:
    """The workload as the Scale `wanted` (with its managedFields recorded) demands."""
    new: Object = jsonio.clone(old)
    path = _paths(scope).spec_replicas
    *parents, last = path.split(".")
    at = new
    for part in parents:
        at = at.setdefault(part, {})
    at[last] = _custom_replicas(path, wanted) if scope.custom else _check(old, wanted)
    meta, given = new["metadata"], wanted["metadata"]
    owners = managedfields.from_scale(
        meta.pop("managedFields", ()), given.get("managedFields", ()), scope.api_version, path
    )
    if owners:
        meta["managedFields"] = owners
    if given.get("resourceVersion"):
        meta["resourceVersion"] = given["resourceVersion"]
    if given.get("uid"):
        meta["uid"] = given["uid"]
    return new


class _ScaleReview:
    """Shows admission Scales where the write is of a workload. Mutators had their turn when there was a Scale
    to change."""

    def __init__(self, admission: Admission, scope: Scope) -> None:
        self.admission = admission
        self._scope = scope
        self.warnings: list[str] = []
        """Of the write itself: what plug-ins warn of is the request's already."""

    async def mutate(self, obj: Object | None, old: Object | None) -> None:
        """They had it already."""

    async def validate(self, obj: Object | None, old: Object | None) -> None:
        assert obj is not None and old is not None
        paths = _paths(self._scope)
        await self.admission.validate(of(obj, paths), of(old, paths))


def recorded(scope: Scope, old: Object, wanted: Object, manager: str, now: str) -> Object:
    """The Scale that `manager` wrote, with its managedFields."""
    shape = ScaleScope.instance()
    live = _live(old, scope)
    new = {**wanted, "metadata": dict(wanted["metadata"])}
    new["metadata"]["managedFields"] = managedfields.after_write(
        live,
        new,
        live["metadata"]["managedFields"],
        manager=manager,
        api_version="autoscaling/v1",
        time=now,
        subresource="scale",
        node=shape.node,
    )
    return new


async def _update(server: Server, scope: Scope, request: Request) -> Response:
    out = negotiation.wanted(request.headers.get(b"accept"), scope)
    data = await body.read(request)
    opts = options.write(request, "UpdateOptions")
    decoded = body.decode_as(
        request, data, scope, builtin("autoscaling", "v1", "Scale"), "Scale", "autoscaling/v1"
    )
    body.enforce(request, decoded.problems, opts.validation, "Scale", "v1")
    check_name(decoded.obj, request.info.name)
    check_namespace(scope, decoded.obj, request.info.namespace)
    return await _write(server, scope, request, out, opts, lambda old: decoded.obj)


async def _patch(server: Server, scope: Scope, request: Request) -> Response:
    out = negotiation.wanted(request.headers.get(b"accept"), scope)
    media, data, opts = await patches.read(scope, request)
    if scope.cache.get(request.info.namespace, request.info.name) is None:
        raise errors.not_found(scope.group, scope.plural, request.info.name)
    if media == APPLY_PATCH:
        return await _apply(server, scope, request, out, data, opts)
    shape = ScaleScope.instance()
    patched = PATCHERS[media](shape, data)
    warnings: list[str] = []

    def wanted(old: Object) -> Object:
        new = typed(shape, patched(_before(scope, old)), opts, warnings, request.info.name)
        check_namespace(scope, new, request.info.namespace)
        check_name(new, request.info.name)
        return new

    response = await _write(server, scope, request, out, opts, wanted)
    request.warnings += warnings
    return response


async def _apply(
    server: Server,
    scope: Scope,
    request: Request,
    out: negotiation.Output,
    data: bytes,
    opts: options.WriteOptions,
) -> Response:
    shape = ScaleScope.instance()
    wanted, problems = applied(shape, data)
    enforce(request, problems, opts.validation)
    check_namespace(scope, wanted, request.info.namespace)

    def merged(old: Object) -> Object:
        new = managedfields.apply(
            _live(old, scope),
            wanted,
            manager=opts.manager,
            force=opts.force,
            api_version="autoscaling/v1",
            kind="Scale",
            time=rfc3339(server.clock.now()),
            subresource="scale",
            node=shape.node,
        )
        finish(shape, new, wanted)
        return new

    return await _replace(server, scope, request, out, opts, opts.manager, merged)


async def _write(
    server: Server,
    scope: Scope,
    request: Request,
    out: negotiation.Output,
    opts: options.WriteOptions,
    wanted: Any,
) -> Response:
    who = options.manager(request, opts)

    def written(old: Object) -> Object:
        return recorded(scope, old, wanted(old), who, rfc3339(server.clock.now()))

    return await _replace(server, scope, request, out, opts, who, written)


async def _replace(
    server: Server,
    scope: Scope,
    request: Request,
    out: negotiation.Output,
    opts: options.WriteOptions,
    manager: str,
    scaled: Callable[[Object], Object],
) -> Response:
    """Writes the workload as the Scale that `scaled` makes of it demands, once admitted."""
    review = _ScaleReview(admission_of(server, scope, request, "UPDATE", opts), scope)

    async def change(old: Object) -> Object:
        new = scaled(old)
        await review.admission.mutate(new, of(old, _paths(scope)))
        return replaced(scope, old, new)

    todo = write.asked(request, opts, manager, whole=True)._replace(review=review)
    done = await write.update(server, scope, todo, change)
    request.warnings += done.warnings
    return _answer(server, request, out, of(done.obj, _paths(scope)))


VERBS = {"get": _get, "update": _update, "patch": _patch}
