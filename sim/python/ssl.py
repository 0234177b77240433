# MicroPython's `ssl` where there is no network.

import _errors

CERT_NONE, CERT_OPTIONAL, CERT_REQUIRED = 0, 1, 2
PROTOCOL_TLS_CLIENT, PROTOCOL_TLS_SERVER, PROTOCOL_DTLS_CLIENT, PROTOCOL_DTLS_SERVER = 0, 1, 2, 3
MBEDTLS_VERSION = "Mbed TLS 3.6.5"


class SSLContext:
    verify_mode = CERT_NONE

    def __init__(self, protocol):
        if not isinstance(protocol, int):
            raise TypeError("can't convert %s to int" % type(protocol).__name__)
        # A client looks at its server's certificate, if it is not told otherwise.
        self.verify_mode = CERT_REQUIRED if protocol in (PROTOCOL_TLS_CLIENT, PROTOCOL_DTLS_CLIENT) else CERT_NONE

    def load_cert_chain(self, cert, key):
        pass

    def load_verify_locations(self, cafile=None, cadata=None):
        pass

    def get_ciphers(self):
        return []

    def set_ciphers(self, ciphers):
        pass

    def wrap_socket(self, sock, **_):
        raise _errors.OSError(_errors.ENOTCONN)


def wrap_socket(sock, **_):
    raise _errors.OSError(_errors.ENOTCONN)
