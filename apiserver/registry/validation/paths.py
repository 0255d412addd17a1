"""File paths inside volumes and profiles."""

from __future__ import annotations

from ....apimachinery import field
from .common import Errors

FILE_MODE = "must be a number between 0 and 0777 (octal), both inclusive"


def no_backsteps(target: str, path: str) -> Errors:
    return [field.invalid(path, target, "must not contain '..'")] if ".." in target.split("/") else []


def local_descending(target: str, path: str) -> Errors:
    errors = [field.invalid(path, target, "must be a relative path")] if target.startswith("/") else []
    return errors + no_backsteps(target, path)


def local_non_reserved(target: str, path: str) -> Errors:
    errors = local_descending(target, path)
    if target.startswith("..") and not target.startswith("../"):
        errors.append(field.invalid(path, target, "must not start with '..'"))
    return errors


def file_mode(mode: int | None, path: str) -> Errors:
    return [] if mode is None or 0 <= mode <= 0o777 else [field.invalid(path, mode, FILE_MODE)]
