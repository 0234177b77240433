import esp32
import machine
import time

rtc = machine.RTC()
starts = int(rtc.memory() or b"0")
rtc.memory(str(starts + 1))
print("start", starts, "cause", machine.reset_cause(), machine.wake_reason(), time.ticks_ms())
nvs = esp32.NVS("count")
try:
    count = nvs.get_i32("starts")
except OSError as error:
    print(error)
    count = 0
nvs.set_i32("starts", count + 1)
nvs.commit()
print(count)
if starts == 0:
    machine.deepsleep(1000)
if starts == 1:
    machine.reset()
if starts == 2:
    machine.soft_reset()
if starts == 3:
    dog = machine.WDT(timeout=300)
    for _ in range(3):
        time.sleep_ms(200)
        dog.feed()
        print("fed")
    time.sleep(5)
    print("never said")
print("the end", time.ticks_ms())
