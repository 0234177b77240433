# MicroPython's `ssl` where there is no network.

import _errors

CERT_NONE, CERT_OPTIONAL, CERT_REQUIRED = 0, 1, 2
PROTOCOL_TLS_CLIENT, PROTOCOL_TLS_SERVER = 0, 1


class SSLContext:
    def __init__(self, protocol):
        self.verify_mode = CERT_NONE

    def load_cert_chain(self, cert, key):
        pass

    def load_verify_locations(self, cafile=None, cadata=None):
        pass

    def wrap_socket(self, sock, **_):
        raise _errors.OSError(_errors.ENOTCONN)


def wrap_socket(sock, **_):
    raise _errors.OSError(_errors.ENOTCONN)
