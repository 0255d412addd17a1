"""What a kind decides for itself while an object is created, updated or deleted.

The endpoints call the hooks in this order (as genericregistry does). Create: `default`, mutating admission,
`prepare_create`, `validate_create`, validating admission. Update: `default`, mutating admission,
`prepare_update`, `validate_update`, validating admission. Objects are changed in place; validators return
field errors and change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from ...apimachinery import names
from ...apimachinery.field import FieldError

Object = dict[str, Any]


class User(NamedTuple):
    """Who asks: the authenticated name, uid, groups and extra."""

    name: str
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: dict[str, tuple[str, ...]] = {}


class Reader(Protocol):
    """Reads other objects from the watch cache; results must not be changed."""

    def get(self, group: str, resource: str, namespace: str, name: str) -> Object | None: ...

    def list(self, group: str, resource: str, namespace: str = "") -> list[Object]: ...


class RevisedReader(Reader, Protocol):
    """A reader with a number that tells of changes."""

    def revision(self, group: str, *resources: str) -> int:
        """Grows whenever an object of one of `resources` is created, changed or deleted."""


class Context(NamedTuple):
    """What a hook may know beyond the object."""

    user: User
    now: datetime
    reader: Reader
    dry_run: bool = False
    subresource: str = ""
    verb: str = ""
    options: dict[str, Any] = {}
    """The verb's options object (DeleteOptions for a delete)."""
    pools: Any = None
    """Addresses and ports to hand out: `registry.core.allocation.ServicePools`."""
    notes: list[str] | None = None
    """Warnings that preparation and validation add to; a list of its own for each write."""


def _nothing() -> None:
    """What there is to give back when nothing was taken."""


class Strategy:
    """Neutral behaviour; a kind overrides what it needs."""

    allow_create_on_update = False
    """Whether a PUT to a name that does not exist creates it (Lease, Event, Endpoints, RBAC kinds …)."""
    allow_unconditional_update = True
    """Whether a PUT may leave out resourceVersion."""
    name_validator: Callable[[str, bool], list[str]] | None = None
    """(name, is_prefix) -> messages; None is a DNS-1123 subdomain (see apimachinery.names)."""
    has_status = False
    """Whether status is a subresource: then writes of the main resource keep the old status."""
    keeps_new_status = False
    """Whether a creator may give the status (nodes)."""
    status_subresources: frozenset[str] = frozenset(("status",))
    """Subresources that write status and nothing else (a CertificateSigningRequest's approval is another)."""
    tracks_generation = False
    """Whether metadata.generation starts at 1 and grows when spec (anything but metadata, status) changes."""
    generation_skips: tuple[str, ...] = ("metadata", "status")
    """Top-level fields whose changes make no new generation."""
    known_finalizers = True
    """Whether a finalizer without a domain must be a well-known one, as core's validation has it."""
    metadata_checks: tuple[str, ...] = ("update",)
    """Which metadata validations ("create", "update") upstream repeats in the kind's update validation: an
    error is reported once for each, on top of the generic registry's."""
    status_resets: tuple[str, ...] = ("spec",)
    """Dotted paths a write of the status subresource cannot set (upstream's GetResetFields)."""
    resets_by: Mapping[str, tuple[str, ...]] = {}
    """The same by subresource ("" is the main one), where it is neither that nor `status`."""
    server_subresources: frozenset[str] = frozenset()
    """Subresources by which the server itself changes the object (a pod's binding): what it did to status
    stays, and counts as no new generation."""
    orphans_by_default = False
    """Whether a delete that names no propagation policy leaves the dependents alone (Jobs)."""
    propagation_warning = ""
    """The `Warning` of a delete that names no propagation policy."""
    returns_deleted = False
    """Whether a delete that takes effect at once answers with the object instead of a Status."""
    own_deletion = False
    """Whether the kind's registry has a deletion of its own (Namespace, CustomResourceDefinition): the first
    one only marks the object, with neither a grace period nor a new generation, and preconditions fail in
    words of their own."""
    heeds_policy = True
    """Whether such a first deletion heeds the propagation policy (not CustomResourceDefinition's)."""
    emptied: tuple[tuple[str, ...], ...] = ()
    """Paths of lists (and bytes) that a client may give empty, which is told from giving none until the
    object is stored as null there (`schema.compile.EMPTY_COUNTS`)."""
    pod_spec: tuple[str, ...] = ()
    """Where the kind has the spec of a pod."""
    reserves = False
    """Whether `reserve` is awaited before a write that takes effect."""
    ttl: float | None = None
    """Seconds after which the store forgets an object (events)."""

    def naming(self, obj: Object) -> Callable[[str, bool], list[str]]:
        """What the object's name and generateName are judged by."""
        # Through the type: a plain function in the class body would come back bound to the instance.
        return type(self).name_validator or names.dns1123_subdomain

    def default(self, obj: Object) -> None:
        """Defaults that the schema's literals cannot express. Also run on objects of other versions'
        decode."""

    def prepare_create(self, ctx: Context, obj: Object) -> None:
        """Clears what a creator may not set. (Status, generation and metadata are handled by the
        endpoints.)"""

    def validate_create(self, ctx: Context, obj: Object) -> list[FieldError]:
        """Everything wrong with a new object beyond its types. metadata is validated by the endpoints."""
        return []

    def prepare_update(self, ctx: Context, new: Object, old: Object) -> None:
        """Keeps what an updater may not change silently."""

    def validate_update(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        """Everything wrong with an update; usually `validate_create` plus immutability."""
        return self.validate_create(ctx, new)

    def prepare_status(self, ctx: Context, new: Object, old: Object) -> None:
        """The status subresource: by default only status (and metadata) may change. Called after the
        endpoints restored everything but status and metadata from `old`."""

    def validate_status(self, ctx: Context, new: Object, old: Object) -> list[FieldError]:
        return []

    def warnings(self, ctx: Context, new: Object, old: Object | None) -> list[str]:
        """`Warning` header texts for a create (`old` None) or update."""
        return []

    def status_warnings(self, ctx: Context, new: Object, old: Object) -> list[str]:
        """`Warning` header texts for a write of the status subresource."""
        return []

    def allocate(self, ctx: Context, new: Object, old: Object | None) -> Callable[[], None]:
        """Takes what the object needs from a shared pool (Service addresses and ports), after validation and
        before the write; the result gives it back when the write fails. Raises StatusError when nothing is
        left."""
        return _nothing

    async def reserve(self, ctx: Context, new: Object) -> None:
        """Writes what must be there before the object is. Raises StatusError."""

    def prepare_delete(self, ctx: Context, obj: Object) -> None:
        """Changes an object just marked for deletion (Namespace: phase Terminating). Its metadata are its
        own, everything below is shared and must be replaced, not changed."""

    def pending(self, obj: Object) -> bool:
        """Whether something besides metadata.finalizers keeps a deleted object (Namespace:
        spec.finalizers)."""
        return False

    def deleted(self, ctx: Context, obj: Object) -> None:
        """The object is gone: gives back what `allocate` took for it."""

    def grace_period(self, ctx: Context, obj: Object, requested: int | None) -> int | None:
        """Seconds of graceful deletion, None when the kind is deleted at once. Pods override."""
        return None

    def view(self, obj: Object) -> Object:
        """What a reader sees of the stored object (normally the object itself)."""
        return obj
