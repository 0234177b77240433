# MicroPython's `umqtt.simple` and `umqtt.robust` where there is no network: no broker is ever reached.

import socket
import sys


class MQTTException(Exception):
    pass


class MQTTClient:
    def __init__(self, client_id, server, port=0, *_, **__):
        self.server, self.port = server, port or 1883
        self.sock = None

    def set_callback(self, f):
        self.cb = f

    def set_last_will(self, *_, **__):
        pass

    def connect(self, *_, **__):
        socket.socket().connect(socket.getaddrinfo(self.server, self.port)[0][-1])

    def _not_connected(self, *_, **__):
        raise OSError(-1)

    disconnect = ping = publish = subscribe = wait_msg = check_msg = reconnect = _not_connected


simple = robust = sys.modules["umqtt.simple"] = sys.modules["umqtt.robust"] = sys.modules[__name__]
