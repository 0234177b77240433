# What objects print: no address, so that it is the same in every run; and what they have.
import dht
import ds18x20
import machine
import neopixel
import onewire
from machine import ADC, I2C, PWM, RTC, SPI, UART, WDT, Pin, Signal, SoftI2C, SoftSPI, Timer

for settings in (
    (),
    (Pin.OUT,),
    (Pin.OPEN_DRAIN,),
    (2,),
    (Pin.IN, Pin.PULL_UP),
    (Pin.IN, Pin.PULL_DOWN),
    (Pin.OUT, None),
):
    print(settings, Pin(2, *settings))
print(Pin(3, Pin.OUT, drive=Pin.DRIVE_3))
print(Signal(Pin(2)), Pin(2).irq(lambda pin: None), RTC(), WDT(timeout=3600000), machine.TouchPad(Pin(4)))
print(machine.mem8, machine.mem16, machine.mem32, type(machine.mem32[0x3FF44004]))
timer = Timer(0)
timer.init(period=500)
print(timer, Timer(0) is timer, Timer.ONE_SHOT, Timer.PERIODIC)
timer.deinit()
for adc in (ADC(1), ADC(Pin(2), atten=ADC.ATTN_0DB)):
    print(adc, adc.read_uv() % 1000)
print(ADC(1) is ADC(1), ADC(1).init(), ADC(1))
for values in (dict(freq=5000, duty=512), dict(freq=1000, duty_u16=16384), dict(freq=38000), dict(freq=50, invert=True, lightsleep=True)):
    pwm = PWM(Pin(4), **values)
    print(pwm, pwm.freq(), pwm.duty(), pwm.duty_u16(), pwm.duty_ns())
    pwm.deinit()
pwm = PWM(Pin(4), freq=1000)
pwm.duty_ns(250000)
print(pwm, pwm.duty_ns(), pwm.duty_u16(32767), pwm.duty_u16(), pwm.duty_u16(65535), pwm.duty_u16(), pwm.duty())
pwm.deinit()
print(I2C(0, scl=Pin(9), sda=Pin(8)), I2C(0, freq=100000), I2C(0) is I2C(0), SoftI2C(scl=Pin(9), sda=Pin(8)))
print(SPI(1, 10000000, sck=Pin(12), mosi=Pin(11), miso=None), SPI(2, 3000000))
print(SoftSPI(sck=Pin(1), mosi=Pin(2), miso=Pin(3)), SoftSPI(900000, polarity=1, sck=Pin(1), mosi=Pin(2), miso=Pin(3)))
uart = UART(1, 9600, tx=17, rx=16)
print(uart, UART(1) is uart)
irq = uart.irq(lambda uart: None, UART.IRQ_RX | UART.IRQ_RXIDLE)
print(irq, irq.flags(), irq.trigger(), UART(1, parity=0, stop=2, invert=UART.INV_TX | UART.INV_CTS, flow=UART.RTS | UART.CTS, timeout=5))
print([getattr(UART, name) for name in ("INV_TX", "INV_RX", "INV_RTS", "INV_CTS", "RTS", "CTS", "IRQ_RX", "IRQ_RXIDLE", "IRQ_BREAK")])
print([name for name in ("high", "low", "PULL_HOLD", "ALT") if hasattr(Pin, name)], hasattr(SPI, "CONTROLLER"), hasattr(SoftSPI, "CONTROLLER"))
print(machine.const(5), callable(machine.dht_readinto), neopixel.bitstream is machine.bitstream, dht.dht_readinto is machine.dht_readinto)
strip = neopixel.NeoPixel(Pin(8), 2)
strip[0] = (300, 1, 2)
print(strip[0], strip.timing, neopixel.NeoPixel(Pin(8), 1, timing=0).timing, neopixel.NeoPixel(Pin(8), 1, timing=(1, 2, 3, 4)).timing)


def attempt(name, function, *arguments, **named):
    try:
        print(name, "->", function(*arguments, **named))
    except (OSError, ValueError, onewire.OneWireError) as error:
        print(name, "->", type(error).__name__, error)


i2c, soft = I2C(0), SoftI2C(scl=Pin(9), sda=Pin(8))
for bus in (i2c, soft):
    attempt("scan", bus.scan)
    attempt("start", bus.start)
    attempt("write", bus.write, b"ab")
    attempt("writeto", bus.writeto, 0x3C, b"ab")
    attempt("readfrom_mem", bus.readfrom_mem, 0x3C, 0, 2)
    attempt("addrsize", bus.writeto_mem, 0x3C, 0, b"ab", addrsize=7)
attempt("init", i2c.init, scl=Pin(9), sda=Pin(8))
attempt("an old SoftI2C", I2C, -1, scl=Pin(9), sda=Pin(8))
spi = SPI(1)
attempt("write nothing", spi.write, b"")
attempt("read", spi.read, 2, 0x55)
attempt("lengths", spi.write_readinto, b"ab", bytearray(3))
spi.deinit()
attempt("deinitialized", spi.write, b"a")
attempt("no thermometer", dht.DHT22(Pin(6)).measure)
attempt("no thermometer", ds18x20.DS18X20(onewire.OneWire(Pin(7))).read_scratch, bytes(8))
