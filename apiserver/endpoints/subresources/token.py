"""POST serviceaccounts/token: a token for the account, optionally bound to a pod, secret or node."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from ....apimachinery import errors, field, managedfields
from ....apimachinery.clock import rfc3339
from ....apimachinery.gvk import parse_group_version
from ....apimachinery.schema.registry import builtin
from ...authentication.token_request import TokenIssuer
from ...registry.strategy import Object
from .. import body, negotiation, options, render
from ..admit import admission_of
from ..exchange import Request, Response
from ..scope import Scope
from ..server import Server
from ..verbs.create import check_namespace

GROUP = "authentication.k8s.io"
KIND = "TokenRequest"
API_VERSION = f"{GROUP}/v1"
DEFAULT_SECONDS = 3600
MIN_SECONDS = 600
MAX_SECONDS = 1 << 32
_BINDABLE = {"Pod": "pods", "Secret": "secrets", "Node": "nodes"}


class Bound(NamedTuple):
    """What a token is bound to, and the node of a bound pod."""

    obj: Object | None = None
    kind: str = ""
    node: Object | None = None


async def token(server: Server, scope: Scope, request: Request) -> Response:
    out = negotiation.reviewed_output(request.headers.get(b"accept"))
    info = request.info
    data = await body.read(request)
    opts = options.write(request, "CreateOptions")
    schema = builtin(GROUP, "v1", KIND)
    assert schema is not None
    decoded = body.decode_as(request, data, scope, schema, KIND, API_VERSION)
    body.enforce(request, decoded.problems, opts.validation, KIND, "v1")
    wanted = decoded.obj
    check_namespace(scope, wanted, info.namespace)
    wanted.setdefault("metadata", {}).setdefault("namespace", info.namespace)
    if wanted["spec"].get("expirationSeconds") is None:
        wanted["spec"]["expirationSeconds"] = DEFAULT_SECONDS
    now = rfc3339(server.clock.now())
    _record(wanted, options.manager(request, opts), now)
    admission = admission_of(server, scope, request, "CREATE", opts)
    await admission.mutate(wanted, None)
    account = _account(server, wanted, info.namespace, info.name)
    _fill(server, account, wanted, now)
    await admission.validate(wanted, None)
    return render.value(request, out, _issue(server, account, wanted), 201)


def _record(wanted: Object, manager: str, now: str) -> None:
    schema = builtin(GROUP, "v1", KIND)
    assert schema is not None
    meta = wanted.setdefault("metadata", {})
    meta["managedFields"] = managedfields.after_write(
        None,
        wanted,
        [],
        manager=manager,
        operation="Update",
        api_version=API_VERSION,
        time=now,
        subresource="token",
        node=schema.root,
    )


def _account(server: Server, wanted: Object, namespace: str, name: str) -> Object:
    """The account, once the request fits it."""
    given = wanted["metadata"].get("name", "")
    if given and given != name:
        problem = field.invalid("metadata.name", given, "must match the service account name if specified")
        raise errors.invalid(GROUP, KIND, name, [problem])
    account = server.reader.get("", "serviceaccounts", namespace, name)
    if account is None:
        raise errors.not_found("", "serviceaccounts", name)
    given, uid = wanted["metadata"].get("uid", ""), account["metadata"]["uid"]
    if given and given != uid:
        what = f"({given}) does not match the UID of the service account ({uid})"
        raise errors.conflict(GROUP, KIND, name, f"the UID in the token request {what}")
    seconds = wanted["spec"]["expirationSeconds"]
    why = ""
    if seconds < MIN_SECONDS:
        why = "may not specify a duration less than 10 minutes"
    elif seconds > MAX_SECONDS:
        why = "may not specify a duration larger than 2^32 seconds"
    if why:
        raise errors.invalid(GROUP, KIND, "", [field.invalid("spec.expirationSeconds", seconds, why)])
    return account


def _fill(server: Server, account: Object, wanted: Object, now: str) -> None:
    """What the request leaves to the server, as validating admission and the answer show it."""
    issuer: TokenIssuer = server.services["token_issuer"]
    if not wanted["spec"].get("audiences"):
        wanted["spec"]["audiences"] = list(issuer.tokens.audiences)
    meta = {key: account["metadata"][key] for key in ("name", "namespace", "uid")}
    meta["creationTimestamp"] = now
    wanted["metadata"] = {**meta, **wanted["metadata"], **meta}
    wanted["status"] = {"token": "", "expirationTimestamp": None}


def _issue(server: Server, account: Object, wanted: Object) -> Object:
    issuer: TokenIssuer = server.services["token_issuer"]
    spec = wanted["spec"]
    bound = _bound(server, account, spec.get("boundObjectRef"))
    issued = issuer.issue(
        account,
        audiences=spec["audiences"],
        seconds=spec["expirationSeconds"],
        bound=bound.obj,
        bound_kind=bound.kind,
        node=bound.node,
    )
    expires = rfc3339(datetime.fromtimestamp(issued.expires, UTC))
    return {
        "kind": KIND,
        "apiVersion": API_VERSION,
        "metadata": wanted["metadata"],
        "spec": spec,
        "status": {"token": issued.token, "expirationTimestamp": expires},
    }


def _bound(server: Server, account: Object, ref: Object | None) -> Bound:
    if ref is None:
        return Bound()
    kind, name, namespace = ref.get("kind", ""), ref.get("name", ""), account["metadata"]["namespace"]
    version = parse_group_version(ref.get("apiVersion", ""))
    if version.group or kind not in _BINDABLE:
        what = f"{version.group}/{version.version}, Kind={kind}"
        raise errors.bad_request(f"cannot bind token to object of type {what}")
    resource = _BINDABLE[kind]
    found = server.reader.get("", resource, "" if kind == "Node" else namespace, name)
    if found is None:
        raise errors.not_found("", resource, name)
    node = None
    if kind == "Pod":
        account_name = account["metadata"]["name"]
        if (found.get("spec") or {}).get("serviceAccountName") != account_name:
            raise errors.bad_request(
                f"cannot bind token for serviceaccount {field.quote(account_name)} to pod running with "
                "different serviceaccount name."
            )
        node = server.reader.get("", "nodes", "", found["spec"].get("nodeName", ""))
    uid = ref.get("uid", "")
    if uid and uid != found["metadata"]["uid"]:
        raise errors.conflict(
            "",
            kind,
            name,
            f"the UID in the bound object reference ({uid}) does not match the UID in record. The "
            "object might have been deleted and then recreated",
        )
    return Bound(found, kind, node)
