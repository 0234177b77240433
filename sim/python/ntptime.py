# MicroPython's `ntptime` where there is no network.

import socket

host = "pool.ntp.org"
timeout = 1


def time():
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(bytes(48), socket.getaddrinfo(host, 123)[0][-1])


def settime():
    time()
