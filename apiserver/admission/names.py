"""The plug-ins by upstream's names, as the flags that turn them on and off have them."""

from __future__ import annotations

DEFAULT = frozenset(
    (
        "CertificateApproval", "CertificateSigning", "CertificateSubjectRestriction", "DefaultIngressClass",
        "DefaultStorageClass", "DefaultTolerationSeconds", "LimitRanger", "MutatingAdmissionPolicy",
        "MutatingAdmissionWebhook", "NamespaceLifecycle", "NodeRestriction", "PersistentVolumeClaimResize",
        "PodResizeValidator", "PodSecurity", "PodTopologyLabels", "Priority", "ResourceQuota", "RuntimeClass",
        "ServiceAccount", "StorageObjectInUseProtection", "TaintNodesByCondition",
        "ValidatingAdmissionPolicy", "ValidatingAdmissionWebhook",
    )
)  # fmt: skip
OPTIONAL = frozenset(
    (
        "AlwaysPullImages", "DenyServiceExternalIPs", "ExtendedResourceToleration",
        "OwnerReferencesPermissionEnforcement",
    )
)  # fmt: skip
KNOWN = DEFAULT | OPTIONAL
