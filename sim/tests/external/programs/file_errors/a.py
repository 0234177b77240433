# What LittleFS and MicroPython's file systems refuse, with a board's numbers and words, and what they allow.
import os


def attempt(name, function, *arguments):
    try:
        value = function(*arguments)
        print(name, "fine" if value is None or hasattr(value, "read") else value)
    except Exception as error:
        print(name, type(error).__name__, error)


os.mkdir("folder")
os.mkdir("folder/inner")
with open("file", "w") as file:
    file.write("text")
for path in ("/", "", "//", ".", "folder", "folder/", "file/", "nothing", "nothing/", "nothing/x", "file/x", "..", "folder/../.."):
    for name, function in (
        ("open", open),
        ("write", lambda path: open(path, "w")),
        ("append", lambda path: open(path, "ab")),
        ("stat", os.stat),
        ("listdir", os.listdir),
        ("ilistdir", lambda path: list(os.ilistdir(path))),
        ("chdir", os.chdir),
        ("mkdir", os.mkdir),
        ("rmdir", os.rmdir),
        ("remove", os.remove),
        ("rename", lambda path: os.rename(path, "other")),
        ("rename to", lambda path: os.rename("file", path)),
        ("rename to it", lambda path: os.rename("folder", path)),
    ):
        if path in ("folder", "folder/") and name in ("chdir", "rename", "rename to it"):
            continue
        if path == "nothing" and name in ("write", "append", "mkdir", "rename to", "rename to it"):
            continue
        if path == "nothing/" and name in ("mkdir", "rename to it"):
            continue
        attempt(name + " " + repr(path), function, path)
os.rmdir("folder/inner")
attempt("a folder by remove", os.remove, "folder")
attempt("a file by rmdir", os.rmdir, "file")
os.mkdir("a")
os.mkdir("b")
open("b/full", "w").close()
open("c", "w").close()
attempt("folder over folder", os.rename, "b", "a")
os.mkdir("b")
attempt("folder over full folder", os.rename, "b", "a")
attempt("file over folder", os.rename, "c", "b")
attempt("folder over file", os.rename, "b", "c")
attempt("to itself", os.rename, "b", "b")
attempt("slash after a file", os.rename, "c", "d/")
attempt("slash after a folder", os.rename, "b", "d/")
attempt("made with a slash", os.mkdir, "e/")
attempt("long name", lambda: open("x" * 256, "w"))
attempt("long name read", lambda: open("x" * 256))
attempt("long folder", os.mkdir, "x" * 256)
attempt("long new name", os.rename, "c", "x" * 256)
attempt("new", lambda: open("c", "x"))
attempt("new folder", lambda: open("a", "x"))
attempt("two modes", lambda: open("c", "rw"))
attempt("plus first", lambda: open("c", "+r"))
attempt("no mode", lambda: open("c", ""))
attempt("strange mode", lambda: open("c", "rq"))
attempt("number", lambda: open(3))
attempt("none", os.listdir, None)
attempt("octets", os.listdir, b"a")
attempt("octets of the root", os.listdir, b"/")
attempt("a NUL", lambda: open("c\0d").read())
attempt("free", lambda: os.statvfs("nothing")[:2])
os.chdir("a")
attempt("here", os.listdir)
attempt("here by name", os.listdir, "")
attempt("above", os.listdir, "..")
attempt("up", os.chdir, "..")
attempt("further up", os.chdir, "..")
# Nothing but the program's own files is there, whatever it tries.
for path in (".modules", "/.modules/_board.py", ".modules/time.py", "/.frozen", "/proc", "/etc/passwd", "/lib"):
    attempt("stat " + path, os.stat, path)
    attempt("read " + path, open, path)
attempt("made", os.mkdir, ".modules")
attempt("written", lambda: open(".modules/_board.py", "w"))
attempt("listed", os.listdir, "/.modules")
import _board, machine
import esp32

nvs = esp32.NVS("space")
nvs.set_i32("key", 5)
nvs.commit()
print(os.listdir(), esp32.NVS("space").get_i32("key"))
attempt("hidden", os.stat, ".nvs-7370616365")
attempt("hidden opened", open, ".nvs-7370616365")
attempt("hidden removed", os.remove, ".nvs-7370616365")
attempt("hidden made", lambda: open(".nvs-7370616365", "w"))
