"""All checks of a site, in the order in which one explains the next."""

from __future__ import annotations

from collections.abc import AsyncIterator

from hubbub.doctor import identity, live, reach
from hubbub.doctor.finding import Finding, Level
from hubbub.doctor.wire import Site


async def examine_site(site: Site, token: str | None, seconds: int) -> AsyncIterator[Finding]:
    """What is found, as it is found; nothing more of a site that cannot be asked.

    `token` is somebody's, for what nobody may ask without one; `seconds` is how long a poll is to wait.
    """
    server = await reach.find_server(site)
    yield server
    if server.level is not Level.OK:
        return
    for finding in await reach.look_at_tls(site):
        yield finding
    yield await identity.come_from_the_site(site)
    yield await identity.be_seen_behind_the_proxy(site)
    yield await identity.forge_the_host(site)
    yield await reach.send_large_headers(site)
    yield await reach.send_a_large_body(site)
    yield await live.open_a_websocket(site)
    if token is None:
        yield live.without_a_token()
        return
    yield await live.hear_events(site, token)
    yield await live.wait_for_changes(site, token, seconds)
