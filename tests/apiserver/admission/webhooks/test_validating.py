"""ValidatingAdmissionWebhook: hooks refuse, all are asked, and the review they get is upstream's."""

from __future__ import annotations

from wherry.apiserver.admission.webhooks.caller import REQUEST_SECONDS

from ...harness import CONFIG_MAPS, Api, config_map, drive
from .hooks import configure, denying, serving_hooks


def test_a_denial_is_told_with_the_webhooks_name() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            hooks.decisions["deny"] = denying("no", code=402, reason="Because")
            await configure(api, "validating", hooks.hook("deny"))
            reply = await api.ask("POST", CONFIG_MAPS, config_map())
            assert reply.status == 402, reply.text
            assert reply.message == 'admission webhook "deny.example.com" denied the request: no'
            assert reply.json["reason"] == "Because"
            assert (await api.get(f"{CONFIG_MAPS}/a")).status == 404

    drive(scenario)
