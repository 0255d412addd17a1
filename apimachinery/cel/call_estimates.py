"""What calls cost at worst, and how large their results get, from the sizes of their arguments.

Source: cel-go checker/cost.go (functionCost), ext/{lists,sets}.go; k8s.io/apiserver/pkg/cel/library/cost.go.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from .ast import Expr, Literal
from .prices import CHECK, LIST, REGEX_LENGTH, STRUCT, TRAVERSAL
from .ranges import MOST, ONE, UNKNOWN, Range, fixed


class Given(NamedTuple):
    """An argument: the node, its size, and its elements' size as the schema says."""

    node: Expr
    size: Range | None
    items: Range | None

    @property
    def known(self) -> Range:
        return self.size or UNKNOWN


class Estimate(NamedTuple):
    cost: Range
    size: Range | None = None


Args = Sequence[Given]
Maker = Callable[[Given | None, Args], Estimate | None]

_MAX_PATTERN = 128
_MAX_FORMAT = 64


def estimate(function: str, overload: str, target: Given | None, args: Args) -> Estimate | None:
    """None: the call costs 1 (or what operators cost)."""
    maker = _BY_OVERLOAD.get(overload)
    if maker is None and overload.endswith("_sort"):
        maker = _sort
    elif maker is None and overload.endswith("_sortByAssociatedKeys"):
        maker = _sort_by
    if maker is not None:
        found = maker(target, args)
        if found is not None:
            return found
    by_function = _BY_FUNCTION.get(function)
    return by_function(target, args) if by_function else None


def _one(target: Given | None, args: Args) -> Estimate:
    return Estimate(ONE)


def _walked(known: Range, factor: float = 1) -> Range:
    return known.scaled(factor * TRAVERSAL)


def _walk_argument(factor: float = 1) -> Maker:
    def make(target: Given | None, args: Args) -> Estimate | None:
        return Estimate(_walked(args[0].known, factor)) if args else None

    return make


def _keeps_argument(target: Given | None, args: Args) -> Estimate | None:
    return Estimate(_walked(args[0].known), args[0].known) if len(args) == 1 else None


def _keeps_target(target: Given | None, args: Args) -> Estimate | None:
    return Estimate(_walked(target.known), target.known) if target else None


def _check(target: Given | None, args: Args) -> Estimate:
    return Estimate(fixed(CHECK))


def _selector(target: Given | None, args: Args) -> Estimate | None:
    if len(args) != 1:
        return None
    length = args[0].known
    requirements = length.scaled(0.5).scaled(LIST + STRUCT)
    return Estimate(fixed(LIST).plus(_walked(length)).plus(requirements))


def _list_walk(target: Given | None, args: Args) -> Estimate | None:
    """sum, max, indexOf …: every element, and the letters of elements that are texts."""
    if target is None:
        return None
    if not target.node.type.params:
        return Estimate(_walked(target.known))
    element = ONE
    if target.node.type.params[0].kind in ("string", "bytes"):
        element = element.plus(_walked(target.items or UNKNOWN))
    return Estimate(target.known.times(element))


def _replace(target: Given | None, args: Args) -> Estimate | None:
    if target is None or len(args) < 2:
        return None
    text, old, new = target.known, args[0].known, args[1].known
    high_count = high_kept = low_count = low_kept = 0
    if old.low == 0:
        high_count, high_kept = min(text.high + 1, MOST), text.high
    elif new.high <= old.low:
        high_kept = text.high
    else:
        high_count = -(-text.high // old.low)
    if old.high == 0:
        low_count, low_kept = min(text.low + 1, MOST), text.low
    elif old.high <= new.low:
        low_kept = text.low
    else:
        low_count = -(-text.low // old.high)
    made = Range(low_count, high_count).times(new).plus(Range(low_kept, high_kept))
    return Estimate(_walked(text, 2), made)


def _split(target: Given | None, args: Args) -> Estimate | None:
    if target is None:
        return None
    most = target.known.high
    if len(args) > 1 and isinstance(args[1].node, Literal) and isinstance(args[1].node.value, int):
        most = args[1].node.value % (1 << 64)
    return Estimate(_walked(target.known, 2), Range(0, most))


def _join(target: Given | None, args: Args) -> Estimate | None:
    if target is None:
        return None
    count = target.known
    made = count.times(target.items or UNKNOWN) if target.node.type.params else Range(0, 0)
    if args:
        gaps = Range(max(count.low - 1, 0), max(count.high - 1, 0))
        made = made.plus(args[0].known.times(gaps))
    return Estimate(_walked(made), made)


def _pattern_cost(text: Range, pattern: Range) -> Range:
    return _walked(text.plus(ONE)).times(pattern.scaled(REGEX_LENGTH))


def _find(target: Given | None, args: Args) -> Estimate | None:
    if target is None or not args:
        return None
    return Estimate(_pattern_cost(target.known, args[0].known), Range(0, target.known.high))


def _matches(target: Given | None, args: Args) -> Estimate | None:
    if target is None or len(args) != 1:
        return None
    return Estimate(_pattern_cost(target.known, args[0].known))


def _contains(target: Given | None, args: Args) -> Estimate | None:
    if target is None or len(args) != 1:
        return None
    return Estimate(_walked(target.known).times(_walked(args[0].known)))


_ADDRESS = Range(4, 16)
_COMPARED = _walked(_ADDRESS.plus(_ADDRESS))


def _contains_ip(target: Given | None, args: Args) -> Estimate:
    return Estimate(_COMPARED)


def _contains_ip_text(target: Given | None, args: Args) -> Estimate:
    return Estimate(_COMPARED.plus(_walked(args[0].known)))


def _contains_cidr(target: Given | None, args: Args) -> Estimate:
    return Estimate(_COMPARED.plus(_walked(_ADDRESS)).plus(ONE))


def _contains_cidr_text(target: Given | None, args: Args) -> Estimate:
    return Estimate(_contains_cidr(target, args).cost.plus(_walked(args[0].known)))


def _validate(target: Given | None, args: Args) -> Estimate | None:
    if not args:
        return None
    return Estimate(_walked(args[0].known).scaled(_MAX_PATTERN * REGEX_LENGTH))


_NOMINAL = frozenset(
    (
        "net.IP",
        "net.CIDR",
        "kubernetes.Quantity",
        "kubernetes.Semver",
        "kubernetes.authorization.Authorizer",
        "kubernetes.authorization.PathCheck",
        "kubernetes.authorization.GroupCheck",
        "kubernetes.authorization.ResourceCheck",
        "kubernetes.authorization.Decision",
    )
)


def _equal_own(target: Given | None, args: Args) -> Estimate | None:
    """`==` of Kubernetes' own types."""
    left, right = args[0].node.type, args[1].node.type
    if left != right:
        return None
    if left.name in _NOMINAL:
        return Estimate(ONE)
    if left.name == "kubernetes.NamedFormat":
        return Estimate(_walked(Range(1, _MAX_FORMAT)))
    if left.name == "kubernetes.URL":
        known = args[1].size
        return Estimate(_walked(Range(1, known.high if known is not None else 1)))
    return None


def _equal(target: Given | None, args: Args) -> Estimate:
    left, right = args[0].known, args[1].known
    most = min(left.high, right.high)
    return Estimate(_walked(Range(1 if most > 0 else 0, most)))


def _equals(target: Given | None, args: Args) -> Estimate:
    return _equal_own(target, args) or _equal(target, args)


def _bytes_of(target: Given | None, args: Args) -> Estimate | None:
    if len(args) != 1:
        return None
    known = args[0].known
    return Estimate(_walked(known), Range(known.low, known.high * 4 % (1 << 64)))


def _text_of(target: Given | None, args: Args) -> Estimate | None:
    if len(args) != 1:
        return None
    known = args[0].known
    return Estimate(_walked(known), Range(known.low // 4, known.high))


def _quote(target: Given | None, args: Args) -> Estimate | None:
    if len(args) != 1:
        return None
    known = args[0].known
    return Estimate(_walked(known), Range(known.low + 2, (known.high * 2 + 2) % (1 << 64)))


def _format(target: Given | None, args: Args) -> Estimate | None:
    return Estimate(_walked(target.known)) if target else None


def _in_list(target: Given | None, args: Args) -> Estimate | None:
    return Estimate(args[1].known) if len(args) == 2 else None


def _sets(factor: int) -> Maker:
    def make(target: Given | None, args: Args) -> Estimate:
        return Estimate(args[0].known.times(args[1].known).scaled(factor).plus(ONE))

    return make


def _number(given: Given, otherwise: int) -> int:
    node = given.node
    if isinstance(node, Literal) and type(node.value) is int:
        return max(node.value, 0)
    return otherwise


def _allocating(factor: float, made: Range) -> Estimate:
    return Estimate(made.scaled(factor).plus(ONE).plus(fixed(LIST)), made)


def _slice(target: Given | None, args: Args) -> Estimate | None:
    if target is None or len(args) != 2:
        return None
    start, end = _number(args[0], 0), _number(args[1], target.known.high)
    return _allocating(1, fixed((end - start) % (1 << 64)))


def _range(target: Given | None, args: Args) -> Estimate:
    return _allocating(1, fixed(_number(args[0], MOST)))


def _reverse(target: Given | None, args: Args) -> Estimate | None:
    return _allocating(1, target.known) if target else None


def _flatten(target: Given | None, args: Args) -> Estimate | None:
    depth = _number(args[0], MOST) if args else 1
    return _allocating(depth, target.known) if target else None


def _distinct(target: Given | None, args: Args) -> Estimate | None:
    return _allocating(2, target.known.times(target.known)) if target else None


def _sort_cost(given: Given) -> Estimate:
    texts = given.node.type.params and given.node.type.params[0].kind in ("string", "bytes")
    return _allocating(2 + (TRAVERSAL if texts else 0), given.known.times(given.known))


def _sort(target: Given | None, args: Args) -> Estimate | None:
    return _sort_cost(target) if target else None


def _sort_by(target: Given | None, args: Args) -> Estimate | None:
    return _sort_cost(args[0]) if args else None


_WORDS = ("less", "less_equals", "greater", "greater_equals")
_BY_OVERLOAD: dict[str, Maker] = (
    {
        "cidr_ip": _one,
        "cidr_contains_ip_ip": _contains_ip,
        "cidr_contains_ip_string": _contains_ip_text,
        "cidr_contains_cidr": _contains_cidr,
        "cidr_contains_cidr_string": _contains_cidr_text,
        "string_format": _format,
        "string_to_bytes": _bytes_of,
        "bytes_to_string": _text_of,
        "strings_quote": _quote,
        "starts_with_string": _walk_argument(),
        "ends_with_string": _walk_argument(),
        "in_list": _in_list,
        "matches_string": _matches,
        "contains_string": _contains,
        "equals": _equals,
        "not_equals": _equal,
        "list_slice": _slice,
        "list_flatten": _flatten,
        "list_flatten_int": _flatten,
        "lists_range": _range,
        "list_reverse": _reverse,
        "list_distinct": _distinct,
        "list_sets_contains_list": _sets(1),
        "list_sets_intersects_list": _sets(1),
        "list_sets_equivalent_list": _sets(2),
    }
    | dict.fromkeys((f"{word}_string" for word in _WORDS), _equal)
    | dict.fromkeys((f"{word}_bytes" for word in _WORDS), _equal)
)
_NAMES_OF_ONE = (
    "serviceAccount path group resource subresource namespace name allowed reason error errored "
    "masked prefixLength family isUnspecified isLoopback isLinkLocalMulticast "
    "isLinkLocalUnicast isGlobalUnicast format.named sign asInteger isInteger "
    "asApproximateFloat isGreaterThan isLessThan compareTo add sub major minor patch getScheme "
    "getHostname getHost getPort getEscapedPath getQuery"
)
_BY_FUNCTION: dict[str, Maker] = (
    dict.fromkeys(_NAMES_OF_ONE.split(), _one)
    | {"check": _check, "validate": _validate, "replace": _replace, "split": _split, "join": _join}
    | dict.fromkeys(("fieldSelector", "labelSelector"), _selector)
    | dict.fromkeys(("isSorted", "sum", "max", "min", "indexOf", "lastIndexOf"), _list_walk)
    | dict.fromkeys(("url", "jsonpatch.escapeKey"), _keeps_argument)
    | dict.fromkeys(("lowerAscii", "upperAscii", "substring", "trim"), _keeps_target)
    | dict.fromkeys(("find", "findAll"), _find)
    | dict.fromkeys(
        ("ip", "cidr", "isIP", "isCIDR", "quantity", "isQuantity", "semver", "isSemver"), _walk_argument()
    )
    | {"ip.isCanonical": _walk_argument(2)}
)
