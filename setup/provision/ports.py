"""Free TCP ports on this machine's own interface."""

from __future__ import annotations

import random
import socket

from .failure import CannotStart

HOST = "127.0.0.1"
SERVERS = (15_000, 32_000)
"""Where Linux, macOS and Windows take no port for a connection that goes out."""


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` now, on our interface and on all of them."""
    for host in (HOST, ""):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except (OSError, OverflowError):
                return False
    return True


def free_port() -> int:
    """Any port nobody listens on, below those that systems give to outgoing connections.

    A server that is down for a moment would find one of those taken when it comes back: by whoever tries to reach it,
    as a connection to a port that nobody listens on may come from that very port and then reaches itself.
    """
    for _attempt in range(1000):
        port = random.randrange(*SERVERS)
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise CannotStart(f"No port is free between {SERVERS[0]} and {SERVERS[1]}.")


def choose(wanted: int | None, default: int) -> int:
    """`wanted`, which must be free, or the first free one from `default` on."""
    if wanted is not None:
        if not 0 < wanted < 65536:
            raise CannotStart(f"{wanted} is no TCP port: give --port a number from 1 to 65535.")
        if not is_free(wanted):
            raise CannotStart(
                f"Port {wanted} is in use or not allowed: stop what listens there or choose another --port."
            )
        return wanted
    return next((port for port in range(default, default + 50) if is_free(port)), None) or free_port()
