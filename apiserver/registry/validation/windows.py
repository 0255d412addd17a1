"""Windows options of security contexts, and pods of host processes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ....apimachinery import field, names
from .common import Errors, Object, invalids

CREDENTIAL_KIB = 64
DOMAIN_MAX = 256
USER_MAX = 104
_control = re.compile(r"[\x00-\x1f\x7f]").search
_net_bios = re.compile(r'[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}').fullmatch
_dns = re.compile(
    r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*"
).fullmatch
_bad_characters = re.compile(r'["/\\:;|=,+*?<>@\[\]]').search
_dots_and_spaces = re.compile(r"[. ]+").fullmatch


def validate_windows_options(options: Object, path: str) -> Errors:
    errors: Errors = []
    if "gmsaCredentialSpecName" in options:
        name = options["gmsaCredentialSpecName"]
        errors += invalids(f"{path}.gmsaCredentialSpecName", name, names.dns1123_subdomain(name))
    if "gmsaCredentialSpec" in options:
        errors += invalids(f"{path}.gmsaCredentialSpec", options["gmsaCredentialSpec"], _credential(options))
    if "runAsUserName" in options:
        name = options["runAsUserName"]
        errors += invalids(f"{path}.runAsUserName", name, _user_name(name))
    return errors


def _credential(options: Object) -> list[str]:
    size = len(options["gmsaCredentialSpec"].encode())
    if not size:
        return ["gmsaCredentialSpec cannot be an empty string"]
    if size > CREDENTIAL_KIB << 10:
        return [f"gmsaCredentialSpec size must be under {CREDENTIAL_KIB} KiB"]
    return []


def _user_name(name: str) -> list[str]:
    if not name:
        return ["runAsUserName cannot be an empty string"]
    if _control(name):
        return ["runAsUserName cannot contain control characters"]
    parts = name.split("\\")
    if len(parts) > 2:
        return ["runAsUserName cannot contain more than one backslash"]
    messages = _domain(parts[0]) if len(parts) == 2 else []
    return messages + _user(parts[-1])


def _domain(domain: str) -> list[str]:
    messages = []
    if len(domain.encode()) >= DOMAIN_MAX:
        messages.append(f"runAsUserName's Domain length must be under {DOMAIN_MAX} characters")
    if not _net_bios(domain) and not _dns(domain):
        messages.append("runAsUserName's Domain doesn't match the NetBios nor the DNS format")
    return messages


def _user(user: str) -> list[str]:
    messages = []
    if not user:
        messages.append("runAsUserName's User cannot be empty")
    elif len(user.encode()) > USER_MAX:
        messages.append(f"runAsUserName's User length must not be longer than {USER_MAX} characters")
    if _dots_and_spaces(user):
        messages.append("runAsUserName's User cannot contain only periods or spaces")
    if _bad_characters(user):
        characters = '"/\\:;|=,+*?<>@[]'
        messages.append(f"runAsUserName's User cannot contain the following characters: {characters}")
    return messages


def _host_process(context: Object | None) -> bool | None:
    return ((context or {}).get("windowsOptions") or {}).get("hostProcess")


def validate_host_process(spec: Object, containers: Iterable[tuple[Object, str]], path: str) -> Errors:
    """Either all containers of a pod are host processes, on the host's network, or none is."""
    errors: Errors = []
    of_pod = _host_process(spec.get("securityContext"))
    flags = []
    for container, here in containers:
        own = _host_process(container.get("securityContext"))
        if of_pod is not None and own is not None and of_pod != own:
            shown = str(of_pod).lower()
            why = f"pod hostProcess value must be identical if both are specified, was {shown}"
            errors.append(field.invalid(f"{here}.securityContext.windowsOptions.hostProcess", own, why))
        flags.append(bool(of_pod if own is None else own))
    if not any(flags):
        return errors
    if not all(flags):
        why = "If pod contains any hostProcess containers then all containers must be HostProcess containers"
        errors.append(field.invalid(path, "", why))
    if not spec.get("hostNetwork"):
        why = "hostNetwork must be true if pod contains any hostProcess containers"
        errors.append(field.invalid(f"{path}.hostNetwork", False, why))
    return errors
