"""Connections to hosts that others named: only where the settings allow, checked on the very address connected to."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import httpcore

if TYPE_CHECKING:
    from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: NAT64 (RFC 6052): an IPv4 address in the last four bytes.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Forbidden(httpcore.ConnectError):
    """The host leads where nothing may be sent; or nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard(httpcore.AsyncNetworkBackend):
    """Resolves a name once, checks every address, and connects to one that was checked.

    A name that changes its address between check and connection (DNS rebinding) gains nothing by it.
    """

    hosts: Literal["public", "loopback"]
    _inner: httpcore.AsyncNetworkBackend = field(default_factory=httpcore.AnyIOBackend, repr=False)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of a host that answers; Forbidden if any of its addresses may not be used."""
        last: Exception = Forbidden("its host has no address")
        for address in await self._addresses(host, port, timeout):
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last

    async def sleep(self, seconds: float) -> None:
        """Sleep."""
        await self._inner.sleep(seconds)

    async def _addresses(self, host: str, port: int, seconds: float | None) -> list[str]:
        look_up = asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        try:
            found = await asyncio.wait_for(look_up, seconds)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error
        except socket.gaierror as error:
            if error.errno == socket.EAI_NONAME:
                raise Forbidden("its host does not exist") from error
            raise httpcore.ConnectError(str(error.strerror)) from error
        except UnicodeError as error:
            raise Forbidden("its host is no host name") from error
        addresses = [str(one[4][0]).split("%")[0] for one in found]
        if not all(allowed(ipaddress.ip_address(address), self.hosts) for address in addresses):
            raise Forbidden(f"its host does not lead to a {self.hosts} address")
        return addresses


def allowed(address: Address, hosts: Literal["public", "loopback"]) -> bool:
    """Return whether an address may be connected to, by where its packets would end."""
    inner = _inner_address(address)
    if hosts == "loopback":
        return inner.is_loopback
    return inner.is_global and not inner.is_multicast and not inner.is_reserved


def _inner_address(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for, else the address."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
