# MicroPython's `network`: both interfaces of the Wi-Fi radio. There is ESP-NOW on the air here, but no access point: a scan finds
# none, and a connection never comes about.

import _board
import struct as _struct
import time as _time
from _convert import integer as _integer, octets as _octets, parsed as _parsed, text as _text

STAT_IDLE = 1000
STAT_CONNECTING = 1001
STAT_GOT_IP = 1010
STAT_NO_AP_FOUND = 201
STAT_WRONG_PASSWORD = 202
STAT_BEACON_TIMEOUT = 200
STAT_ASSOC_FAIL = STAT_CONNECT_FAIL = 203
STAT_HANDSHAKE_TIMEOUT = 204
STAT_NO_AP_FOUND_W_COMPATIBLE_SECURITY = 210
STAT_NO_AP_FOUND_IN_AUTHMODE_THRESHOLD = 211
STAT_NO_AP_FOUND_IN_RSSI_THRESHOLD = 212

# Names from before 1.23, when they had no class.
STA_IF, AP_IF = 0, 1
MODE_11B, MODE_11G, MODE_11N, MODE_LR = 1, 2, 4, 8
AUTH_OPEN, AUTH_WEP, AUTH_WPA_PSK, AUTH_WPA2_PSK, AUTH_WPA_WPA2_PSK = 0, 1, 2, 3, 4
AUTH_WPA2_ENTERPRISE, AUTH_WPA3_PSK, AUTH_WPA2_WPA3_PSK, AUTH_WAPI_PSK, AUTH_OWE = 5, 6, 7, 8, 9
AUTH_WPA3_ENT_192, AUTH_WPA3_EXT_PSK, AUTH_WPA3_EXT_PSK_MIXED_MODE, AUTH_MAX = 10, 11, 12, 17

_TX_POWER, _POWER_SAVE, _PROTOCOL, _CONNECT = 1, 2, 3, 4  # WIFI_SETTING
_SCAN_US = 1500000  # thirteen channels, some 115 ms on each
_STOP_US = 2000  # the radio comes to the end of what it is at: the ACK of what was just received
_HOSTNAME_AT_MOST = 32
_NO_ADDRESS = ("0.0.0.0", "0.0.0.0", "0.0.0.0", "0.0.0.0")
_AP_ADDRESS = ("192.168.4.1", "255.255.255.0", "192.168.4.1", "0.0.0.0")

_hostname = "mpy-esp32" + ("s3", "c3", "", "")[_board.info.chip]
_country = "XX"
_dns = "0.0.0.0"


def _unknown_error(number):
    return RuntimeError("Wifi Unknown Error 0x%04x" % number)


class WLAN:
    IF_STA, IF_AP = 0, 1
    SEC_OPEN, SEC_WEP, SEC_WPA, SEC_WPA2, SEC_WPA_WPA2, SEC_WPA2_ENT, SEC_WPA3, SEC_WPA2_WPA3 = 0, 1, 2, 3, 4, 5, 6, 7
    SEC_WAPI, SEC_OWE, SEC_WPA3_ENT_192, SEC_WPA3_EXT_PSK, SEC_WPA3_EXT_PSK_MIXED_MODE, SEC_DPP = 8, 9, 10, 11, 12, 13
    SEC_WPA3_ENT, SEC_WPA2_WPA3_ENT, SEC_WPA_ENT = 14, 15, 16
    PROTOCOL_DEFAULT, PROTOCOL_LR = 7, 8
    PM_NONE, PM_PERFORMANCE, PM_POWERSAVE = 0, 1, 2
    BANDWIDTH_20, BANDWIDTH_40, BANDWIDTH_80, BANDWIDTH_160, BANDWIDTH_80_80 = 1, 2, 3, 4, 5

    _interfaces = {}

    def __new__(cls, *arguments, **keywords):
        if keywords:
            raise TypeError("function doesn't take keyword arguments")
        if len(arguments) > 1:
            raise TypeError("function expected at most 1 arguments, got %d" % len(arguments))
        interface_id = _integer(arguments[0]) if arguments else 0
        if interface_id not in (0, 1):
            raise ValueError("invalid WLAN interface identifier")
        if interface_id not in WLAN._interfaces:
            interface = WLAN._interfaces[interface_id] = object.__new__(WLAN)
            interface._prepare(interface_id)
        return WLAN._interfaces[interface_id]

    def __init__(self, *_, **__):
        pass

    def _prepare(self, number):
        self._number = number
        self._active = False
        # An access point's address is the station's, plus one.
        address = bytearray(_board.info.address)
        address[5] = (address[5] + number) & 0xFF
        self._address = bytes(address)
        self._ssid = "ESP_%02X%02X%02X" % tuple(address[3:]) if number else ""
        self._channel = 1
        self._hidden = False
        self._security = 0
        self._key = ""
        self._max_clients = 4 if number else 0
        self._reconnects = -1
        self._bandwidth = self.BANDWIDTH_40 if number else self.BANDWIDTH_20
        self._addresses = _AP_ADDRESS if number else _NO_ADDRESS
        self._dhcp = not number
        self._reason = 0  # why there is no connection
        self._tries_until = None  # when the first try will have failed

    def __repr__(self):
        return "<WLAN>"

    def _require(self, number):
        if self._number != number:
            raise OSError("AP required" if number else "STA required")

    def active(self, *flag):
        _board.look()
        if flag and bool(flag[0]) != self._active:
            if not flag[0]:
                _board.wait(_board.now() + _STOP_US)
            self._active = bool(flag[0])
            _board.call(_board.WIFI_ACTIVE, bytes((self._number, self._active)))
            if not self._active:
                self._reason = 0
                self._tries_until = None
            elif self._number and not WLAN(0)._active and self._channel != 1:
                _board.call(_board.WIFI_CHANNEL, bytes((self._channel,)))
        return self._active

    # The connection that never comes about

    def connect(self, *arguments, **keywords):
        ssid, key, bssid = _parsed(arguments, keywords, ("_ssid", "_key"), ("bssid",))
        ssid = None if ssid is None else _text(ssid)
        key = None if key is None else _text(key)
        if bssid is not None and len(_octets(bssid)) != 6:
            raise ValueError()
        station = WLAN(0)
        if ssid is not None:
            if not station._active:
                raise OSError("Wifi Invalid Mode")
            if station._connecting():
                raise OSError("Wifi Internal State Error")
            station._ssid = ssid[:32]
            if key is not None:
                station._key = key
        if not station._active:
            raise OSError("Wifi Not Started")
        if not station._ssid:
            raise OSError("Wifi SSID Invalid")
        if station._connecting():
            raise OSError("Wifi Internal Error")
        # The reason for which an earlier try failed stays what `status` says until there is a connection.
        station._tries_until = _board.now() + _SCAN_US
        # Nobody would see why the program waits: the lab tells.
        station._setting(_CONNECT, b"\x01")

    def _connecting(self):
        """Whether the first look for the access point goes on; what follows from its end."""
        _board.look()
        if self._tries_until is not None and _board.now() >= self._tries_until:
            self._tries_until = None
            self._reason = STAT_NO_AP_FOUND
        return self._tries_until is not None

    def disconnect(self):
        station = WLAN(0)
        if not _is_started():
            raise OSError("Wifi Not Started")
        station._tries_until = None
        station._reason = 0

    def isconnected(self):
        self._connecting()
        return False

    def status(self, *param):
        if not param:
            if self._number:
                return None
            if self._connecting() and not self._reason:
                return STAT_CONNECTING
            return self._reason or STAT_IDLE
        if param[0] == "stations":
            self._require(1)
            return []
        if param[0] == "rssi":
            self._require(0)
            raise OSError("Wifi Not Connected")
        raise ValueError("unknown status param")

    def scan(self):
        if not WLAN(0)._active:
            raise OSError("STA must be active")
        _board.wait(_board.now() + _SCAN_US)
        return []

    def ifconfig(self, *config):
        if not config:
            return self._addresses
        if isinstance(config[0], (tuple, list)):
            ip, mask, gateway, dns = config[0]
            if isinstance(mask, int):
                bits = (0xFFFFFFFF << (32 - mask)) & 0xFFFFFFFF
                mask = ".".join(str(bits >> shift & 255) for shift in (24, 16, 8, 0))
            self._addresses = (ip, mask, gateway, dns)
            self._dhcp = False
        elif self._number or config[0] != "dhcp":
            raise ValueError("invalid arguments")

    def ipconfig(self, *param, **values):
        if param and values:
            raise TypeError("can't specify pos and kw args")
        if values:
            for name, value in values.items():
                if name == "addr4":
                    ip, mask = value.split("/") if isinstance(value, str) and "/" in value else value
                    self.ifconfig((ip, int(mask) if mask.isdigit() else mask) + self._addresses[2:])
                elif name == "gw4":
                    self._addresses = self._addresses[:2] + (value,) + self._addresses[3:]
                elif name == "dhcp4" and not self._number:
                    self._dhcp = bool(value)
                else:
                    raise ValueError("unexpected key")
            return None
        if len(param) != 1:
            raise TypeError("must query one param")
        if param[0] == "addr4":
            return self._addresses[:2]
        if param[0] == "gw4":
            return self._addresses[2]
        if param[0] == "dhcp4" and not self._number:
            return self._dhcp
        raise ValueError("unexpected key")

    # Settings

    def config(self, *param, **values):
        if param and values:
            raise TypeError("either pos or kw args are allowed")
        if not values:
            if len(param) != 1:
                raise TypeError("can query only one param")
            return self._get(param[0])
        for name, value in values.items():
            self._set(name, value)
        if not self._active:
            # What the driver says of an interface that is not enabled; what was set above is set all the same.
            raise OSError("Wifi Invalid Mode")

    def _set(self, name, value):
        if name == "channel":
            if self._number:
                self._set_ap_channel(value)
            else:
                self._set_channel(value)
        elif name == "mac":
            value = _octets(value)
            if len(value) != 6:
                raise ValueError("invalid buffer length")
            if value != self._address:
                raise OSError("Wifi Invalid MAC Address")  # a virtual board's address is the scenario's
        elif name in ("ssid", "essid"):
            self._require(1)
            self._ssid = _text(value)[:32]
        elif name == "hidden":
            self._require(1)
            self._hidden = bool(value)
        elif name in ("security", "authmode"):
            self._require(1)
            self._security = _integer(value)
        elif name in ("key", "password"):
            self._require(1)
            self._key = _text(value)[:63]
        elif name == "max_clients":
            self._require(1)
            self._max_clients = _integer(value)
        elif name == "reconnects":
            self._require(0)
            self._reconnects = _integer(value)
        elif name in ("hostname", "dhcp_hostname"):
            hostname(value)
        elif name == "bandwidth":
            self._bandwidth = _integer(value)
        elif name == "txpower":
            if not isinstance(value, (int, float)):
                raise TypeError("can't convert %s to float" % type(value).__name__)
            self._setting(_TX_POWER, _struct.pack("<b", int(value * 4)))
        elif name == "pm":
            if _integer(value) not in (0, 1, 2):
                raise _unknown_error(0x102)
            self._setting(_POWER_SAVE, bytes((value,)))
        elif name == "protocol":
            if _integer(value) <= 0 or value & ~15:
                raise _unknown_error(0x102)
            self._setting(_PROTOCOL, bytes((value,)))
        else:
            raise ValueError("unknown config param")

    def _set_channel(self, channel):
        channel = _integer(channel)
        if not _is_started():
            raise OSError("Wifi Not Started")
        if not 1 <= channel <= 13:
            raise _unknown_error(0x102)
        before = _board.call(_board.WIFI_CHANNEL)[0]
        if channel != before:
            _board.call(_board.WIFI_CHANNEL, bytes((channel,)))
            _time.sleep_ms(1)
        self._channel = channel

    def _set_ap_channel(self, channel):
        channel = _integer(channel)
        if not 1 <= channel <= 13:
            raise _unknown_error(0x102)
        self._channel = channel
        if self._active:
            _board.call(_board.WIFI_CHANNEL, bytes((channel,)))

    def _setting(self, which, value=b""):
        return _board.call(_board.WIFI_SETTING, bytes((which,)) + value)

    def _get(self, name):
        if name == "mac":
            return self._address
        if name == "channel":
            return _board.call(_board.WIFI_CHANNEL)[0]
        if name in ("ssid", "essid"):
            return self._ssid
        if name == "hidden":
            self._require(1)
            return self._hidden
        if name in ("security", "authmode"):
            self._require(1)
            return self._security
        if name == "max_clients":
            return self._max_clients
        if name == "reconnects":
            self._require(0)
            return self._reconnects
        if name in ("hostname", "dhcp_hostname"):
            self._require(0)
            return _hostname
        if name == "bandwidth":
            return self._bandwidth
        if name == "ifname":
            return ("st1", "ap2")[self._number]
        if name == "txpower":
            return _struct.unpack("<b", self._setting(_TX_POWER))[0] / 4
        if name == "pm":
            return self._setting(_POWER_SAVE)[0]
        if name == "protocol":
            return self._setting(_PROTOCOL)[0]
        raise ValueError("unknown config param")


def _is_started():
    """Whether any interface is active, as far as this program knows."""
    return any(interface._active for interface in WLAN._interfaces.values())


def hostname(*name):
    global _hostname
    if not name:
        return _hostname
    name = _text(name[0])
    if len(name) > _HOSTNAME_AT_MOST:
        raise ValueError()
    _hostname = name


def country(*code):
    global _country
    if not code:
        return _country
    code = _text(code[0])
    if len(code) != 2:
        raise ValueError()
    _country = code


def ipconfig(*param, **values):
    global _dns
    if not values:
        if len(param) != 1:
            raise TypeError("must query one param")
        if param[0] != "dns":
            raise ValueError("unexpected key")
        return _dns
    if param:
        raise TypeError("can't specify pos and kw args")
    for name, value in values.items():
        if name != "dns":
            raise ValueError("unexpected key")
        value = _text(value)
        parts = value.split(".")
        if len(parts) != 4 or not all(part.isdigit() and int(part) < 256 for part in parts):
            raise ValueError("invalid arguments as dns server")
        _dns = value


def phy_mode(*_):
    return None

