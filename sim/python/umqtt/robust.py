# MicroPython's `umqtt.robust`: a client that tries again.

import time as _time
from . import simple as _simple


class MQTTClient(_simple.MQTTClient):
    DELAY = 2
    DEBUG = False

    def delay(self, i):
        _time.sleep(self.DELAY)

    def log(self, in_reconnect, e):
        if self.DEBUG:
            print("mqtt reconnect:" if in_reconnect else "mqtt:", repr(e))

    def reconnect(self):
        tries = 0
        while True:
            try:
                return super().connect(False)
            except OSError as error:
                self.log(True, error)
                tries += 1
                self.delay(tries)

    def publish(self, topic, msg, retain=False, qos=0):
        while True:
            try:
                return super().publish(topic, msg, retain, qos)
            except OSError as error:
                self.log(False, error)
            self.reconnect()

    def wait_msg(self):
        while True:
            try:
                return super().wait_msg()
            except OSError as error:
                self.log(False, error)
            self.reconnect()

    def check_msg(self, attempts=2):
        while attempts:
            if self.sock is not None:
                self.sock.setblocking(False)
            try:
                return super().wait_msg()
            except OSError as error:
                self.log(False, error)
            self.reconnect()
            attempts -= 1
