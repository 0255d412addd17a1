"""DELETE of a collection: every object the selectors match."""

from __future__ import annotations

from ....apimachinery import errors
from .. import delete as deletion
from .. import negotiation, render
from ..admit import Admission
from ..exchange import Request, Response
from ..scope import Scope
from ..server import Server
from .delete import delete_options
from .list import choice, wanted


async def deletecollection(server: Server, scope: Scope, request: Request) -> Response:
    out = negotiation.wanted(request.headers.get(b"accept"), scope)
    chosen = choice(scope, request)
    opts = await delete_options(request)
    entries, list_meta = await wanted(scope, request, *chosen)
    # As upstream: plug-ins and webhooks are told of a nameless deletion, and find the name in the object.
    review = Admission(
        server,
        scope,
        request.user,
        "DELETE",
        namespace=request.info.namespace,
        name="",
        dry_run=bool(opts.get("dryRun")),
        options=opts,
    )
    for entry in entries:
        meta = entry.obj["metadata"]
        where = meta.get("namespace", ""), meta["name"]
        try:
            await deletion.delete(server, scope, request.user, *where, dict(opts), review=review)
        except errors.StatusError as error:
            if not errors.is_reason(error, "NotFound"):
                raise
    request.warnings += review.warnings
    return render.listing(request, scope, out, entries, list_meta, server.clock.now())
