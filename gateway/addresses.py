"""What a client's address is counted as, where connections are counted by where they come from.

Pure. Which address that is, behind proxies, is what those say that the settings trust (`gateway/serving.py`). Addresses
are for counting; none goes to a log.
"""

from __future__ import annotations

import ipaddress

IPV6_PREFIX = 64
"""One customer's network: whoever has one IPv6 address has all of these."""


def counted_as(address: str) -> str:
    """The address itself, or its IPv6 network; "" for one that is not counted.

    The machine's own addresses are not: who comes from there is a proxy that the settings do not name, or the operator.
    """
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped is not None:
        known = known.ipv4_mapped
    if known.is_loopback:
        return ""
    if isinstance(known, ipaddress.IPv4Address):
        return str(known)
    return str(ipaddress.ip_network((known, IPV6_PREFIX), strict=False))
