"""PodLogOptions as the query gives them, checked before the pod is looked for (core/v1 validation)."""

from __future__ import annotations

from ....apimachinery import errors, field
from ....apimachinery.field import FieldError
from ....apimachinery.schema import gotime
from .. import options
from ..exchange import Request

LEAST = {"tailLines": 0, "limitBytes": 1, "sinceSeconds": 1}


def check(request: Request) -> None:
    """400 for what cannot be read, 422 for what makes no sense or is turned off (a stream of its own)."""
    given = {name: options.parse_int(request.arg(name)) for name in LEAST if name in request.query}
    since = request.arg("sinceTime")
    if since:
        try:
            gotime.parse(since)
        except ValueError as error:
            raise errors.bad_request(str(error)) from None
    problems: list[FieldError] = []
    if since and "sinceSeconds" in given:
        text = "at most one of `sinceTime` or `sinceSeconds` may be specified"
        problems.append(field.forbidden("[]", text))
        del given["sinceSeconds"]
    numbers = [_too_small(name, value) for name, value in given.items() if value < LEAST[name]]
    # A clash of times stands where the smaller one would.
    problems = [*numbers, *problems]
    if "stream" in request.query:
        problems.append(field.forbidden("stream", "may not be specified"))
    if problems:
        raise errors.invalid("", "PodLogOptions", request.info.name, problems)


def _too_small(name: str, value: int) -> FieldError:
    bound = f"greater than or equal to {LEAST[name]}" if LEAST[name] == 0 else "greater than 0"
    return field.invalid(name, value, f"must be {bound}")
