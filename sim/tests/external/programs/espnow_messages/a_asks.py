import espnow
import network
import time

network.WLAN(network.STA_IF).active(True)
e = espnow.ESPNow()
e.active(True)
peer = bytes([0x34, 0x85, 0x18, 0, 1, 1])
e.add_peer(peer)

time.sleep_ms(100)
print(e.recv(0), e.recv(5), e.irecv(0), e.any())
for message in (b"octets", bytearray(b"array"), memoryview(b"view"), "text \u20ac", b"x" * 1470):
    print(e.send(peer, message), len(e.recv()[1]))
print(e.send("to all who are registered"), e.recv())
print(e.send(None, "again"), e.recv())
print(e.send(peer, b"do not wait", False), e.recv())

data = [None, bytearray(20)]
e.send(peer, b"into")
print(e.recvinto(data), data)
e.send(peer, b"longer than the last")
print(e.recvinto(data), data)
data += [None, None]
e.send(peer, b"with rssi")
print(e.recvinto(data, 1000), data[:2], -128 < data[2] < 0, time.ticks_ms() - data[3] < 10)
view = bytearray(30)
data = [None, memoryview(view)]
e.send(peer, b"view")
print(e.recvinto(data), bytes(view[:4]), len(view))
e.send(peer, b"one")
e.send(peer, b"two")
time.sleep_ms(10)
try:
    e.recvinto([None, bytearray(2)])
except ValueError as error:
    print(error, e.any())  # all is lost

e.send(peer, b"first")
first = e.irecv()
e.send(peer, b"second")
second = e.irecv()
print(first is second, first[1], e.irecv(0))
e.send(peer, b"iterated")
for host, message in e:
    print(host == peer, message)
    break
table = e.peers_table
print(list(table), table[peer][0] < 0, host is list(table)[0])
try:
    table[b"mine"] = [0, 0]
except TypeError:
    print("the table is not mine")
e.send(peer, b"!stop")
start = time.ticks_ms()
e.config(timeout_ms=250)
print(e.recv(), time.ticks_diff(time.ticks_ms(), start))
print(e.stats())
nobody = b"\x02\0\0\0\0\7"
e.add_peer(nobody)
print(e.send(nobody, b"is anybody there?"), e.send(b"to both"), e.stats())
e.add_peer(b"\xff" * 6)
print(e.send(b"\xff" * 6, b"everybody"), e.stats())
