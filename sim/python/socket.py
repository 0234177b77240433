# MicroPython's `socket` where there is no network: everything is there, and nobody answers.

import _board
from errno import ENOTCONN, ETIMEDOUT

AF_INET, AF_INET6 = 2, 10
SOCK_STREAM, SOCK_DGRAM, SOCK_RAW = 1, 2, 3
IPPROTO_IP, IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP = 0, 1, 6, 17
SOL_SOCKET, SO_REUSEADDR, SO_BROADCAST, SO_BINDTODEVICE = 4095, 4, 32, 11
IP_ADD_MEMBERSHIP, TCP_NODELAY = 3, 1

_EHOSTUNREACH = 113
_EAGAIN = 11
_NAME_NOT_FOUND = -202


def getaddrinfo(host, port, *_):
    if isinstance(host, str) and host and all(part.isdigit() for part in host.split(".")):
        return [(AF_INET, SOCK_STREAM, 0, "", (host, port))]
    raise OSError(_NAME_NOT_FOUND)


class socket:
    def __init__(self, *_):
        self._timeout = None
        self._bound = False

    def settimeout(self, seconds):
        self._timeout = seconds

    def setblocking(self, flag):
        self._timeout = None if flag else 0

    def setsockopt(self, *_):
        pass

    def bind(self, address):
        self._bound = True

    def listen(self, backlog=2):
        pass

    def connect(self, address):
        raise OSError(_EHOSTUNREACH)

    def _nobody(self, *_):
        """Waits for what never comes."""
        if self._timeout == 0:
            _board.look()
            raise OSError(_EAGAIN)
        _board.wait(None if self._timeout is None else _board.now() + int(self._timeout * 1000000))
        raise OSError(ETIMEDOUT)

    def accept(self):
        return self._nobody()

    def recv(self, size):
        if not self._bound:
            raise OSError(ENOTCONN)
        return self._nobody()

    recvfrom = readinto = recv

    def read(self, *_):
        return self.recv(0)

    readline = read

    def send(self, octets):
        raise OSError(ENOTCONN)

    sendall = write = send

    def sendto(self, octets, address):
        raise OSError(_EHOSTUNREACH)

    def makefile(self, *_):
        return self

    def close(self):
        pass

    def fileno(self):
        return -1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def ioctl(self, request, flags):
        return 0 if request == 3 else -1
