# The streams of `asyncio`, which has the tasks.

import asyncio as _core


class Stream:
    def __init__(self, s, e={}):
        self.s = s
        self.e = e
        self.out_buf = b""

    def get_extra_info(self, v):
        return self.e[v]

    def close(self):
        pass

    async def wait_closed(self):
        self.s.close()

    async def read(self, n=-1):
        whole = b""
        while True:
            await _core.readable(self.s)
            part = self.s.read(n)
            if part is None:
                continue
            if n >= 0:
                return part
            if not part:
                return whole
            whole = whole + part if whole else part

    async def readinto(self, buf):
        await _core.readable(self.s)
        return self.s.readinto(buf)

    async def readexactly(self, n):
        whole = b""
        while n:
            await _core.readable(self.s)
            part = self.s.read(n)
            if part is None:
                continue
            if not part:
                raise EOFError
            whole = whole + part if whole else part
            n -= len(part)
        return whole

    async def readline(self):
        line = b""
        while True:
            await _core.readable(self.s)
            part = self.s.readline()
            if part is None:
                continue
            line = line + part if line else part
            if not part or line[-1] in (10, "\n"):
                return line

    def write(self, buf):
        if not self.out_buf:
            written = self.s.write(buf)
            if written == len(buf):
                return
            if written is not None:
                buf = buf[written:]
        self.out_buf += buf

    async def awrite(self, buf, off=0, sz=-1):
        if off != 0 or sz != -1:
            buf = memoryview(buf)[off : None if sz < 0 else off + sz]
        self.write(buf)
        await self.drain()

    awritestr = awrite

    async def aclose(self):
        self.s.close()

    async def drain(self):
        if not self.out_buf:
            return await _core.sleep_ms(0)
        while self.out_buf:
            await _core.writable(self.s)
            written = self.s.write(self.out_buf)
            if written is not None:
                self.out_buf = self.out_buf[written:]


StreamReader = StreamWriter = Stream


async def open_connection(host, port, ssl=None, server_hostname=None):
    import socket

    s = socket.socket()
    s.connect((host, port))
    return Stream(s), Stream(s)


async def start_server(callback, host, port, backlog=5, ssl=None):
    import socket

    s = socket.socket()
    s.bind((host, port))
    s.listen(backlog)
    return Server(s)


class Server:
    # Nobody ever comes.

    def __init__(self, s):
        self._socket = s

    async def __aenter__(self):
        return self

    async def __aexit__(self, kind, exception, traceback):
        self.close()

    def close(self):
        self._socket.close()

    async def wait_closed(self):
        pass


stream_awrite = Stream.awrite
