#!/usr/bin/env python3
"""Runs a command without a network and fails if it so much as tries to reach one.

    offline.py COMMAND [ARGUMENT...]

The command runs in a network namespace of its own that has a loopback interface and no route, where the kernel counts every packet
that wanted to leave. Exit status: the command's own; 1 if it succeeded but knocked at the network; 77 if this machine allows no
namespace (nothing was checked).
"""
import fcntl
import os
import socket
import struct
import subprocess
import sys

INSIDE = "--inside-namespace"
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
DOCUMENTATION_ADDRESS = "192.0.2.1"  # RFC 5737: belongs to nobody


def bring_loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        request = struct.pack("16sh14x", b"lo", 0)
        _, flags = struct.unpack("16sh14x", fcntl.ioctl(s, SIOCGIFFLAGS, request))
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))


def attempts():
    """Packets without a route so far, IPv4 and IPv6."""
    ipv4 = [line.split() for line in open("/proc/net/snmp") if line.startswith("Ip:")]
    counters = dict(zip(*ipv4)) | dict(line.split() for line in open("/proc/net/snmp6"))
    return int(counters["OutNoRoutes"]) + int(counters["Ip6OutNoRoutes"])


def knock():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
        try:
            s.connect((DOCUMENTATION_ADDRESS, 9))
        except OSError:
            pass


def inside(command):
    socket.sethostname("localhost")  # whose address needs no name server
    bring_loopback_up()
    knock()
    noise = attempts()
    if noise == 0:
        sys.exit("offline: the kernel did not count an attempt made on purpose, so nothing can be checked here")
    status = subprocess.call(command)
    tried = attempts() - noise
    print(f"offline: {tried} attempts to reach the network, exit status {status}", file=sys.stderr)
    sys.exit(status if status else 1 if tried else 0)


def main(command):
    namespace = ["unshare", *([] if os.geteuid() == 0 else ["--map-root-user"]), "--net", "--uts"]
    if subprocess.call([*namespace, "true"], stderr=subprocess.DEVNULL) != 0:
        print("offline: no network namespace on this machine; not checked", file=sys.stderr)
        sys.exit(77)
    os.execvp(namespace[0], [*namespace, sys.executable, __file__, INSIDE, *command])


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    inside(sys.argv[2:]) if sys.argv[1] == INSIDE else main(sys.argv[1:])
