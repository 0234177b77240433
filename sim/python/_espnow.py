# MicroPython's `_espnow`: what of `espnow` is in C. The receive ring, its statistics and the peer list are the board's, on the other
# side of the protocol; here are the arguments, the waiting and the errors.

import _board
import _errors
from _convert import integer as _integer, octets as _octets, octets_of_length as _octets_of_length, parsed as _parsed
import struct as _struct

MAX_DATA_LEN = 1470
ADDR_LEN = 6
KEY_LEN = 16
MAX_TOTAL_PEER_NUM = 20
MAX_ENCRYPT_PEER_NUM = 6

# ESP-IDF's wifi_phy_rate_t, the long preambles.
RATE_LORA_250K = 0x29
RATE_LORA_500K = 0x2A
RATE_1M = 0x00
RATE_2M = 0x01
RATE_5M = 0x02
RATE_6M = 0x0B
RATE_11M = 0x03
RATE_12M = 0x0A
RATE_24M = 0x09
RATE_54M = 0x0C

_PACKET_HEAD = 14  # what a packet takes in the receive ring besides its data
_SEND_RETRY_US = 2000000  # while the driver's queue is full
_RESPONSES_US = 100000  # how long `send` waits for outcomes
_CALLBACKS_AT_MOST = 8  # the scheduler's queue
_POLL_IN, _POLL_OUT = 1, 4
_STREAM_POLL = 3
_PEER = ("lmk", "channel", "ifidx", "encrypt")


class _PeersTable(dict):
    # {address: [RSSI, ms]}, which only `espnow` writes to.

    def _put(self, address, entry):
        super().__setitem__(address, entry)

    def _refuse(self, *_):
        raise TypeError()

    __setitem__ = __delitem__ = update = pop = popitem = clear = setdefault = _refuse


class _State:
    # What all ESPNow objects share: there is one radio.

    def __init__(self):
        self.active = False
        self.rxbuf = 2 * (_PACKET_HEAD + MAX_DATA_LEN)
        self.timeout_ms = 300000
        self.rate = None
        self.table = _PeersTable()
        self.addresses = {}  # the very keys of the table, since what `recv` returns are references to them
        self.arrived = 0
        self.failures = None  # as of the last `send` that waited; None when others were sent since
        self.callback = None
        self.argument = None
        self.capacities = []  # [bytearray, its size] of those that a message has shortened


_state = _State()


def _is_group(address):
    return address[0] & 1


def _require_active():
    if not _state.active:
        raise OSError(-0x3065, "ESP_ERR_ESPNOW_NOT_INIT")


def _peers():
    body = _board.call(_board.ESPNOW_PEERS)
    return [_peer(body[i : i + 25]) for i in range(0, len(body), 25)]


def _peer(octets):
    return octets[:6], octets[9:25], octets[6], octets[7], octets[8] != 0


def _changed(peer, lmk, channel, ifidx, encrypt):
    """The request that describes a peer, with what is not None changed."""
    address, key, old_channel, old_ifidx, encrypted = peer
    if lmk is not None:
        encrypted = bool(lmk)
        if encrypted:
            key = _octets_of_length(lmk, KEY_LEN)
    channel = old_channel if channel is None else _integer(channel)
    ifidx = old_ifidx if ifidx is None else _integer(ifidx)
    if encrypt is not None:
        encrypted = bool(encrypt)
    return address + bytes((channel & 0xFF, ifidx & 0xFF, encrypted)) + key


def _failures():
    return _struct.unpack("<5I", _board.call(_board.ESPNOW_STATISTICS))[2]


def _wait_for_responses():
    if not _board.wait(_board.now() + _RESPONSES_US, _board.SENT):
        raise _errors.OSError(_errors.ETIMEDOUT)


def _transmit(address, octets):
    """Hands a frame to the driver, which may have to send others first."""
    until = None
    # What is too long is refused by the driver, which need not see all of it.
    request = address + octets[: MAX_DATA_LEN + 1]
    while True:
        try:
            return _board.call(_board.ESPNOW_SEND, request)
        except OSError as error:
            now = _board.now()
            if until is None:
                until = now + _SEND_RETRY_US
            if error.args[1] != "ESP_ERR_ESPNOW_NO_MEM" or now >= until:
                raise
        _board.wait(min(until, now + 1000), 0)


def _take(timeout_ms):
    """The next message from the ring, as the board tells it; None when the time is up."""
    if timeout_ms == 0:
        _board.look()
        return (_board.events() & _board.RECEIVED and _board.call(_board.ESPNOW_RECEIVE)) or None
    until = None if timeout_ms < 0 else _board.now() + timeout_ms * 1000
    while True:
        if _board.wait(until, _board.RECEIVED):
            # An interrupt may have taken it meanwhile.
            packet = _board.call(_board.ESPNOW_RECEIVE)
            if packet:
                return packet
        elif until is not None:
            return None


def _note(address, rssi, ms):
    """Enters a sender into the table, and returns the table's own key."""
    key = _state.addresses.get(address)
    if key is None:
        key = _state.addresses[address] = address
        _state.table._put(key, [rssi, ms])
    else:
        _state.table[key][:] = [rssi, ms]
    return key


def _capacity(buffer):
    for entry in _state.capacities:
        if entry[0] is buffer:
            return max(entry[1], len(buffer))
    return len(buffer)


def _fill(buffer, octets):
    """Has a bytearray hold the message and nothing else; it keeps its capacity for the next one."""
    capacity = _capacity(buffer)
    if len(buffer) == len(octets):
        buffer[:] = octets
        return
    _state.capacities = [entry for entry in _state.capacities if entry[0] is not buffer][-7:] + [[buffer, capacity]]
    buffer[:] = octets


def _arrivals():
    """Calls the program's callback once a message, as far as the scheduler's queue reaches."""
    arrived = _board.arrived()
    new = arrived - _state.arrived
    _state.arrived = arrived
    for _ in range(min(new, _CALLBACKS_AT_MOST)):
        if _state.callback is None:
            return
        _state.callback(_state.argument)


class ESPNowBase:
    _instances = {}

    def __new__(cls, *_, **__):
        if cls not in ESPNowBase._instances:
            ESPNowBase._instances[cls] = object.__new__(cls)
        return ESPNowBase._instances[cls]

    def __init__(self):
        pass

    def __repr__(self):
        return "<%s>" % type(self).__name__

    def active(self, *flag):
        if len(flag) > 1:
            raise TypeError("function expected at most 2 arguments, got %d" % (len(flag) + 1))
        if flag and bool(flag[0]) != _state.active:
            if flag[0]:
                _board.call(_board.ESPNOW_INIT, _struct.pack("<I", _state.rxbuf))
                _state.active = True
            else:
                _board.on_arrival(None)
                _state.callback = None
                _state.active = False
                _board.call(_board.ESPNOW_DEINIT)
        return _state.active

    def config(self, *arguments, **keywords):
        param, rxbuf, timeout_ms, rate = _parsed(arguments, keywords, ("_param",), ("rxbuf", "timeout_ms", "rate"))
        if rxbuf is not None and _integer(rxbuf) >= 0:
            _state.rxbuf = rxbuf
        if timeout_ms is not None:
            _state.timeout_ms = _integer(timeout_ms)
        if rate is not None and _integer(rate) >= 0:
            import network

            if not network._is_started():
                raise _errors.OSError(_errors.ENOENT)
            _board.call(_board.ESPNOW_RATE, bytes((rate & 0xFF,)))
        if param is not None:
            if param == "rxbuf":
                return _state.rxbuf
            if param == "timeout_ms":
                return _state.timeout_ms
            raise ValueError("unknown config param")

    def irq(self, callback, argument=None):
        if callback is not None and not callable(callback):
            raise ValueError("invalid handler")
        _state.callback = callback
        _state.argument = argument
        _state.arrived = _board.arrived()
        _board.on_arrival(_arrivals if callback is not None else None)

    def stats(self):
        return _struct.unpack("<5I", _board.call(_board.ESPNOW_STATISTICS))

    @property
    def peers_table(self):
        return _state.table

    # Messages

    def send(self, *arguments):
        count = len(arguments)
        if count < 1:
            raise TypeError("function missing 1 required positional arguments")
        if count > 3:
            raise TypeError("function expected at most 4 arguments, got %d" % (count + 1))
        _require_active()
        address = None
        if count > 1 and arguments[0] is not None:
            address = _octets_of_length(arguments[0], ADDR_LEN)
        octets = _octets(arguments[1] if count > 1 else arguments[0])
        sync = count < 3 or arguments[2] is None or bool(arguments[2])
        if sync:
            if not _board.events() & _board.SENT:
                _wait_for_responses()
            failures = _failures() if _state.failures is None else _state.failures
        _state.failures = None
        if address is not None:
            _transmit(address, octets)
        else:
            addresses = [peer[0] for peer in _peers() if not _is_group(peer[0])]
            if not addresses:
                raise OSError(-0x3069, "ESP_ERR_ESPNOW_NOT_FOUND")
            for address in addresses:
                _transmit(address, octets)
        if not sync:
            return True
        _wait_for_responses()
        _state.failures = _failures()
        return _state.failures == failures

    def recvinto(self, data, timeout_ms=None):
        _require_active()
        timeout_ms = _state.timeout_ms if timeout_ms is None else _integer(timeout_ms)
        if not isinstance(data, list):
            raise TypeError()
        if len(data) < 2:
            raise ValueError()
        buffer = data[1]
        if isinstance(buffer, bytearray):
            room = _capacity(buffer)
        elif isinstance(buffer, memoryview) or type(buffer).__name__ == "array":
            room = len(buffer)
        else:
            raise TypeError("object with buffer protocol required")
        packet = _take(timeout_ms)
        if packet is None:
            return 0
        octets = packet[11:]
        if len(octets) > room:
            while _board.call(_board.ESPNOW_RECEIVE):
                pass  # the ring is emptied: what was in it is lost
            raise ValueError("ESPNow.recv(): buffer error")
        rssi, ms = _struct.unpack("<bI", packet[6:11])
        if isinstance(buffer, bytearray):
            _fill(buffer, octets)
        else:
            buffer[: len(octets)] = octets
        data[0] = _note(packet[:6], rssi, ms)
        if len(data) >= 4:
            data[2], data[3] = rssi, ms
        return len(octets)

    def any(self):
        _require_active()
        _board.look()
        return _board.events() & _board.RECEIVED != 0

    # Peers

    def set_pmk(self, pmk):
        _board.call(_board.ESPNOW_PMK, _octets_of_length(pmk, KEY_LEN))

    def add_peer(self, mac, *arguments, **keywords):
        lmk, channel, ifidx, encrypt = _parsed(arguments, keywords, _PEER)
        peer = (_octets_of_length(mac, ADDR_LEN), bytes(KEY_LEN), 0, 0, False)
        _board.call(_board.ESPNOW_ADD_PEER, _changed(peer, lmk, channel, ifidx, encrypt))

    def mod_peer(self, mac, *arguments, **keywords):
        lmk, channel, ifidx, encrypt = _parsed(arguments, keywords, _PEER)
        peer = self.get_peer(mac)
        _board.call(_board.ESPNOW_MODIFY_PEER, _changed(peer, lmk, channel, ifidx, encrypt))

    def del_peer(self, mac):
        _board.call(_board.ESPNOW_REMOVE_PEER, _octets_of_length(mac, ADDR_LEN))

    def get_peer(self, mac):
        address = _octets_of_length(mac, ADDR_LEN)
        _require_active()
        return _peer(_board.call(_board.ESPNOW_GET_PEER, address))

    def get_peers(self):
        _require_active()
        return tuple(peer for peer in _peers() if not _is_group(peer[0]))

    def peer_count(self):
        _require_active()
        peers = _peers()
        return len(peers), sum(1 for peer in peers if peer[4])

    # For select and asyncio

    def ioctl(self, request, flags):
        if request != _STREAM_POLL:
            return -1
        if not _state.active:
            return 0
        ready = 0
        if _board.events() & _board.RECEIVED:
            ready |= _POLL_IN
        if _board.events() & _board.SENT:
            ready |= _POLL_OUT
        return ready & flags

    def _wakes(self, flags):
        """The board's events that make this object ready, for `select`."""
        if not _state.active:
            return 0
        return (_board.RECEIVED if flags & _POLL_IN else 0) | (_board.SENT if flags & _POLL_OUT else 0)
