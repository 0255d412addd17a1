"""The two ways a patch is refused."""

from __future__ import annotations

from ..errors import StatusError


def unprocessable() -> StatusError:
    """A well-formed patch that does not fit the object; upstream keeps the reason to itself."""
    return StatusError(422, "Invalid", "the server rejected our request due to an error in our request", {})


def plain(message: str) -> StatusError:
    """An error upstream did not classify: 500 without a reason."""
    return StatusError(500, "", message)
