# What a chip has, and what its firmware makes of it: pins, converters, buses, timers, frequencies.
import machine
import os
import time
from machine import ADC, I2C, PWM, SPI, UART, Pin, Timer


def made(kind, numbers):
    there = []
    for number in numbers:
        try:
            kind(number)
            there.append(number)
        except ValueError:
            pass
    return there


print(os.uname().machine)
print("pins", made(Pin, range(-2, 60)))
print("ADC", made(ADC, range(60)))
print("touch", made(machine.TouchPad, made(Pin, range(60))) if hasattr(machine, "TouchPad") else None)
print("DAC", made(machine.DAC, (24, 25, 26, 27)) if hasattr(machine, "DAC") else None)
print("I2C", made(I2C, range(4)), "SPI", made(SPI, range(4)), "UART", made(UART, range(4)), "timers", made(Timer, range(6)))
for bus in (I2C(0), SPI(1), UART(1)):
    print(bus)
print("frequency", machine.freq(), "bootloader", hasattr(machine, "bootloader"))
before, since = time.ticks_cpu(), time.ticks_us()
time.sleep_ms(1)
print("cycles a µs", time.ticks_diff(time.ticks_cpu(), before) // time.ticks_diff(time.ticks_us(), since))
for mhz in (20, 240, 10):
    try:
        print(mhz, machine.freq(mhz * 1000000), machine.freq())
    except ValueError as error:
        print(mhz, error)
for pin in (34, 35):
    try:
        print(Pin(pin, Pin.OUT))
    except ValueError as error:
        print(pin, error)

pin = made(ADC, range(60))[0]
adc = ADC(pin)
print(adc, adc is ADC(Pin(pin)), adc.block(), sorted(name for name in dir(ADC) if name.startswith("WIDTH")))
for bits in (8, 9, 10, 12, 13):
    try:
        print(bits, adc.width(bits), adc.block())
    except ValueError as error:
        print(bits, error)
adc.deinit()
for function in (adc.read, adc.read_u16, adc.read_uv):
    try:
        print(function())
    except OSError as error:
        print(error)

channels = []
try:
    for pin in made(Pin, range(40)):
        channels.append(PWM(Pin(pin), freq=1000, duty_u16=pin))
except RuntimeError as error:
    print(len(channels), error)
except ValueError as error:
    print(len(channels), error)
timers = 1
try:
    for channel in channels:
        channel.freq(1000 + 100 * timers)
        timers += 1
except RuntimeError as error:
    print(timers, error)
