# MicroPython's `requests` where there is no network.

import socket


def request(method, url, *_, **__):
    host = url.split("/")[2].split(":")[0]
    socket.socket().connect(socket.getaddrinfo(host, 80)[0][-1])


def get(url, **_):
    return request("GET", url)


head = post = put = patch = delete = get
