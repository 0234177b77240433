# MicroPython's `umqtt.simple` where there is no network: no broker is ever reached.

import socket as _socket
from binascii import hexlify


class MQTTException(Exception):
    pass


class MQTTClient:
    def __init__(self, client_id, server, port=0, user=None, password=None, keepalive=0, ssl=None):
        if not port:
            port = 8883 if ssl else 1883
        self.client_id, self.server, self.port, self.ssl = client_id, server, port, ssl
        self.user, self.pswd, self.keepalive = user, password, keepalive
        self.sock = self.cb = None
        self.pid = 0
        self.lw_topic = self.lw_msg = None
        self.lw_qos, self.lw_retain = 0, False

    def set_callback(self, f):
        self.cb = f

    def set_last_will(self, topic, msg, retain=False, qos=0):
        assert 0 <= qos <= 2
        assert topic
        self.lw_topic, self.lw_msg, self.lw_qos, self.lw_retain = topic, msg, qos, retain

    def connect(self, clean_session=True, timeout=None):
        self.sock = _socket.socket()
        self.sock.settimeout(timeout)
        self.sock.connect(_socket.getaddrinfo(self.server, self.port)[0][-1])

    def _not_connected(self):
        if self.sock is None:
            raise AttributeError("'NoneType' object has no attribute 'write'")
        self.sock.write(b"")

    def disconnect(self):
        self._not_connected()

    def ping(self):
        self._not_connected()

    def publish(self, topic, msg, retain=False, qos=0):
        self._not_connected()

    def subscribe(self, topic, qos=0):
        assert self.cb is not None, "Subscribe callback is not set"
        self._not_connected()

    def unsubscribe(self, topic):
        self._not_connected()

    def wait_msg(self):
        self._not_connected()

    def check_msg(self):
        self._not_connected()
