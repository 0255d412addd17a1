"""What the kinds that register admission have in common."""

from __future__ import annotations

from ..strategy import Strategy


class RegistrationStrategy(Strategy):
    """Metadata is judged on create alone, finalizers may be anything, and writers say which version they
    saw."""

    metadata_checks = ("create",)
    known_finalizers = False
    tracks_generation = True
    allow_unconditional_update = False
