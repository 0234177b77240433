# MicroPython's `requests` where there is no network.

import socket as _socket


class Response:
    def __init__(self, f):
        self.raw = f
        self.encoding = "utf-8"
        self._cached = None

    def close(self):
        if self.raw:
            self.raw.close()
            self.raw = None
        self._cached = None

    @property
    def content(self):
        if self._cached is None:
            try:
                self._cached = self.raw.read()
            finally:
                self.raw.close()
                self.raw = None
        return self._cached

    @property
    def text(self):
        return str(self.content, self.encoding)

    def json(self):
        import json

        return json.loads(self.content)


def request(method, url, *_, **__):
    scheme, _, host = url.split("/", 2)[:3] if url.count("/") > 1 else (None, None, None)
    if scheme not in ("http:", "https:"):
        raise ValueError("Unsupported protocol: %s" % (scheme or url))
    host = host.split("/")[0]
    port = 443 if scheme == "https:" else 80
    if ":" in host:
        host, port = host.split(":", 1)
    _socket.socket().connect(_socket.getaddrinfo(host, int(port))[0][-1])


def get(url, **keywords):
    return request("GET", url, **keywords)


def head(url, **keywords):
    return request("HEAD", url, **keywords)


def post(url, **keywords):
    return request("POST", url, **keywords)


def put(url, **keywords):
    return request("PUT", url, **keywords)


def patch(url, **keywords):
    return request("PATCH", url, **keywords)


def delete(url, **keywords):
    return request("DELETE", url, **keywords)
