# MicroPython's `socket` where there is no network: everything is there, and nobody answers.

import _board
import _errors
from _convert import integer as _integer

AF_INET, AF_INET6 = 2, 10
SOCK_STREAM, SOCK_DGRAM, SOCK_RAW = 1, 2, 3
IPPROTO_IP, IPPROTO_TCP, IPPROTO_UDP = 0, 6, 17
SOL_SOCKET, SO_REUSEADDR, SO_BROADCAST, SO_BINDTODEVICE = 4095, 4, 32, 4107
IP_ADD_MEMBERSHIP, TCP_NODELAY = 3, 1
MSG_PEEK, MSG_DONTWAIT = 1, 8

_NAME_NOT_FOUND = -202


def getaddrinfo(host, port, *_):
    if isinstance(host, str) and host and all(part.isdigit() for part in host.split(".")):
        return [(AF_INET, SOCK_STREAM, 0, "", (host, port))]
    raise OSError(_NAME_NOT_FOUND)


class socket:
    def __init__(self, *arguments):
        if len(arguments) > 3:
            raise TypeError("function expected at most 3 arguments, got %d" % len(arguments))
        for argument in arguments:
            _integer(argument)
        self._timeout = None
        # Only a stream has to be connected before it is read.
        self._bound = len(arguments) > 1 and arguments[1] != SOCK_STREAM

    def __repr__(self):
        return "<socket>"

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
        raise _errors.OSError(_errors.EHOSTUNREACH)

    def _nobody(self, *_):
        """Waits for what never comes."""
        if self._timeout == 0:
            _board.look()
            raise _errors.OSError(_errors.EAGAIN)
        _board.wait(None if self._timeout is None else _board.now() + int(self._timeout * 1000000))
        raise _errors.OSError(_errors.ETIMEDOUT)

    def accept(self):
        return self._nobody()

    def recv(self, size):
        if not self._bound:
            raise _errors.OSError(_errors.ENOTCONN)
        return self._nobody()

    recvfrom = recv

    def readinto(self, buffer, count=-1):
        return self.recv(len(buffer))

    def read(self, *_):
        return self.recv(0)

    readline = read

    def send(self, octets):
        raise _errors.OSError(_errors.ENOTCONN)

    sendall = write = send

    def sendto(self, octets, address):
        raise _errors.OSError(_errors.EHOSTUNREACH)

    def makefile(self, *_):
        return self

    def close(self):
        pass

    def fileno(self):
        return -1

    def ioctl(self, request, flags):
        return 0 if request == 3 else -1
