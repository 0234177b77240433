# What may wake a chip, in the firmware's words, and what a sleep says that nobody has to end.
import esp32, machine
from machine import Pin


def attempt(name, *arguments, **keywords):
    function = getattr(esp32, name, None) or getattr(machine, name, None)
    if function is None:
        return print(name, "is not there")
    try:
        print(name, function(*arguments, **keywords))
    except (RuntimeError, TypeError, ValueError) as error:
        print(name, type(error).__name__, error)


def wakes(pin, **keywords):
    try:
        print("irq", Pin(pin).irq(**keywords))
    except ValueError as error:
        print("irq", pin, error)


print(machine.wake_reason(), machine.wake_pins())
attempt("wake_on_ext0", level=esp32.WAKEUP_ANY_HIGH)
attempt("wake_on_ext0", pin=Pin(0), level=esp32.WAKEUP_ALL_LOW)
attempt("wake_on_ext0", level=esp32.WAKEUP_ALL_LOW)
attempt("wake_on_ext0", 99)
attempt("wake_on_ext0", Pin(0), False, 1)
attempt("wake_on_touch", True)
attempt("wake_on_ulp", True)
attempt("wake_on_ext0", None)
attempt("wake_on_touch", True)
attempt("wake_on_ext0", Pin(0), esp32.WAKEUP_ALL_LOW)
attempt("wake_on_gpio", (Pin(0),))
attempt("wake_on_touch", False)
attempt("wake_on_ulp", True)
attempt("wake_on_gpio", (Pin(0),))
attempt("wake_on_ext0", None)
attempt("wake_on_ulp", False)
attempt("wake_on_ext1", Pin(0), esp32.WAKEUP_ALL_LOW)
attempt("wake_on_ext1", [], esp32.WAKEUP_ALL_LOW)
attempt("wake_on_gpio", (21,), level=esp32.WAKEUP_ALL_LOW)
attempt("deepsleep", 1000)
attempt("lightsleep", 1000)
print(machine.wake_reason(), machine.wake_pins())
attempt("wake_on_gpio", ())
wakes(0, trigger=Pin.WAKE_LOW, wake=1)
wakes(0, trigger=Pin.WAKE_LOW, wake="deep")
wakes(5, trigger=Pin.WAKE_LOW, wake=machine.DEEPSLEEP)
wakes(0, trigger=Pin.WAKE_LOW, wake=machine.SLEEP)
wakes(2, trigger=Pin.WAKE_LOW, wake=machine.SLEEP)
wakes(0, handler=None)
wakes(2, trigger=Pin.WAKE_LOW, wake=machine.SLEEP)
attempt("lightsleep", 1000)
print(machine.wake_reason(), machine.wake_pins())
attempt("wake_on_ext1", (Pin(4), Pin(0)), esp32.WAKEUP_ALL_LOW)
attempt("lightsleep", 1000)
print(machine.wake_reason(), machine.wake_pins())
