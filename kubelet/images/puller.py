"""Image pulls of one node: what is present, what cannot be had, and upstream's words about both."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from ..runtime.contract import RuntimeFault
from .catalogue import Catalogue, Program, parse_reference
from .tools import Tools


class Pulled(NamedTuple):
    """`message` is the event's text; `first` whether anything was fetched."""

    image: str
    image_id: str
    message: str
    first: bool


class Puller:
    """`catalogue` decides what an image runs; pulling only remembers that it was asked for. `tools` is a
    directory of the node."""

    def __init__(self, catalogue: Catalogue, tools: Path) -> None:
        self.catalogue = catalogue
        self._tools = Tools(catalogue, tools)
        self._present: set[str] = set()

    def needs_pull(self, image: str, policy: str) -> bool:
        """RuntimeFault when the policy forbids pulling what is not there, or the name is invalid."""
        try:
            reference = parse_reference(image)
        except ValueError as error:
            message = (
                f'Failed to apply default image tag "{image}": couldn\'t parse image name "{image}": {error}'
            )
            raise RuntimeFault("InvalidImageName", message) from error
        present = reference.full in self._present
        if policy == "Never" and not present and self.catalogue.find(image).standin == "declared":
            message = f'Container image "{image}" is not present with pull policy of Never'
            raise RuntimeFault("ErrImageNeverPull", message)
        return policy == "Always" or not present

    def present(self, image: str) -> Pulled:
        reference = parse_reference(image)
        message = f'Container image "{image}" already present on machine and can be accessed by the pod'
        return Pulled(reference.full, reference.image_id, message, False)

    def pull(self, image: str, failure: str = "") -> Pulled:
        """RuntimeFault("ErrImagePull") when the catalogue says the image is missing, or `failure` is
        given."""
        reference = parse_reference(image)
        name = f'"{reference.full}"'
        if failure or self.catalogue.find(image).missing:
            why = failure or f"{reference.full}: not found"
            text = f"failed to pull and unpack image {name}: failed to resolve reference {name}: {why}"
            raise RuntimeFault("ErrImagePull", f"rpc error: code = NotFound desc = {text}")
        self._present.add(reference.full)
        size = 1_000_000 + int(reference.image_id[-6:], 16)
        message = (
            f'Successfully pulled image "{image}" in 1ms (1ms including waiting). Image size: {size} bytes.'
        )
        return Pulled(reference.full, reference.image_id, message, True)

    def user(self, image: str) -> int:
        """As whom the image runs; -1 when nobody knows."""
        entry = self.catalogue.find(image)
        return 0 if entry.shell and entry.user < 0 else entry.user

    def groups(self, image: str) -> dict[int, list[int]]:
        """User → primary group and further ones, of the users that the image knows besides root."""
        return self.catalogue.find(image).groups

    def contents(self, image: str) -> dict[str, str]:
        """Path → text of the files that a volume of the image holds; none when nobody knows."""
        return self.catalogue.find(image).files

    def folders(self, image: str) -> tuple[str, ...]:
        """Directories that the image has."""
        return self.catalogue.find(image).folders

    def files(self, image: str, names: Iterable[str] = ()) -> dict[str, str]:
        """See `Tools.of`."""
        return self._tools.of(image, names)

    def program(self, image: str, command: list[str], args: list[str]) -> Program:
        return self.catalogue.resolve(image, command, args)

    def images(self) -> list[str]:
        """Full names of what is present."""
        return sorted(self._present)
