"""What makes a CertificateSigningRequest invalid. Source: certificates validation."""

from __future__ import annotations

import base64
import binascii
import re

from cryptography import x509

from ....apimachinery import field, names
from ....apimachinery.field import FieldError
from ..strategy import Object
from ..validation.common import Errors

LEGACY = "kubernetes.io/legacy-unknown"
SHORTEST = 600
DECISIONS = ("Approved", "Denied", "Failed")
STATUSES = ("False", "True", "Unknown")
PEM_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----\r?\n.*?-----END \1-----", re.DOTALL)
USAGES = frozenset(
    (
        "signing", "digital signature", "content commitment", "key encipherment", "key agreement",
        "data encipherment", "cert sign", "crl sign", "encipher only", "decipher only", "any", "server auth",
        "client auth", "code signing", "email protection", "s/mime", "ipsec end system", "ipsec tunnel",
        "ipsec user", "timestamping", "ocsp signing", "microsoft sgc", "netscape sgc",
    )
)  # fmt: skip


def pem_types(text: str) -> list[str]:
    """Types of the PEM blocks in base64 text."""
    try:
        data = base64.b64decode(text)
    except binascii.Error:
        return []
    return [kind.decode() for kind in PEM_BLOCK.findall(data)]


def validate_spec(spec: Object, path: str) -> Errors:
    errors = _request(spec.get("request"), f"{path}.request")
    errors += _usages(spec.get("usages") or [], f"{path}.usages")
    signer = spec.get("signerName", "")
    if signer == LEGACY:
        why = "the legacy signerName is not allowed via this API version"
        errors.append(field.invalid(f"{path}.signerName", signer, why))
    else:
        errors += _signer(signer, f"{path}.signerName")
    seconds = spec.get("expirationSeconds")
    if seconds is not None and seconds < SHORTEST:
        why = "may not specify a duration less than 600 seconds (10 minutes)"
        errors.append(field.invalid(f"{path}.expirationSeconds", seconds, why))
    return errors


def _request(text: str | None, path: str) -> Errors:
    if pem_types(text or "")[:1] != ["CERTIFICATE REQUEST"]:
        return [field.invalid(path, text, "PEM block type must be CERTIFICATE REQUEST")]
    try:
        request = x509.load_pem_x509_csr(base64.b64decode(text or ""))
    except ValueError as error:
        return [field.invalid(path, text, str(error))]
    if not request.is_signature_valid:
        return [field.invalid(path, text, "x509: signature verification failed")]
    return []


def _usages(usages: list[str], path: str) -> Errors:
    if not usages:
        return [field.required(path)]
    errors: Errors = []
    again = field.repeats(usages)
    for i, usage in enumerate(usages):
        if usage not in USAGES:
            errors.append(field.not_supported(f"{path}[{i}]", usage, sorted(USAGES)))
        if i in again:
            errors.append(field.duplicate(f"{path}[{i}]", usage))
    return errors


def _signer(signer: str, path: str) -> Errors:
    if not signer:
        return [field.required(path)]
    host, slash, name = signer.partition("/")
    if not slash or "/" in name:
        why = "must be a fully qualified domain and path of the form 'example.com/signer-name'"
        return [field.invalid(path, signer, why)]
    errors: Errors = []
    labels = host.split(".")
    for label in labels:
        for problem in names.dns1123_label(label):
            errors.append(field.invalid(path, host, f"validating label {field.quote(label)}: {problem}"))
    if len(labels) < 2:
        why = "should be a domain with at least two segments separated by dots"
        errors.append(field.invalid(path, host, why))
    for problem in names.dns1123_subdomain(name):
        errors.append(field.invalid(path, name, f"validating label {field.quote(name)}: {problem}"))
    return errors


def validate_status(status: Object, was: Object, *, approving: bool) -> Errors:
    """Conditions and certificate; only an approval may add Approved and Denied."""
    errors = _conditions(status.get("conditions") or [], "status.conditions")
    errors += _kept(status, was, approving=approving)
    certificate, before = status.get("certificate"), was.get("certificate")
    if certificate and certificate != before:
        errors += _certificate(certificate)
    if before and certificate != before:
        why = "updates may not modify existing certificate content"
        errors.append(field.forbidden("status.certificate", why))
    return errors


def _types(status: Object) -> list[str]:
    return [condition.get("type", "") for condition in status.get("conditions") or ()]


def _kept(status: Object, was: Object, *, approving: bool) -> Errors:
    new, old = _types(status), _types(was)
    errors: Errors = []
    for kind in DECISIONS:
        if kind in old and kind not in new:
            why = f'updates may not remove a condition of type "{kind}"'
            errors.append(field.forbidden("status.conditions", why))
        if kind in new and kind not in old and kind != "Failed" and not approving:
            why = f'updates may not add a condition of type "{kind}"'
            errors.append(field.forbidden("status.conditions", why))
    return errors


def _conditions(conditions: list[Object], path: str) -> Errors:
    errors: Errors = []
    seen: set[str] = set()
    for i, condition in enumerate(conditions):
        at, kind, status = f"{path}[{i}]", condition.get("type", ""), condition.get("status", "")
        if not kind:
            errors.append(field.required(f"{at}.type"))
        allowed = ("True",) if kind in DECISIONS else STATUSES
        if not status:
            errors.append(field.required(f"{at}.status"))
        elif status not in allowed:
            errors.append(field.not_supported(f"{at}.status", status, allowed))
        other = {"Approved": "Denied", "Denied": "Approved"}.get(kind)
        if other in seen:
            why = "Approved and Denied conditions are mutually exclusive"
            errors.append(field.invalid(path, kind, why))
        if kind in seen:
            errors.append(field.duplicate(f"{at}.type", kind))
        seen.add(kind)
    return errors


def _certificate(text: str) -> Errors:
    kinds = pem_types(text)
    wrong = next((kind for kind in kinds if kind != "CERTIFICATE"), None)
    if wrong is not None:
        problem = f'only CERTIFICATE PEM blocks are allowed, found "{wrong}"'
    elif not kinds:
        problem = "must contain at least one CERTIFICATE PEM block"
    else:
        return []
    shown = 'Invalid value: "<certificate data>"'
    return [FieldError("FieldValueInvalid", "status.certificate", f"{shown}: {problem}")]
