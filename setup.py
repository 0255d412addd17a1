"""Lists the packages: each top-level room is the subpackage `wherry.<room>` (see pyproject.toml)."""

from setuptools import find_packages, setup

ROOMS = (
    "apimachinery", "apiserver", "client", "controllers", "scheduler", "kubelet", "metrics", "proxy",
    "dashboard",
)  # fmt: skip


def packages() -> list[str]:
    found = ["wherry", *(f"wherry.{name}" for name in find_packages("wherry"))]
    for room in ROOMS:
        found += [f"wherry.{room}", *(f"wherry.{room}.{name}" for name in find_packages(room))]
    return found


setup(
    packages=packages(),
    package_dir={"wherry": "wherry", **{f"wherry.{room}": room for room in ROOMS}},
    package_data={
        "wherry.kubelet.images.programs": ["dig", "nc", "nslookup", "redis-cli"],
        "": ["data/*", "*.json", "*.txt", "*.yaml", "*.html", "*.css", "*.js", "py.typed"],
    },
)
