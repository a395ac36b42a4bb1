"""Connections to hosts that others named: only where the settings allow, checked on the very address connected to."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from typing import Any, Literal

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: NAT64 (RFC 6052): an IPv4 address in the last four bytes.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Forbidden(OSError):  # noqa: N818 - says what the address is
    """The host leads where nothing may be sent; or nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Looks up a name once, checks every address, and checks once more the one that is connected to.

    A name that changes its address between check and connection (DNS rebinding) gains nothing by it.
    """

    hosts: Literal["public", "loopback"]

    async def look_up(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host; Forbidden if it has none, or any of them may not be used."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            if error.errno == socket.EAI_NONAME:
                raise Forbidden("its host does not exist") from error
            raise
        except UnicodeError as error:
            raise Forbidden("its host is no host name") from error
        addresses = [str(one[4][0]).split("%")[0] for one in found]
        for address in addresses:
            self.check(address)
        return addresses

    def check(self, address: str) -> None:
        """Forbidden if an address may not be connected to."""
        if not allowed(ipaddress.ip_address(address), self.hosts):
            raise Forbidden(f"its host does not lead to a {self.hosts} address")

    def socket(self, info: tuple[Any, ...]) -> socket.socket:
        """Return a socket for one address, as `getaddrinfo` tells it: the last moment to refuse it."""
        self.check(info[4][0])
        return unguarded(info)


def unguarded(info: tuple[Any, ...]) -> socket.socket:
    """Return a socket for an address, wherever it leads."""
    family, kind, protocol, *_ = info
    return socket.socket(family, kind, protocol)


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
