# Every error that the documentation lists, by what provokes it.
import espnow
import network

e = espnow.ESPNow()
sta = network.WLAN(network.WLAN.IF_STA)
PEER = b"\x02\x00\x00\x00\x00\x09"


def attempt(name, function, *arguments, **named):
    try:
        print(name, "->", function(*arguments, **named))
    except OSError as error:
        print(name, "OSError", error.args, error.errno, str(error))
    except (ValueError, TypeError) as error:
        print(name, type(error).__name__, error)


print(e is espnow.ESPNow(), e.active())
attempt("send, not active", e.send, PEER, b"x")
attempt("recv, not active", e.recv, 0)
attempt("irecv, not active", e.irecv, 0)
attempt("any, not active", e.any)
attempt("add_peer, not active", e.add_peer, PEER)
attempt("mod_peer, not active", e.mod_peer, PEER)
attempt("del_peer, not active", e.del_peer, PEER)
attempt("get_peer, not active", e.get_peer, PEER)
attempt("get_peers, not active", e.get_peers)
attempt("peer_count, not active", e.peer_count)
attempt("set_pmk, not active", e.set_pmk, b"0123456789abcdef")
attempt("rate without Wi-Fi", e.config, rate=espnow.RATE_1M)

print(e.active(True), e.active(1), e.active())
attempt("send, unknown peer", e.send, PEER, b"x")
attempt("send to all, no peers", e.send, b"x")
attempt("add_peer", e.add_peer, PEER)
attempt("add_peer again", e.add_peer, PEER)
attempt("send, no interface", e.send, PEER, b"x")
sta.active(True)
attempt("send nothing", e.send, PEER, b"")
attempt("send too much", e.send, PEER, bytes(1471))
attempt("send, short address", e.send, PEER[:5], b"x")
attempt("send, address no octets", e.send, 5, b"x")
attempt("send, message no octets", e.send, PEER, 5)
attempt("add_peer, long address", e.add_peer, PEER + b"x")
attempt("add_peer, short key", e.add_peer, PEER, b"short")
attempt("add_peer, other channel", e.add_peer, b"\x02\x00\x00\x00\x00\x0a", channel=7)
attempt("send, other channel", e.send, b"\x02\x00\x00\x00\x00\x0a", b"x")
e.del_peer(b"\x02\x00\x00\x00\x00\x0a")
attempt("add_peer, channel 15", e.add_peer, b"\x02\x00\x00\x00\x00\x0a", channel=15)
attempt("add_peer, interface 2", e.add_peer, b"\x02\x00\x00\x00\x00\x0a", ifidx=2)
attempt("mod_peer, unknown", e.mod_peer, b"\x02\x00\x00\x00\x00\x0b", channel=1)
attempt("get_peer, unknown", e.get_peer, b"\x02\x00\x00\x00\x00\x0b")
attempt("del_peer, unknown", e.del_peer, b"\x02\x00\x00\x00\x00\x0b")
attempt("set_pmk, short", e.set_pmk, b"short")
attempt("irq, not callable", e.irq, 5)
attempt("config, unknown", e.config, "rate")
attempt("recvinto, no list", e.recvinto, (None, bytearray(9)))
attempt("recvinto, short list", e.recvinto, [None])
attempt("recvinto, no buffer", e.recvinto, [None, b"immutable"])
attempt("recv for half", e.recv, 0.5)
for number in range(19):
    e.add_peer(b"\x02\x00\x00\x00\x01" + bytes([number]))
attempt("add_peer, too many", e.add_peer, b"\x02\x00\x00\x00\x02\x00")
print(e.peer_count(), e.config("rxbuf"), e.config("timeout_ms"))
print(e.config(rxbuf=4000, timeout_ms=500), e.config("rxbuf"), e.config("timeout_ms"))
print(e.active(False), e.active())
print(espnow.MAX_DATA_LEN, espnow.ADDR_LEN, espnow.KEY_LEN, espnow.MAX_TOTAL_PEER_NUM, espnow.MAX_ENCRYPT_PEER_NUM)
print(espnow.RATE_LORA_250K, espnow.RATE_LORA_500K, espnow.RATE_1M, espnow.RATE_2M, espnow.RATE_5M, espnow.RATE_6M)
print(espnow.RATE_11M, espnow.RATE_12M, espnow.RATE_24M, espnow.RATE_54M)

import _espnow

network.WLAN(0).active(True)
e.active(True)
for name, attempt in (
    ("base", lambda: (hasattr(_espnow.ESPNowBase, "recv"), hasattr(_espnow.ESPNowBase, "recvinto"), _espnow.ESPNowBase())),
    ("rxbuf", lambda: e.config(rxbuf=1.5)),
    ("timeout", lambda: e.config(timeout_ms="1")),
    ("nonsense", lambda: e.config(nonsense=1)),
    ("two", lambda: e.config("rxbuf", "timeout_ms")),
    ("keyword", lambda: e.add_peer(b"\x04" * 6, rate=1)),
    ("too many", lambda: e.add_peer(b"\x04" * 6, b"", 0, 0, False, 1)),
    ("channel", lambda: e.add_peer(b"\x04" * 6, channel=1.0)),
):
    try:
        print(name, attempt())
    except TypeError as error:
        print(name, "TypeError", error)
