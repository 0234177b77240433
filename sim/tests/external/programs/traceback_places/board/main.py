# Files are called as on a board, wherever the host has put them, and what is not the program's own is not shown.
import json
import sys
import part
import package
import package.inner


def attempt(function):
    try:
        function()
    except Exception as error:
        sys.print_exception(error)


print(part.__file__, package.__file__, package.inner.__file__, "/tmp" in str(sys.path))
attempt(part.fails)
attempt(package.inner.fails)
attempt(lambda: json.loads("{"))
attempt(lambda: part.called_by(package.inner.fails))
attempt(lambda: __import__("broken"))
attempt(lambda: open("/lib/nothing.txt"))
attempt(lambda: open("/main.py").write("no"))
part.fails()
