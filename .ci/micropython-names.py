#!/usr/bin/env python3
"""Compares the names that boards' programs find in the simulator's MicroPython with those of real firmware.

    micropython-names.py --sim target/debug/sim --stubs FOLDER [--interpreter PATH]...

With --update it writes that file anew: lines that are no longer true go, new ones come at its end, to be sorted in by hand.

FOLDER has the unpacked stub packages of the three chips, each in a folder of the chip's name. They were made by a program on boards and
merged with the documentation. What is different on purpose is in micropython-names.txt beside this file; anything else that is
different, and any line of that file that is no longer true, makes this fail.
"""

import argparse
import ast
import fnmatch
import pathlib
import subprocess
import sys
import tempfile

CHIPS = ("esp32-s3", "esp32", "esp32-c3")
LIST = pathlib.Path(__file__).with_suffix(".txt")

# Modules that make the firmware start, and doubles under old names.
NOT_COMPARED = {"__builtins__", "_boot", "flashbdev", "inisetup", "webrepl_setup"}
OLD_NAMES = {"uctypes"}

# These modules have no stubs of their own in the packages: what MicroPython 1.29's sources put into them on an ESP32.
FROM_SOURCES = {
    "asyncio": "CancelledError Event Event.clear Event.is_set Event.set Event.wait IOQueue Lock Lock.acquire Lock.locked "
    "Lock.release Loop Loop.call_exception_handler Loop.close Loop.create_task Loop.default_exception_handler "
    "Loop.get_exception_handler Loop.run_forever Loop.run_until_complete Loop.set_exception_handler Loop.stop "
    "SingletonGenerator StreamReader StreamReader.aclose StreamReader.awrite StreamReader.awritestr StreamReader.close "
    "StreamReader.drain StreamReader.get_extra_info StreamReader.read StreamReader.readexactly StreamReader.readinto "
    "StreamReader.readline StreamReader.wait_closed StreamReader.write StreamWriter Task TaskQueue ThreadSafeFlag "
    "ThreadSafeFlag.clear ThreadSafeFlag.ioctl ThreadSafeFlag.set ThreadSafeFlag.wait TimeoutError core create_task "
    "current_task event funcs gather get_event_loop lock new_event_loop open_connection run run_until_complete sleep sleep_ms "
    "start_server stream ticks ticks_add ticks_diff wait_for wait_for_ms",
    "asyncio.core": "CancelledError IOQueue Loop SingletonGenerator Task TaskQueue TimeoutError create_task cur_task "
    "current_task get_event_loop new_event_loop run run_until_complete sleep sleep_ms ticks ticks_add ticks_diff",
    "asyncio.event": "Event ThreadSafeFlag",
    "asyncio.funcs": "gather wait_for wait_for_ms",
    "asyncio.lock": "Lock",
    "asyncio.stream": "Server Stream StreamReader StreamWriter open_connection start_server stream_awrite",
    "_asyncio": "Task TaskQueue",
    "collections": "OrderedDict deque namedtuple",
    "io": "BufferedWriter BytesIO IOBase StringIO open",
    "json": "dump dumps load loads",
    "os": "VfsFat VfsLfs2 chdir dupterm dupterm_notify getcwd ilistdir listdir mkdir mount remove rename rmdir sep stat statvfs "
    "sync umount uname unlink urandom",
    "re": "compile match search sub",
    "ssl": "CERT_NONE CERT_OPTIONAL CERT_REQUIRED MBEDTLS_VERSION PROTOCOL_DTLS_CLIENT PROTOCOL_DTLS_SERVER PROTOCOL_TLS_CLIENT "
    "PROTOCOL_TLS_SERVER SSLContext SSLContext.get_ciphers SSLContext.load_cert_chain SSLContext.load_verify_locations "
    "SSLContext.set_ciphers SSLContext.verify_mode SSLContext.wrap_socket wrap_socket",
    "struct": "calcsize pack pack_into unpack unpack_from",
    "sys": "argv byteorder exit implementation maxsize modules path platform print_exception ps1 ps2 stderr stdin stdout version "
    "version_info",
}
# Modules whose own interpreter's names beyond a board's are the interpreter's matter.
INTERPRETERS_OWN = {"array", "deflate", "uctypes"}

# Here they are one module, under the names of a board's several.
ONE_MODULE = {"asyncio.core", "asyncio.event", "asyncio.funcs", "asyncio.lock", "asyncio.stream", "_asyncio"}
# What every exception of CPython's has.
OF_EXCEPTIONS = {"add_note", "args", "with_traceback"}

PROBE = '''
def tell(place, value):
    kind = type(value)
    print("@", place, repr(value) if kind in (int, bool, str) else "")

for name in MODULES:
    try:
        module = __import__(name)
        for part in name.split(".")[1:]:
            module = getattr(module, part)
    except ImportError:
        continue
    print("@", name, "")
    hasattr(module, "nothing")  # so that it is read before it is looked at
    for entry in sorted(dir(module)):
        if entry[0] == "_" or not hasattr(module, entry):
            continue
        value = getattr(module, entry)
        tell(name + "." + entry, value)
        if isinstance(value, type):
            for inner in sorted(dir(value)):
                if inner[0] != "_" and hasattr(value, inner):
                    tell(name + "." + entry + "." + inner, getattr(value, inner))
'''


def of_stub(file, module):
    """{name: value or None} of a stub's file."""
    names = {}

    def enter(place, body, within_class):
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                names.setdefault(place + node.name, None)
            elif isinstance(node, ast.ClassDef):
                names.setdefault(place + node.name, None)
                if not within_class:
                    enter(place + node.name + ".", node.body, True)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                kind = ast.unparse(node.annotation)
                if "TypeAlias" in kind:
                    continue
                value = None
                if "Final" in kind and node.value is not None:
                    try:
                        value = repr(ast.literal_eval(node.value))
                    except ValueError:
                        pass
                    if value == "Ellipsis" or not isinstance(ast.literal_eval(value), (int, str)):
                        value = None
                names[place + node.target.id] = value
            elif isinstance(node, ast.Assign) and not within_class:
                called = isinstance(node.value, ast.Call) and ast.unparse(node.value.func)
                if called not in ("TypeVar", "ParamSpec", "NewType"):
                    for target in node.targets:
                        if isinstance(target, ast.Name):
                            names.setdefault(place + target.id, None)

    enter(module + ".", ast.parse(file.read_text()).body, False)
    return {name: value for name, value in names.items() if not any(part[0] == "_" for part in name.split(".")[1:])}


def stubs(folder):
    """{module: {name: value or None}} of a chip."""
    found = {}
    for file in sorted(folder.rglob("*.pyi")):
        parts = file.relative_to(folder).with_suffix("").parts
        module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        doubles = module[0] == "u" and (folder / (module[1:] + ".pyi")).exists() or file.stat().st_size < 80
        if module in NOT_COMPARED or (doubles and module not in OLD_NAMES) or module.startswith(("u", "_typeshed")) and (
            module not in OLD_NAMES and not module.startswith(("umqtt.", "upysh"))
        ):
            continue
        found[module] = of_stub(file, module)
    for module, names in FROM_SOURCES.items():
        found[module] = {module + "." + name: None for name in names.split()}
    return found


def probed(sim, interpreter, chip, modules):
    """{name: value or None} that a board's program finds, modules included."""
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder) / "probe.py"
        program.write_text("MODULES = %r\n%s" % (sorted(modules), PROBE))
        command = [sim, "run", str(program), "--headless", "--chip", chip, "--interpreter", interpreter]
        output = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    if "program finished" not in output.stdout:
        sys.exit("the probe did not end on %s with %s:\n%s%s" % (chip, interpreter, output.stdout[-2000:], output.stderr[-2000:]))
    found = {}
    for line in output.stdout.splitlines():
        _, mark, rest = line.partition(" probe] @ ")
        if mark:
            name, _, value = rest.partition(" ")
            found[name] = value or None
    return found


def differences(wanted, found, is_micropython):
    """Lines that tell what is different."""
    lines = set()
    for module, names in wanted.items():
        if module not in found:
            lines.add("missing " + module)
            continue
        missing = {name for name in names if name not in found}
        # A class that is not there says it for all that is in it.
        lines |= {"missing " + name for name in missing if name.rpartition(".")[0] not in missing}
        for name, value in names.items():
            if value is not None and found.get(name) not in (None, value):
                lines.add("differs %s %s, on a board %s" % (name, found[name], value))
        if module in INTERPRETERS_OWN | ONE_MODULE or (module == "mip" and is_micropython):
            continue
        described = {name.rpartition(".")[0] for name in names}
        classes = {name for name in found if name.startswith(module + ".") and name.count(".") == module.count(".") + 1}
        for name in found:
            if not name.startswith(module + ".") or name in names or name in wanted:
                continue
            owner = name.rpartition(".")[0]
            if owner == module and name in classes:
                lines.add("besides " + name)
            elif owner in names and owner in described and name.rpartition(".")[2] not in OF_EXCEPTIONS:
                lines.add("besides " + name)
    return lines


def covers(pattern, line):
    """Whether a line of the list, which may have an asterisk at its end, is about this difference."""
    return pattern == line or (pattern.endswith("*") and fnmatch.fnmatchcase(line, pattern))


def read_list():
    """[(line, text, where it holds)] of the list; without a word on where, everywhere."""
    found = []
    for line in LIST.read_text().splitlines():
        text, _, where = line.partition(" @ ")
        is_text = text.strip() and text[0] != "#"
        found.append((line, text.strip() if is_text else "", where.split()))
    return found


def check(seen, places):
    """What the list lacks, and what of it is no longer true."""
    lacking, stale, covered = [], [], set()
    for line, text, where in read_list():
        if not text:
            continue
        about = [name for name in seen if covers(text, name)]
        for place in where or places:
            if place in places and not any(place in seen[name] for name in about):
                stale.append((line, place))
        covered |= {(name, place) for name in about for place in where or places}
    for name in sorted(seen):
        for place in seen[name]:
            if (name, place) not in covered:
                lacking.append((name, place))
    return lacking, stale


def update(seen, places):
    _, stale = check(seen, places)
    gone = {line for line, _ in stale}
    lines = [line for line, _, _ in read_list() if line not in gone]
    kept = [(text, where) for line, text, where in read_list() if text and line not in gone]
    missing = {}
    for name in sorted(seen):
        there = [p for p in seen[name] if not any(covers(text, name) and p in (where or places) for text, where in kept)]
        if there:
            missing[name] = there
    if missing:
        lines += ["", "# To be sorted in:"]
        lines += [name + ("" if len(there) == len(places) else " @ " + " ".join(there)) for name, there in missing.items()]
    LIST.write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sim", required=True)
    parser.add_argument("--stubs", required=True, type=pathlib.Path)
    parser.add_argument("--interpreter", action="append")
    parser.add_argument("--update", action="store_true", help="bring the list up to date instead of failing")
    arguments = parser.parse_args()
    seen = {}  # line: [where]
    places = []
    for chip in CHIPS:
        wanted = stubs(arguments.stubs / chip)
        for interpreter in arguments.interpreter or ["python3"]:
            kind = "micropython" if "micropython" in pathlib.Path(interpreter).name else "python"
            place = chip + "/" + kind
            places.append(place)
            found = probed(arguments.sim, interpreter, chip, wanted)
            compared = sum(len(names) for names in wanted.values())
            print("%s: %d names of a board compared" % (place, compared))
            for line in differences(wanted, found, kind == "micropython"):
                seen.setdefault(line, []).append(place)

    if arguments.update:
        update(seen, places)
        return 0
    lacking, stale = check(seen, places)
    for words, found in (("not in", lacking), ("no longer true, but in", stale)):
        for name in sorted({name for name, _ in found}):
            print("%s %s: %s (%s)" % (words, LIST.name, name, ", ".join(place for other, place in found if other == name)))
    print("%d differences, %d not on purpose, %d no longer true" % (len(seen), len(lacking), len(stale)))
    return 1 if lacking or stale else 0


sys.exit(main())
