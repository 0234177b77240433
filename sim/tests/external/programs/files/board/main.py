import helper
import os
import package.part
from lib_module import WHERE
from package import NAME

print("main", remembered, helper.answer(), package.part.NAME, NAME, WHERE, package.LATE)
print(os.getcwd(), os.listdir(), os.listdir("/lib"))
with open("data.txt", "w") as file:
    print(file.write("one\ntwo\n"))
with open("/data.txt") as file:
    print(file.readline(), file.read().split(), file.read())
with open("data.bin", "wb") as file:
    file.write(b"\x00\xff")
print(open("data.bin", "rb").read(), os.stat("data.bin"), os.stat("lib"))
with open("data.txt", "a") as file:
    file.write("three\n")
for line in open("data.txt"):
    print(line.strip(), end=" ")
print()
os.rename("data.txt", "lib/moved.txt")
os.mkdir("deep")
os.chdir("deep")
print(os.getcwd(), os.listdir(".."), list(os.ilistdir("/"))[0])
os.chdir("/")
os.rmdir("deep")
os.remove("data.bin")
print(os.listdir("."), os.statvfs("/")[:3])


def attempt(name, function, *arguments):
    try:
        print(name, function(*arguments))
    except OSError as error:
        print(name, "OSError", error, error.errno)


attempt("missing", open, "nothing.txt")
attempt("outside", open, "../../../../etc/passwd")
attempt("absolute", open, "/etc/passwd")
attempt("write outside", open, "/../../tmp/written-by-a-board", "w")
attempt("stat", os.stat, "nothing")
attempt("remove", os.remove, "nothing")
attempt("chdir", os.chdir, "nothing")
attempt("mkdir", os.mkdir, "lib")
attempt("listdir", os.listdir, "nothing")
