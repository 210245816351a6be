"""Where webhooks may be sent, and the sending of one request. A caller must not reach what only the server can reach.

Addresses are judged twice: the URL when it is given, and what its host's name means each time it is looked up.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from pydispatch_server.settings import Settings

USER_AGENT: Final = "pydispatch-webhooks/1"
ERROR_CHARS: Final = 200
# Receivers that keep a connection open are not asked to connect again within this.
KEEP_ALIVE_S: Final = 30.0


class Outcome(NamedTuple):
    """What came of a request: the status, 0 when there was none, and why it failed, empty when it did not."""

    http_status: int
    error: str


class TargetRules:
    """Says where webhooks may be sent.

    Args:
        allows_http_loopback: Plain http to this machine is allowed.
        allows_private: Addresses that are not public are allowed.
    """

    def __init__(self, *, allows_http_loopback: bool, allows_private: bool) -> None:
        self._allows_http_loopback = allows_http_loopback
        self._allows_private = allows_private

    def fault(self, url: str) -> str:
        """Says why nothing is sent to a URL, empty when it is allowed as far as can be seen without a look-up."""
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname or "", parts.port
        except ValueError:
            return "is no URL"
        if not url.isascii() or any(character <= " " for character in url):
            return "must be written in ASCII without spaces"
        if not host or parts.username is not None or parts.fragment:
            return "must have a host, no user and no fragment"
        if parts.scheme == "http" and not (self._allows_http_loopback and _is_loopback(host)):
            return "must begin with https://"
        if parts.scheme not in ("http", "https"):
            return "must begin with https://"
        if _is_address(host) or host == "localhost":
            address = "127.0.0.1" if host == "localhost" else host
            return "" if self.allows_address(address) else "names an address that is not public"
        return ""

    def allows_address(self, address: str) -> bool:
        """Tells whether an IP address may be connected to."""
        found = ipaddress.ip_address(address)
        mapped = getattr(found, "ipv4_mapped", None)
        found = mapped or found
        if self._allows_private or (self._allows_http_loopback and found.is_loopback):
            return True
        return found.is_global and not found.is_multicast


class Sender:
    """Sends requests to webhooks, bounded in number, size and time. Create it within the event loop.

    Args:
        settings: The bounds.
        rules: Where may be sent.
    """

    def __init__(self, settings: Settings, rules: TargetRules) -> None:
        self._rules = rules
        self._slots = asyncio.Semaphore(settings.webhook_concurrency)
        connector = aiohttp.TCPConnector(
            limit=settings.webhook_concurrency, resolver=_Resolver(rules), keepalive_timeout=KEEP_ALIVE_S
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=settings.webhook_timeout_s),
            headers={"user-agent": USER_AGENT},
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
        )

    async def send(self, url: str, headers: dict[str, str], body: bytes) -> Outcome:
        """Sends one request; redirects are not followed and what is answered beside the status is not read."""
        fault = self._rules.fault(url)
        if fault:
            return Outcome(0, f"the URL {fault}")
        async with self._slots:
            try:
                async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
                    status = answer.status
            except TimeoutError:
                return Outcome(0, "no answer in time")
            except (aiohttp.ClientError, OSError, ValueError) as error:
                return Outcome(0, f"{type(error).__name__}: {error}"[:ERROR_CHARS])
        return Outcome(status, "" if status // 100 == 2 else f"answered {status}")

    async def close(self) -> None:
        """Closes every connection."""
        await self._session.close()


class _Resolver(AbstractResolver):
    """Looks hosts up and hides the addresses to which nothing is sent."""

    def __init__(self, rules: TargetRules) -> None:
        self._rules = rules
        self._inner = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Returns the allowed addresses of a host."""
        found = await self._inner.resolve(host, port, family)
        allowed = [item for item in found if self._rules.allows_address(item["host"])]
        if found and not allowed:
            raise OSError(f"{host} has no public address")
        return allowed

    async def close(self) -> None:
        """Gives back what a look-up may hold."""
        await self._inner.close()


def _is_address(host: str) -> bool:
    """Tells whether a host is written as an IP address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    """Tells whether a host is this machine itself, as far as can be seen without a look-up."""
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)
