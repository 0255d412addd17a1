"""What is written to a claim for the devices that were found. Source: dynamic-resource-allocation 1.36."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .search import Choice

Object = dict[str, Any]
NewId = Callable[[], str]


def allocation(claim: Object, choices: Sequence[Choice], node: str, new_id: NewId) -> Object:
    """`status.allocation`, without the time. `new_id` names each part of a device that is shared."""
    given: Object = {"results": [_result(choice, new_id) for choice in choices]}
    config = [*_class_config(choices), *_claim_config(claim, choices)]
    if config:
        given["config"] = config
    found: Object = {"devices": given}
    selector = _selector(choices, node)
    if selector is not None:
        found["nodeSelector"] = selector
    return found


def _result(choice: Choice, new_id: NewId) -> Object:
    identity, entry = choice.device.id, choice.device.entry
    result: Object = {
        "request": choice.ask.name,
        "driver": identity.driver,
        "pool": identity.pool,
        "device": identity.name,
    }
    if choice.ask.admin:
        result["adminAccess"] = True
    for name, source in (
        ("tolerations", choice.ask.spec),
        ("bindingConditions", entry),
        ("bindingFailureConditions", entry),
    ):
        if source.get(name):
            result[name] = source[name]
    if choice.consumed is not None:
        result["shareID"] = new_id()
        if choice.consumed:
            result["consumedCapacity"] = {name: str(amount) for name, amount in choice.consumed.items()}
    return result


def _class_config(choices: Sequence[Choice]) -> list[Object]:
    """Each class's settings once, with the requests that they are for."""
    requests: dict[str, list[str]] = {}
    classes: dict[str, Object] = {}
    for choice in choices:
        name = choice.ask.spec["deviceClassName"]
        classes[name] = choice.ask.device_class or {}
        known = requests.setdefault(name, [])
        if choice.ask.name not in known:
            known.append(choice.ask.name)
    return [
        {"source": "FromClass", "requests": requests[name], **one}
        for name, own in classes.items()
        for one in (own.get("spec") or {}).get("config") or ()
    ]


def _claim_config(claim: Object, choices: Sequence[Choice]) -> list[Object]:
    """The claim's own settings; those for alternatives that were not taken are left out."""
    devices = claim["spec"].get("devices") or {}
    chosen = {name for choice in choices for name in (choice.ask.request, choice.ask.name)}
    found: list[Object] = []
    for one in devices.get("config") or ():
        requests = one.get("requests") or ()
        # One that names several requests stands there once for each of them, as upstream writes it.
        times = sum(1 for r in devices["requests"] if _names(r, requests, chosen)) if requests else 1
        found += [{"source": "FromClaim", **one}] * times
    return found


def _names(request: Object, wanted: Sequence[str], chosen: set[str]) -> bool:
    if request["name"] in wanted:
        return True
    ways = (f"{request['name']}/{way['name']}" for way in request.get("firstAvailable") or ())
    return any(name in wanted and name in chosen for name in ways)


def _selector(choices: Sequence[Choice], node: str) -> Object | None:
    """The NodeSelector of where all the devices can be reached; None for everywhere."""
    term: Object = {}
    for choice in choices:
        if choice.device.place.get("nodeName") or choice.device.entry.get("bindsToNode"):
            field = {"key": "metadata.name", "operator": "In", "values": [node]}
            return {"nodeSelectorTerms": [{"matchFields": [field]}]}
        for one in (choice.device.place.get("nodeSelector") or {}).get("nodeSelectorTerms") or ():
            for kind in ("matchFields", "matchExpressions"):
                known = term.setdefault(kind, []) if one.get(kind) else []
                known += [each for each in one.get(kind) or () if not _known(each, known)]
    return {"nodeSelectorTerms": [term]} if term else None


def _known(requirement: Object, known: Sequence[Object]) -> bool:
    return any(
        one["key"] == requirement["key"]
        and one["operator"] == requirement["operator"]
        and set(one.get("values") or ()) == set(requirement.get("values") or ())
        for one in known
    )
