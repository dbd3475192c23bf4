"""A separate program in the namespace. It ends with the process at the other end of its standard input.

Each message that comes there is a command, and is answered by one: ``inet`` or ``inet6`` with a new TCP socket of the
namespace, anything else with what ``ip`` says to these lines, ``ok`` where it had nothing to say.
"""

import signal
import socket
import subprocess
import sys

LARGEST = 1 << 16
"""Bytes of a message."""
FAMILIES = {b"inet": socket.AF_INET, b"inet6": socket.AF_INET6}


def main() -> None:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # The answer is no longer needed.
    with socket.socket(fileno=sys.stdin.fileno()) as owner:
        while command := owner.recv(LARGEST):
            if family := FAMILIES.get(command):
                send_socket(owner, family)
            else:
                owner.send(run_ip(command))


def send_socket(owner: socket.socket, family: socket.AddressFamily) -> None:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as made:
            socket.send_fds(owner, [b"ok"], [made.fileno()])
    except OSError as error:
        owner.send(str(error).encode())


def run_ip(lines: bytes) -> bytes:
    done = subprocess.run(
        ["ip", "-batch", "-"], input=lines, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    said = done.stdout.strip()[:LARGEST]
    return said or b"ip ended with status %d" % done.returncode if done.returncode else b"ok"


if __name__ == "__main__":
    main()
