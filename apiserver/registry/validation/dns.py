"""A pod's resolver and hosts file."""

from __future__ import annotations

from collections.abc import Iterable

from ....apimachinery import field, names
from .common import Errors, Object, invalids, required_or_supported

POLICIES = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
NAME_SERVERS_MAX = 3
SEARCHES_MAX = 32
SEARCH_CHARACTERS_MAX = 2048


def validate_ip(value: str, path: str) -> Errors:
    return invalids(path, value, names.ip(value, strict=True, canonical=False))


def validate_dns_policy(policy: str, path: str) -> Errors:
    return [] if policy in POLICIES else required_or_supported(policy, POLICIES, path)


def validate_dns_config(config: Object | None, policy: str, path: str) -> Errors:
    if policy == "None":
        if config is None:
            return [field.required(path, "must provide `dnsConfig` when `dnsPolicy` is None")]
        if not config.get("nameservers"):
            why = "must provide at least one DNS nameserver when `dnsPolicy` is None"
            return [field.required(f"{path}.nameservers", why)]
    if config is None:
        return []
    errors = _name_servers(config.get("nameservers") or [], f"{path}.nameservers")
    errors += _searches(config.get("searches") or [], f"{path}.searches")
    for i, option in enumerate(config.get("options") or ()):
        if not option.get("name"):
            errors.append(field.required(f"{path}.options[{i}]", "must not be empty"))
    return errors


def _name_servers(servers: list[str], path: str) -> Errors:
    errors: Errors = []
    if len(servers) > NAME_SERVERS_MAX:
        why = f"must not have more than {NAME_SERVERS_MAX} nameservers"
        errors.append(field.invalid(path, servers, why))
    for i, server in enumerate(servers):
        errors += validate_ip(server, f"{path}[{i}]")
    return errors


def _searches(searches: list[str], path: str) -> Errors:
    errors: Errors = []
    if len(searches) > SEARCHES_MAX:
        errors.append(field.invalid(path, searches, f"must not have more than {SEARCHES_MAX} search paths"))
    if len(" ".join(searches).encode()) > SEARCH_CHARACTERS_MAX:
        limit = f"{SEARCH_CHARACTERS_MAX} characters (including spaces)"
        why = f"must not have more than {limit} in the search list"
        errors.append(field.invalid(path, searches, why))
    for i, search in enumerate(searches):
        if search != ".":
            search = search.removesuffix(".")
            errors += invalids(f"{path}[{i}]", search, names.dns1123_subdomain_underscore(search))
    return errors


def validate_host_aliases(aliases: Iterable[Object], path: str) -> Errors:
    errors: Errors = []
    for i, alias in enumerate(aliases):
        errors += validate_ip(alias.get("ip", ""), f"{path}[{i}].ip")
        for j, name in enumerate(alias.get("hostnames") or ()):
            errors += invalids(f"{path}[{i}].hostnames[{j}]", name, names.dns1123_subdomain(name))
    return errors
