import esp32
import machine
import time
from machine import ADC, PWM, RTC, Pin, Signal, Timer


def attempt(name, function, *arguments, **named):
    try:
        print(name, "->", function(*arguments, **named))
    except (ValueError, TypeError, RuntimeError, OSError) as error:
        print(name, type(error).__name__, error)


led = Pin(2, Pin.OUT)
print(led, led is Pin(2), led.value(), led.on(), led.value(), led.off(), led.value(), led(1), led())
led.toggle()
print(led.value(), Pin(4, Pin.IN, Pin.PULL_UP).value(), Pin(5, Pin.IN, Pin.PULL_DOWN).value())
attempt("pin 22 of an S3", Pin, 22)
attempt("pin -1", Pin, -1)
attempt("pin by name", Pin, "LED")
lamp = Signal(Pin(6, Pin.OUT), invert=True)
lamp.on()
print(lamp.value(), Pin(6).value())
button = Pin(0, Pin.IN, Pin.PULL_UP)
print(button.value(), button.irq(lambda pin: print("pressed"), Pin.IRQ_FALLING).trigger())
out = Pin(7, Pin.OUT, value=0)
out.irq(lambda pin: print("edge", pin, pin.value()), Pin.IRQ_RISING | Pin.IRQ_FALLING)
out.on()
time.sleep_ms(1)
out.off()
time.sleep_ms(1)

start = time.ticks_ms()
timer = Timer(0)
timer.init(period=100, mode=Timer.PERIODIC, callback=lambda _: print("tick", time.ticks_ms() - start))
Timer(-1).init(period=150, mode=Timer.ONE_SHOT, callback=lambda _: print("once", time.ticks_ms() - start))
Timer(1, freq=4, callback=lambda _: print("4 Hz", time.ticks_ms() - start))
time.sleep_ms(520)
timer.deinit()
Timer(1).deinit()
time.sleep_ms(300)
print(timer is Timer(0))
attempt("timer 4", Timer, 4)
attempt("period 0", Timer, 3, period=0)
attempt("hard timer", Timer, 3, period=1, hard=True)

print(ADC(Pin(1)).read(), ADC(Pin(1)).read_u16(), ADC(Pin(1), atten=ADC.ATTN_11DB).read_uv())
attempt("ADC on pin 40", ADC, Pin(40))
pwm = PWM(Pin(8), freq=1000, duty=512)
print(pwm.freq(), pwm.duty(), pwm.duty_u16(), pwm.freq(50), pwm.freq(), pwm.duty_u16(65535), pwm.duty())
attempt("too much", pwm.duty, 1024)
attempt("too fast", pwm.freq, 50000000)
pwm.deinit()
attempt("after deinit", pwm.duty, 5)

rtc = RTC()
rtc.datetime((2026, 11, 24, 0, 12, 30, 0, 0))
time.sleep(2)
print(rtc.datetime()[:7], time.localtime(), time.time())
print(rtc.memory(), rtc.memory(b"kept"), rtc.memory())
attempt("too much memory", rtc.memory, bytes(2049))

print(machine.unique_id(), machine.freq(), machine.freq(80000000), machine.freq(), machine.reset_cause())
attempt("1 MHz", machine.freq, 1000000)
print(machine.reset_cause() == machine.PWRON_RESET, machine.wake_reason(), machine.disable_irq())
print(machine.I2C(0, scl=Pin(9), sda=Pin(10)).scan(), machine.SPI(1, 1000000).read(2), machine.UART(1).read())
attempt("I2C", machine.SoftI2C(scl=Pin(9), sda=Pin(10)).writeto, 0x3C, b"x")
before = time.ticks_ms()
machine.lightsleep(1500)
print(time.ticks_ms() - before, machine.time_pulse_us(Pin(5), 1, 1000))
print(esp32.mcu_temperature() > 0, len(esp32.idf_heap_info(esp32.HEAP_DATA)[0]))
