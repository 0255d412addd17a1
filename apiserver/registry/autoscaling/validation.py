"""What makes a HorizontalPodAutoscaler invalid (v2 form)."""

from __future__ import annotations

from ....apimachinery.field import FieldError
from ..strategy import Object


def validate(obj: Object) -> list[FieldError]:
    return []
