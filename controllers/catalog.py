"""The controllers there are, by upstream's names, and which of them `--controllers` selects."""

from __future__ import annotations

from collections.abc import Sequence

from .base import Controller
from .bootstrap import BootstrapSigner, TokenCleaner
from .certificates.approving import CertificateApprovingController
from .certificates.cleaner import CertificateCleaner
from .certificates.signing import CertificateSigningController
from .clusterrole_aggregation import ClusterRoleAggregationController
from .cronjob.controller import CronJobController
from .daemonset.controller import DaemonSetController
from .deployment.controller import DeploymentController
from .device_taint_eviction import DeviceTaintEvictionController
from .disruption.controller import DisruptionController
from .endpoints import EndpointsController
from .endpointslice.controller import EndpointSliceController
from .endpointslice.mirroring import EndpointSliceMirroringController
from .garbagecollector.controller import GarbageCollector
from .job.controller import JobController
from .legacy_token_cleaner import LegacyTokenCleaner
from .names import ELSEWHERE, canonical, is_chosen
from .namespace import NamespaceController
from .node_ipam import NodeIpamController
from .node_lifecycle import NodeLifecycleController
from .pod_gc import PodGarbageCollector
from .podautoscaler.controller import HorizontalPodAutoscalerController
from .protection import AttributesClassProtection, ClaimProtection, VolumeProtection
from .replicaset.controller import ReplicaSetController, ReplicationControllerController
from .resourceclaim import ResourceClaimController
from .resourcequota import ResourceQuotaController
from .root_ca import RootCaPublisher
from .service_cidr import ServiceCIDRController
from .serviceaccount import ServiceAccountController
from .serviceaccount_token import ServiceAccountTokenController
from .statefulset.controller import StatefulSetController
from .taint_eviction import TaintEvictionController
from .ttl import TTLController
from .ttl_after_finished import TTLAfterFinishedController
from .validating_admission_policy import ValidatingAdmissionPolicyStatusController
from .volume.binder import VolumeBinder
from .volume.ephemeral import EphemeralVolumeController
from .volume.expand import ExpandController
from .volume.host_path.provisioner import HostPathProvisioner
from .volume.host_path.resizer import HostPathResizer

CONTROLLERS: tuple[type[Controller], ...] = (
    DeploymentController,
    ReplicaSetController,
    ReplicationControllerController,
    StatefulSetController,
    DaemonSetController,
    JobController,
    CronJobController,
    TTLAfterFinishedController,
    EndpointsController,
    EndpointSliceController,
    EndpointSliceMirroringController,
    NamespaceController,
    GarbageCollector,
    DisruptionController,
    HorizontalPodAutoscalerController,
    ResourceQuotaController,
    ServiceAccountController,
    ServiceAccountTokenController,
    RootCaPublisher,
    NodeIpamController,
    NodeLifecycleController,
    TaintEvictionController,
    PodGarbageCollector,
    CertificateSigningController,
    CertificateApprovingController,
    CertificateCleaner,
    BootstrapSigner,
    TokenCleaner,
    TTLController,
    ClusterRoleAggregationController,
    ServiceCIDRController,
    ValidatingAdmissionPolicyStatusController,
    VolumeBinder,
    EphemeralVolumeController,
    ExpandController,
    HostPathProvisioner,
    HostPathResizer,
    ResourceClaimController,
    DeviceTaintEvictionController,
    LegacyTokenCleaner,
    ClaimProtection,
    VolumeProtection,
    AttributesClassProtection,
)


def select(names: Sequence[str]) -> list[type[Controller]]:
    """The chosen controllers (`names.is_chosen`). ValueError names one that does not exist."""
    known = {controller.name for controller in CONTROLLERS}
    for name in names:
        bare = canonical(name).removeprefix("-")
        if name != "*" and bare not in known | ELSEWHERE:
            raise ValueError(f'"{name.removeprefix("-")}" is not in the list of known controllers')
    return [one for one in CONTROLLERS if is_chosen(one.name, names, default_on=one.default_on)]
