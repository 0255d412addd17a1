"""What a client is told when its request came to nothing."""

from __future__ import annotations

import logging

from ...apimachinery import errors, jsonio
from ..flowcontrol.level import Rejected
from ..lifetime import ClientGone, TimeIsUp
from .exchange import TEXT, Request, Response, text_answer
from .respond import failure

log = logging.getLogger("wherry.apiserver")

TOO_MANY = text_answer("Too many requests, please try again later.\n", 429, (b"retry-after", b"1"))
CLIENT_GONE = 499
"""What the metrics call a request that nobody waited for."""


def out_of_time(request: Request, end: TimeIsUp) -> Response:
    """A write says by itself that it took too long, in the client's format. Everything else is cut off from
    outside: upstream's filter writes plain JSON then and leaves it to Go to guess what that is."""
    if end.writing:
        return failure(request, errors.timeout(f"request did not complete within requested timeout - {end}"))
    error = errors.timeout("request did not complete within the allotted timeout")
    return Response(jsonio.dumps(error.status()) + b"\n", error.code, TEXT)


def told(request: Request, fault: Exception) -> Response | None:
    """The answer to a request that ended with `fault`; None where nobody is left to read one."""
    if isinstance(fault, ClientGone):
        return None
    if isinstance(fault, Rejected):
        return TOO_MANY
    if isinstance(fault, TimeIsUp):
        return out_of_time(request, fault)
    if isinstance(fault, errors.StatusError):
        request.warnings += fault.warnings
        return failure(request, fault)
    error = too_deep(fault)
    if error is None:
        log.error("%s %s failed", request.method, request.path, exc_info=fault)
        error = errors.internal("see the apiserver's log")
    return failure(request, error)


def too_deep(fault: Exception) -> errors.StatusError | None:
    """What a client is told whose object is nested deeper than this server follows: some 250 levels."""
    deep = isinstance(fault, RecursionError) or "Recursion limit reached" in str(fault)
    return errors.bad_request("the object is nested too deeply: exceeded max depth") if deep else None
