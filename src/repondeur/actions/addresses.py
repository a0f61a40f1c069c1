"""Which addresses on the network a call or a notice may be sent to (I10). Pure: names are resolved elsewhere.

Everything that is not plainly a public unicast address is refused, unless the settings allow it. Sources: IANA IPv4 and
IPv6 Special-Purpose Address Registries, RFC 6890; how numbers are written as hosts, WHATWG URL, "host parsing".
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_SPECIAL_4: Final = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network, unspecified
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by carriers (RFC 6598)
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, and where clouds keep their metadata
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
# Azure's host answers at a public address: metadata, and what its agents are told.
_METADATA: Final = tuple(ip_address(one) for one in ("169.254.169.254", "fd00:ec2::254", "168.63.129.16"))
_GLOBAL_6: Final = IPv6Network("2000::/3")
_SPECIAL_6: Final = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address in disguise
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)
_NAT64: Final = IPv6Network("64:ff9b::/96")
# What a name that the settings allow may stand for: addresses of a house, never those of this machine or its link.
_OF_A_HOUSE: Final = tuple(
    ip_network(network) for network in ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)
_LOOPBACK: Final = tuple(ip_network(network) for network in ("127.0.0.0/8", "::1/128"))
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")


@dataclass(frozen=True, slots=True)
class Allowed:
    """What settings allow beside public addresses. hosts: in lower case, without a dot at their end."""

    networks: tuple[Network, ...] = ()
    hosts: frozenset[str] = frozenset()

    @classmethod
    def of(cls, entries: Iterable[str]) -> "Allowed":
        networks: list[Network] = []
        hosts: set[str] = set()
        for entry in entries:
            try:
                networks.append(ip_network(entry, strict=False))
            except ValueError:
                hosts.add(plain_host(entry))
        return cls(tuple(networks), frozenset(hosts))

    def covers(self, host: str, address: Address) -> bool:
        """Metadata only where its one address is named, not by a wide network or a name that leads there."""
        if address in _METADATA:
            return any(address in network and network.num_addresses == 1 for network in self.networks)
        if any(_is_in(address, network) for network in self.networks):
            return True
        if host not in self.hosts:
            return False
        local = host == "localhost" or host.endswith(".localhost")
        return any(_is_in(address, network) for network in (_LOOPBACK if local else _OF_A_HOUSE))


def plain_host(host: str) -> str:
    """A host in lower case, without brackets and without the dot of the root."""
    return host.removeprefix("[").removesuffix("]").removesuffix(".").lower()


def is_odd(host: str) -> bool:
    """Whether a host is a number in a form that programs read differently: decimal, octal, hexadecimal, too short. Its
    last label tells; four plain numbers without leading zeros are an address like any other."""
    host = plain_host(host)
    if not host or host.startswith(".") or ".." in host or "%" in host:
        return True
    if ":" in host or not _NUMBER.fullmatch(host.rpartition(".")[2]):
        return False
    try:
        return str(IPv4Address(host)) != host
    except ValueError:
        return True


def is_public(address: Address) -> bool:
    """Whether everybody may be sent there: global unicast, and not an IPv4 address within an IPv6 one that is not."""
    if address in _METADATA:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _SPECIAL_4)
    if address in _NAT64:  # where a network has IPv6 only, public IPv4 hosts are reached this way (RFC 6052)
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _GLOBAL_6 and not any(address in network for network in _SPECIAL_6)


def unwrapped(text: str) -> Address:
    """The address, an IPv4-mapped one as the IPv4 address that it is. Raises ValueError."""
    address = ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_in(address: Address, network: Network) -> bool:
    return address.version == network.version and address in network
