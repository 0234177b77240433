# What a program could reach beyond its board. Each line says what came of it.
import _modules

host = _modules.host
os = host("os")
fcntl = host("fcntl")
socket = host("socket")
signal = host("signal")
resource = host("resource")
OUT = "@OUT@"
FILE = OUT + "/file"
PARENT = os.getppid()


def t(name, do):
    try:
        do()
        print("reached", name)
    except Exception as error:
        print("kept from", name, type(error).__name__)


def read(path):
    with host("io").open(path, "rb") as file:
        return file.read()


def environment():
    assert b"a-secret-of-the-users" in read("/proc/%d/environ" % PARENT)


def child():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def spawned():
    os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)


def large():
    file = os.open("large", os.O_WRONLY | os.O_CREAT)
    os.lseek(file, 65 << 20, 0)
    os.write(file, b"x")


def lock():
    file = os.open(FILE, os.O_RDONLY)
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def lease():
    fcntl.fcntl(os.open(FILE, os.O_RDONLY), fcntl.F_SETLEASE, fcntl.F_RDLCK)


def signalled_by_a_pipe():
    reader, _ = os.pipe()
    fcntl.fcntl(reader, fcntl.F_SETOWN, PARENT)


def hint():
    # F_SET_RW_HINT, which stays with the file.
    fcntl.fcntl(os.open(FILE, os.O_RDONLY), 1036, (5).to_bytes(8, "little"))


def attributes():
    # FS_IOC_SETFLAGS, with the flags that it has.
    file = os.open(FILE, os.O_RDONLY)
    flags = fcntl.ioctl(file, 0x80086601, bytes(8))
    fcntl.ioctl(file, 0x40086602, flags)


def unix(address):
    socket.socket(socket.AF_UNIX).connect(address)


def line():
    return socket.socket(fileno=os.dup(3))


t("writing a file", lambda: os.close(os.open(OUT + "/new", os.O_WRONLY | os.O_CREAT)))
t("appending to a file", lambda: os.close(os.open(FILE, os.O_WRONLY | os.O_APPEND)))
t("cutting a file", lambda: os.truncate(FILE, 1))
t("making a folder", lambda: os.mkdir(OUT + "/folder"))
t("a link out there", lambda: os.symlink("x", OUT + "/link"))
t("a link to out there", lambda: os.symlink(FILE, "link"))
t("a second name", lambda: os.link(FILE, "own"))
t("a pipe with a name", lambda: os.mkfifo("pipe"))
t("a file's mode", lambda: os.chmod(FILE, 0o640))
t("a file's owner", lambda: os.chown(FILE, os.getuid(), os.getgid()))
t("a file's times", lambda: os.utime(FILE, (0, 0)))
t("a file's attributes", attributes)
t("a file's hint", hint)
t("a file's extended attributes", lambda: os.setxattr(FILE, "user.x", b"1"))
t("a lock", lock)
t("a lease", lease)
t("TCP", lambda: socket.socket(socket.AF_INET))
t("UDP", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
t("netlink", lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW))
t("a Unix socket", lambda: unix(OUT + "/socket"))
t("an abstract socket", lambda: unix("\0@ABSTRACT@"))
t("a pair of sockets", lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM))
t("a message with descriptors", lambda: line().sendmsg([b""]))
t("the line's buffers", lambda: line().setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16))
t("an inherited descriptor", lambda: os.write(8, b"x"))
t("a signal to the lab", lambda: os.kill(PARENT, 0))
t("a signal to all", lambda: os.kill(0, signal.SIGCONT))
t("a signal by a pipe", signalled_by_a_pipe)
t("the lab's priority", lambda: os.setpriority(os.PRIO_PROCESS, PARENT, os.getpriority(os.PRIO_PROCESS, PARENT)))
t("the lab's processors", lambda: os.sched_setaffinity(PARENT, os.sched_getaffinity(PARENT)))
t("the lab's limits", lambda: resource.prlimit(PARENT, resource.RLIMIT_CPU))
t("own limits", lambda: resource.setrlimit(resource.RLIMIT_CORE, resource.getrlimit(resource.RLIMIT_CORE)))
t("the lab's environment", environment)
t("a process", child)
t("another program", spawned)
t("a group of its own", lambda: os.setpgid(0, 0))
t("memory that is a file", lambda: os.memfd_create("x"))
t("all memory", lambda: bytearray(600 << 20))
t("a large file", large)

# What is a board's own.
t("itself: a file", lambda: os.close(os.open("own", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)))
t("itself: a folder", lambda: os.mkdir("lib"))
t("itself: another name", lambda: os.rename("own", "lib/own"))
t("itself: no file", lambda: os.remove("lib/own"))
t("itself: chance", lambda: read("/proc/self/status") and os.urandom(1) and host("io").open("/dev/urandom", "rb").read(1))
t("itself: a signal", lambda: os.kill(os.getpid(), 0))
t("itself: a thread", lambda: host("_thread").start_new_thread(len, ("",)))
