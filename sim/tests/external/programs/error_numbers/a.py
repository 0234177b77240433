# Errors have the numbers of the chip's C library, and its words.
import dht, errno, espnow, machine, os, select, socket, ssl, uerrno

numbers = {getattr(errno, name): name for name in dir(errno) if name[0] == "E"}
print(sorted(numbers.items()))
print(sorted(errno.errorcode.items()) == sorted(numbers.items()), uerrno.ETIMEDOUT)


def attempt(name, function, *arguments):
    try:
        print(name, function(*arguments))
    except OSError as error:
        print(name, type(error).__name__, error, error.errno, error.args, repr(error).replace(",)", ")"))


attempt("dht", dht.DHT22(machine.Pin(4)).measure)
attempt("recv", socket.socket().recv, 1)
attempt("connect", socket.socket().connect, ("192.168.4.2", 80))
server = socket.socket()
server.bind(("0.0.0.0", 80))
server.settimeout(0)
attempt("accept", server.accept)
server.settimeout(0.01)
attempt("accept in time", server.accept)
attempt("ssl", ssl.wrap_socket, server)
attempt("poll", select.poll().modify, server, 1)
attempt("rate", lambda: espnow.ESPNow().config(rate=espnow.RATE_1M))
os.mkdir("full")
open("full/file", "w").close()
attempt("rmdir", os.rmdir, "full")
attempt("mkdir", os.mkdir, "full")
attempt("in a file", os.stat, "full/file/x")
attempt("name", lambda: open("x" * 300, "w"))
attempt("read", lambda: open("full/file", "w").read())
attempt("write", lambda: open("full/file").write("x"))
attempt("mount", os.mount, None, "/sd")
attempt("flash", os.VfsLfs2, None)
attempt("made by hand", lambda: (_ for _ in ()).throw(OSError(19)))
attempt("with words", lambda: (_ for _ in ()).throw(OSError("words")))
# Printed, they say the same, whoever has made them.
print(OSError(116), OSError(110), OSError(116, "detail"), OSError("words"), OSError())
for attempt in (lambda: int("x"), lambda: {}["key"], lambda: missing, lambda: [1][2], lambda: 1 + "a", lambda: os.nothing):
    try:
        attempt()
    except Exception as error:
        print("failed:", error)


class Own(OSError):
    def __str__(self):
        return "its own words"


print(Own(116), ValueError("a", 2), KeyError("k"))
