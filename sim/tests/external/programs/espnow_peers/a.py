import espnow
import network

network.WLAN(network.STA_IF).active(True)
e = espnow.ESPNow()
e.active(True)
one, two, everybody = b"\x02\0\0\0\0\1", b"\x02\0\0\0\0\2", b"\xff" * 6
key = b"0123456789abcdef"

e.add_peer(one)
print(e.get_peer(one))
e.mod_peer(one, key)
print(e.get_peer(one), e.peer_count())
e.mod_peer(one, encrypt=False)
print(e.get_peer(one), e.peer_count())
e.mod_peer(one, None, 1, 1, True)
print(e.get_peer(one), e.peer_count())
e.add_peer(two, lmk="fedcba9876543210", channel=1, ifidx=network.AP_IF, encrypt=False)
print(e.get_peers())
e.add_peer(everybody)
print(len(e.get_peers()), e.peer_count())  # groups are counted, but not listed
try:
    e.mod_peer(everybody, key)
except OSError as error:
    print(error)
e.del_peer(one)
print(e.get_peers(), e.peer_count())
for number in range(6):
    e.add_peer(b"\x02\0\0\0\1" + bytes((number,)), key)
try:
    e.add_peer(b"\x02\0\0\0\2\0", key)
except OSError as error:
    print(error, e.peer_count())
e.active(False)
e.active(True)
print(e.get_peers(), e.peer_count())
