"""What makes a PriorityLevelConfiguration invalid. Source: flowcontrol validation."""

from __future__ import annotations

import math

from ....apimachinery import field
from ..strategy import Object
from ..validation.common import Errors

TYPES = ("Exempt", "Limited")
RESPONSES = ("Queue", "Reject")
MAX_QUEUES = 10_000_000
MAX_ENTROPY_BITS = 60
NATURAL = "must be a non-negative integer"


def validate_spec(spec: Object, name: str, path: str) -> Errors:
    kind, limited, exempt = spec.get("type", ""), spec.get("limited"), spec.get("exempt")
    errors: Errors = []
    if (name == "exempt") != (kind == "Exempt"):
        why = "must be 'Exempt' if and only if `name` is 'exempt'"
        errors.append(field.invalid(f"{path}.type", kind, why))
    if kind == "Exempt":
        if limited is not None:
            errors.append(field.forbidden(f"{path}.limited", "must be nil if the type is not Limited"))
        errors += _shares(exempt or {}, f"{path}.exempt")
    elif kind == "Limited":
        if exempt is not None:
            errors.append(field.forbidden(f"{path}.exempt", "must be nil if the type is Limited"))
        if limited is None:
            errors.append(field.required(f"{path}.limited", "must not be empty when type is Limited"))
        else:
            errors += _limited(limited, f"{path}.limited")
    else:
        errors.append(field.not_supported(f"{path}.type", kind, TYPES))
    return errors


def _shares(level: Object, path: str) -> Errors:
    shares, lendable = level.get("nominalConcurrencyShares"), level.get("lendablePercent")
    errors: Errors = []
    if shares is not None and shares < 0:
        errors.append(field.invalid(f"{path}.nominalConcurrencyShares", shares, NATURAL))
    if lendable is not None and not 0 <= lendable <= 100:
        why = "must be between 0 and 100, inclusive"
        errors.append(field.invalid(f"{path}.lendablePercent", lendable, why))
    return errors


def _limited(limited: Object, path: str) -> Errors:
    errors = _response(limited.get("limitResponse") or {}, f"{path}.limitResponse")
    shares = _shares(limited, path)
    before = [e for e in shares if e.field.endswith("Shares")]
    after = [e for e in shares if not e.field.endswith("Shares")]
    errors = before + errors + after
    borrowing = limited.get("borrowingLimitPercent")
    if borrowing is not None and borrowing < 0:
        why = f"if specified, {NATURAL}"
        errors.append(field.invalid(f"{path}.borrowingLimitPercent", borrowing, why))
    return errors


def _response(response: Object, path: str) -> Errors:
    kind, queuing = response.get("type", ""), response.get("queuing")
    if kind == "Reject":
        if queuing is None:
            return []
        why = "must be nil if limited.limitResponse.type is not Limited"
        return [field.forbidden(f"{path}.queuing", why)]
    if kind == "Queue":
        if queuing is None:
            why = "must not be empty if limited.limitResponse.type is Limited"
            return [field.required(f"{path}.queuing", why)]
        return _queuing(queuing, f"{path}.queuing")
    return [field.not_supported(f"{path}.type", kind, RESPONSES)]


def _queuing(queuing: Object, path: str) -> Errors:
    length, queues, hand = (queuing.get(name, 0) for name in ("queueLengthLimit", "queues", "handSize"))
    errors: Errors = []
    if length <= 0:
        errors.append(field.invalid(f"{path}.queueLengthLimit", length, "must be positive"))
    if queues <= 0:
        errors.append(field.invalid(f"{path}.queues", queues, "must be positive"))
    elif queues > MAX_QUEUES:
        errors.append(field.invalid(f"{path}.queues", queues, f"must not be greater than {MAX_QUEUES}"))
    at = f"{path}.handSize"
    if hand <= 0:
        errors.append(field.invalid(at, hand, "must be positive"))
    elif hand > queues:
        errors.append(field.invalid(at, hand, f"should not be greater than queues ({queues})"))
    elif _entropy_bits(queues, hand) > MAX_ENTROPY_BITS:
        why = f"required entropy bits of deckSize {queues} and handSize {hand} should not be greater than"
        errors.append(field.invalid(at, hand, f"{why} {MAX_ENTROPY_BITS}"))
    return errors


def _entropy_bits(deck: int, hand: int) -> int:
    """Bits that dealing `hand` of `deck` cards uses up."""
    combinations = math.prod(deck - i for i in range(hand))
    return math.ceil(math.log2(combinations))
