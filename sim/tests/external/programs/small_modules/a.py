# Modules that CPython has not, or has otherwise, and what of a board's frozen ones needs no network.
import apa106, asyncio, asyncio.core, asyncio.stream, cryptolib, hashlib, io, machine, micropython, mip, requests, ssl, tls
import umqtt.robust, umqtt.simple, upysh
import _asyncio, _onewire


def attempt(function, *arguments, **keywords):
    try:
        print(function(*arguments, **keywords))
    except (AttributeError, ImportError, OSError, ValueError, TypeError) as error:
        print(type(error).__name__, error)


for mode in (1, 2):
    for size in (16, 32):
        key, vector = bytes(range(size)), (bytes(range(100, 116)),) * (mode - 1)
        sealing, opening = cryptolib.aes(key, mode, *vector), cryptolib.aes(key, mode, *vector)
        sealed = sealing.encrypt(bytes(range(48))) + sealing.encrypt(bytes(16))
        print(mode, sealed, opening.decrypt(sealed)[:48] == bytes(range(48)))
try:
    # A board has counters, too; MicroPython's Unix port has none. The vector is from NIST's SP 800-38A, F.5.1.
    key = b"\x2b\x7e\x15\x16\x28\xae\xd2\xa6\xab\xf7\x15\x88\x09\xcf\x4f\x3c"
    text = b"\x6b\xc1\xbe\xe2\x2e\x40\x9f\x96\xe9\x3d\x7e\x11\x73\x93\x17\x2a"
    counted = cryptolib.aes(key, 6, bytes(range(0xF0, 0x100))).encrypt(text[:5] + text[5:])
    print(counted == b"\x87\x4d\x61\x91\xb6\x20\xe3\x26\x1b\xef\x68\x64\x99\x0d\xb6\xce")
except ValueError:
    print(True)
attempt(cryptolib.aes, b"short", 1)
attempt(cryptolib.aes, bytes(16), 3)
attempt(cryptolib.aes, bytes(16), 2, b"1")
attempt(cryptolib.aes, bytes(16), 2)
attempt(cryptolib.aes(bytes(16), 1).encrypt, b"123")
hashed = hashlib.sha256(b"a")
hashed.update(b"b")
print(hashed.digest()[:5], hasattr(hashed, "hexdigest"), hasattr(hashlib, "sha512"))
attempt(hashed.update, b"c")
ring = micropython.RingIO(8)
print(ring.write(b"123456789"), ring.any(), ring.readline(), ring.write(b"a\nb"), ring.readline(), ring.read(1), ring.read())
sink = io.BytesIO()
writer = io.BufferedWriter(sink, 4)
print(writer.write(b"123456"), sink.getvalue(), writer.flush(), sink.getvalue())
print(asyncio.core.Task is _asyncio.Task is asyncio.Task, asyncio.stream.StreamReader is asyncio.StreamWriter)
print(asyncio.ticks_diff(asyncio.ticks_add(5, 3), 5), callable(asyncio.StreamReader.aclose))


class Sink(io.IOBase):
    def write(self, octets):
        print("sink", bytes(octets))
        return len(octets)

    def ioctl(self, request, flags):
        return flags


asyncio.run(asyncio.StreamWriter(Sink()).awrite(b"0123456789", 2, 4))
print(_onewire.crc8(b"\x02\x1c\xb8\x01\x00\x00\x00"), apa106.APA106(machine.Pin(8), 3).ORDER)
print(tls.PROTOCOL_DTLS_SERVER, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).verify_mode, ssl.MBEDTLS_VERSION[:8])
client = umqtt.simple.MQTTClient("id", "192.168.1.9", 0, "user", "password", 60, ssl=True)
print(client.port, client.set_last_will(b"t", b"m"), umqtt.robust.MQTTClient.DEBUG)
attempt(client.connect)
attempt(client.unsubscribe, b"t")
attempt(requests.get, "http://192.168.1.1/")
attempt(requests.get, "gopher://192.168.1.1/")
print(requests.Response(io.BytesIO(b'{"a": 1}')).json(), requests.Response(io.BytesIO(b"text")).text)
attempt(mip.install, "aioble")
with open("file.txt", "w") as file:
    file.write("one\ntwo\n")
upysh.cp("file.txt", "copy.txt")
upysh.head("copy.txt", 1)
upysh.rm("file.txt")
upysh.ls("/")
attempt(__import__, "btree")
