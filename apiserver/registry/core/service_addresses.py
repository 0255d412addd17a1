"""Validation of a Service's own addresses: clusterIP, clusterIPs, ipFamilies and their policy."""

from __future__ import annotations

from ....apimachinery import field
from ..strategy import Object
from ..validation.addresses import validate_ip
from ..validation.common import Errors, supported

FAMILIES = ("IPv4", "IPv6")
POLICIES = ("PreferDualStack", "RequireDualStack", "SingleStack")
PATH = "spec.clusterIPs"


def validate_cluster_ips(spec: Object) -> Errors:
    if spec.get("type") == "ExternalName":
        return []
    ips: list[str] = spec.get("clusterIPs") or []
    errors = _agree(spec.get("clusterIP", ""), ips) + _families(spec)
    if "ipFamilyPolicy" in spec:
        errors += supported(spec["ipFamilyPolicy"], POLICIES, "spec.ipFamilyPolicy")
    wrong = _each(ips)
    errors += wrong
    if len(ips) > 2:
        errors.append(field.invalid(PATH, ips, "may only hold up to 2 values"))
    if wrong:
        return errors
    if len(ips) > 1 and len({":" in ip for ip in ips}) < 2:
        why = "may specify no more than one IP for each IP family"
        errors.append(field.invalid(PATH, ips, why))
    return errors + _match(ips, spec.get("ipFamilies") or [])


def _agree(ip: str, ips: list[str]) -> Errors:
    if not ip:
        why = "must be empty when `clusterIP` is not specified"
        return [field.invalid(PATH, ips, why)] if ips else []
    if not ips:
        return [field.required(PATH)]
    return [] if ips[0] == ip else [field.invalid(PATH, ips, "first value must match `clusterIP`")]


def _families(spec: Object) -> Errors:
    errors: Errors = []
    families = spec.get("ipFamilies") or []
    for i, family in enumerate(families):
        errors += supported(family, FAMILIES, f"spec.ipFamilies[{i}]")
        if family in families[:i]:
            errors.append(field.duplicate(f"spec.ipFamilies[{i}]", family))
    return errors


def _each(ips: list[str]) -> Errors:
    errors: Errors = []
    for i, ip in enumerate(ips):
        if i == 0 and ip == "None":
            if len(ips) > 1:
                errors.append(field.invalid(PATH, ips, "'None' must be the first and only value"))
            continue
        errors += validate_ip(ip, f"{PATH}[{i}]")
    return errors


def _match(ips: list[str], families: list[str]) -> Errors:
    if ips == ["None"]:
        return []
    return [
        field.invalid(f"{PATH}[{i}]", ip, f"expected an {family} value as indicated by `ipFamilies[{i}]`")
        for i, (ip, family) in enumerate(zip(ips, families, strict=False))
        if family in FAMILIES and (":" in ip) != (family == "IPv6")
    ]


def validate_address_change(spec: Object, was: Object) -> Errors:
    """The first address and family stay for good, unless the type is or was ExternalName."""
    if "ExternalName" in (spec.get("type"), was.get("type")):
        return []
    ips, old_ips = spec.get("clusterIPs") or [], was.get("clusterIPs") or []
    errors: Errors = []
    if not (ips == old_ips == ["None"]):
        errors += _kept(ips, old_ips, spec, "clusterIPs", "clusterIP", ips)
    if ips != ["None"] and old_ips != ["None"]:
        families, before = spec.get("ipFamilies") or [], was.get("ipFamilies") or []
        errors += _kept(families, before, spec, "ipFamilies", "ipFamily", ips)
    return errors


def _kept(new: list[str], old: list[str], spec: Object, name: str, word: str, ips: list[str]) -> Errors:
    path, why = f"spec.{name}", "may not change once set"
    if len(new) == len(old):
        changed = [i for i, (a, b) in enumerate(zip(new, old, strict=True)) if a != b]
        if name == "ipFamilies":
            changed = [0 for _ in changed]
        return [field.invalid(f"{path}[{i}]", new, why) for i in changed]
    errors: Errors = []
    if len(new) < len(old) and not ips:
        errors.append(field.invalid(f"{path}[0]", new, f"primary {word} can not be unset"))
    if new and old and new[0] != old[0]:
        errors.append(field.invalid(f"{path}[0]", ips, why))
    if len(new) < len(old) and len(new) == 1 and spec.get("ipFamilyPolicy") != "SingleStack":
        policy = f"must be set to 'SingleStack' when releasing the secondary {word}"
        errors.append(field.invalid("spec.ipFamilyPolicy", spec.get("ipFamilyPolicy"), policy))
    return errors
