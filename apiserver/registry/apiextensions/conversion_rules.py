"""How a definition's versions are converted: by nothing, or by a webhook.

Source: apiextensions-apiserver pkg/apis/apiextensions/validation; apiserver pkg/util/webhook (CA bundles).
"""

from __future__ import annotations

from base64 import b64decode

from ....apimachinery import field, names
from ..admissionregistration.webhooks import validate_client_config
from ..strategy import Object
from ..validation.common import Errors, invalids, required_or_supported

STRATEGIES = ("None", "Webhook")
REVIEW_VERSIONS = ("v1", "v1beta1")
ONLY_WEBHOOK = "should not be set when strategy is not set to Webhook"


def validate(conversion: Object, path: str, *, known_review: bool, any_bundle: bool) -> Errors:
    """`known_review`: whether the versions must include one this server speaks; `any_bundle`: whether a CA
    bundle that cannot be read is let pass."""
    strategy, webhook = conversion.get("strategy", ""), conversion.get("webhook") or {}
    client, reviews = webhook.get("clientConfig"), webhook.get("conversionReviewVersions")
    errors = required_or_supported(strategy, STRATEGIES, f"{path}.strategy")
    at = f"{path}.webhookClientConfig"
    if strategy != "Webhook":
        if client is not None:
            errors.append(field.forbidden(at, ONLY_WEBHOOK))
        if reviews:
            errors.append(field.forbidden(f"{path}.conversionReviewVersions", ONLY_WEBHOOK))
        return errors
    if client is None:
        errors.append(field.required(at, "required when strategy is set to Webhook"))
    else:
        errors += validate_client_config(client, at)
        if client.get("caBundle") and not any_bundle:
            errors += _bundle(client["caBundle"], f"{at}.caBundle")
    return errors + _review_versions(reviews or [], f"{path}.conversionReviewVersions", known_review)


def bad_bundle(conversion: Object) -> bool:
    """Whether a definition has a CA bundle that cannot be read."""
    client = (conversion.get("webhook") or {}).get("clientConfig") or {}
    return bool(client.get("caBundle") and _bundle(client["caBundle"], ""))


def _bundle(given: str, path: str) -> Errors:
    from cryptography import x509  # heavy, and few definitions have a webhook

    data = b64decode(given)
    if b"-----BEGIN CERTIFICATE-----" not in data:
        return [field.invalid(path, given, "data does not contain any valid RSA or ECDSA certificates")]
    try:
        x509.load_pem_x509_certificates(data)
    except ValueError:
        return [field.invalid(path, given, "x509: malformed certificate")]
    return []


def _review_versions(versions: list[str], path: str, known: bool) -> Errors:
    if not versions:
        return [field.required(path)]
    errors: Errors = []
    again = field.repeats(versions)
    for i, version in enumerate(versions):
        if i in again:
            errors.append(field.invalid(f"{path}[{i}]", version, "duplicate version"))
        else:
            errors += invalids(f"{path}[{i}]", version, names.dns1035_label(version))
    if known and not set(versions).intersection(REVIEW_VERSIONS):
        options = ", ".join(REVIEW_VERSIONS)
        errors.append(field.invalid(path, versions, f"must include at least one of {options}"))
    return errors
