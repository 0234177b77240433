# MicroPython's `ntptime` where there is no network.

import socket as _socket

host = "pool.ntp.org"
timeout = 1


def time():
    wire = _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM)
    wire.sendto(bytes(48), _socket.getaddrinfo(host, 123)[0][-1])


def settime():
    time()
