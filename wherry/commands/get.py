"""`wherry get`: objects as the server's tables, YAML, JSON or names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

import typer

from ..errors import CliError
from .options import AnyName, DataDir, Kubeconfig, Namespace

if TYPE_CHECKING:
    from ..access.refs import Ref
    from ..client.client import Client

FORMATS = ("", "wide", "yaml", "json", "name")


def get(
    words: Annotated[
        list[str], typer.Argument(metavar="KIND [NAME…]|KIND/NAME…", help="As kubectl takes them.")
    ],
    namespace: Namespace = "default",
    everywhere: Annotated[bool, typer.Option("--all-namespaces", "-A", help="In all namespaces.")] = False,
    output: Annotated[str, typer.Option("--output", "-o", help="wide, yaml, json or name.")] = "",
    selector: Annotated[str, typer.Option("--selector", "-l", help="Label selector.")] = "",
    field_selector: Annotated[str, typer.Option(help="Field selector.")] = "",
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Go on printing what changes.")] = False,
    name: AnyName = None,
    data_dir: DataDir = None,
    kubeconfig: Kubeconfig = None,
) -> None:
    """Print objects."""
    from ..access.session import run
    from ..access.target import Target

    if output not in FORMATS:
        raise CliError(f"unknown output {output!r}: wide, yaml, json or name")
    query = {
        key: value for key, value in (("labelSelector", selector), ("fieldSelector", field_selector)) if value
    }
    request = Request(words, "" if everywhere else namespace, output, query)
    run(Target(name, data_dir, kubeconfig), request.follow if watch else request.show)


class Request:
    """One `get`: what to ask for and how to print it. An empty namespace is all of them."""

    def __init__(self, words: list[str], namespace: str, output: str, query: dict[str, str]) -> None:
        self._words = words
        self._namespace = namespace
        self._output = output
        self._query = query

    async def show(self, client: Client) -> None:
        refs = await self._refs(client)
        if self._output in ("", "wide"):
            await self._tables(client, refs)
        else:
            self._objects(
                [obj for ref in refs for obj in await self._read(client, ref)],
                single=len(refs) == 1 and bool(refs[0].name),
            )

    async def _refs(self, client: Client) -> list[Ref]:
        from ..access import kinds, refs

        found = refs.parse(await kinds.discover(client), self._words)
        if not self._namespace and any(ref.name for ref in found):
            raise CliError("an object cannot be read by name in all namespaces")
        return found

    async def _ask(self, client: Client, ref: Ref, accept: str, **more: str) -> dict[str, Any]:
        from ..client.errors import from_answer

        code, _, body = await client.raw("GET", self._path(ref, **more), headers={"Accept": accept})
        if code >= 300:
            raise from_answer(code, body)
        value: dict[str, Any] = json.loads(body)
        return value

    def _path(self, ref: Ref, **more: str) -> str:
        from ..client.client import object_path

        query = urlencode(({} if ref.name and "watch" not in more else self._query) | more)
        return object_path(ref.kind.resource, self._namespace, "" if "watch" in more else ref.name) + (
            f"?{query}" if query else ""
        )

    async def _tables(self, client: Client, refs: list[Ref]) -> None:
        from ..access import table

        several = len({ref.kind.resource for ref in refs}) > 1
        empty, printed = True, ""
        for ref in refs:
            found = await self._ask(client, ref, table.ACCEPT)
            rows = found.get("rows") or []
            if not rows:
                continue
            lines = self._columns(ref, found, several).lines(rows, heads=printed != ref.kind.kind)
            gap = "\n" if several and not empty and printed != ref.kind.kind else ""
            print(gap + "\n".join(lines))
            empty, printed = False, ref.kind.kind
        if empty:
            where = (
                f" in {self._namespace} namespace"
                if self._namespace and refs[0].kind.resource.namespaced
                else ""
            )
            typer.echo(f"No resources found{where}", err=True)

    def _columns(self, ref: Ref, found: dict[str, Any], several: bool) -> Any:
        from ..access import table

        namespaced = ref.kind.resource.namespaced and not self._namespace
        prefix = ref.kind.full if several else ""
        definitions = found.get("columnDefinitions") or []
        return table.Columns(definitions, wide=self._output == "wide", namespace=namespaced, prefix=prefix)

    async def _read(self, client: Client, ref: Ref) -> list[dict[str, Any]]:
        found = await self._ask(client, ref, "application/json")
        if ref.name:
            return [found]
        for item in found.get("items") or []:
            item.setdefault("apiVersion", ref.kind.resource.api_version)
            item.setdefault("kind", ref.kind.kind)
        return found.get("items") or []

    def _objects(self, objects: list[dict[str, Any]], *, single: bool) -> None:
        from ..apimachinery.serializer import yaml_io

        if self._output == "name":
            for obj in objects:
                print(object_name(obj))
            return
        for obj in objects:
            (obj.get("metadata") or {}).pop("managedFields", None)
        whole: dict[str, Any] = objects[0] if single else _list(objects)
        print(yaml_io.dumps(whole).rstrip() if self._output == "yaml" else json.dumps(whole, indent=4))

    async def follow(self, client: Client) -> None:
        """Prints the table, then a row for each change, until interrupted."""
        from ..access import table

        refs = await self._refs(client)
        if len(refs) != 1 or self._output not in ("", "wide"):
            raise CliError("--watch takes one kind or one object, printed as a table")
        if refs[0].name:
            self._query["fieldSelector"] = f"metadata.name={refs[0].name}"
        found = await self._ask(client, refs[0], table.ACCEPT)
        columns = self._columns(refs[0], found, several=False)
        print("\n".join(columns.lines(found.get("rows") or [], heads=True)), flush=True)
        await self._changes(client, refs[0], columns, found["metadata"]["resourceVersion"])

    async def _changes(self, client: Client, ref: Ref, columns: Any, version: str) -> None:
        import aiohttp

        from ..access import table
        from ..client import watch

        path = self._path(ref, watch="true", resourceVersion=version)
        timeout = aiohttp.ClientTimeout(total=None, connect=10)
        async with client.open("GET", path, timeout=timeout, headers={"Accept": table.ACCEPT}) as response:
            async for event in watch.events(response):
                print("\n".join(columns.lines(event.object.get("rows") or [], heads=False)), flush=True)


def _list(objects: list[dict[str, Any]]) -> dict[str, Any]:
    return {"apiVersion": "v1", "items": objects, "kind": "List", "metadata": {"resourceVersion": ""}}


def object_name(obj: dict[str, Any]) -> str:
    """`deployment.apps/demo`, `pod/web`."""
    group = obj["apiVersion"].rpartition("/")[0]
    return f"{obj['kind'].lower()}{'.' + group if group else ''}/{obj['metadata']['name']}"
