# Threads take turns where they wait, the same way every time.
import _thread, espnow, machine, network, time

network.WLAN(0).active(True)
e = espnow.ESPNow()
e.active(True)
lock = _thread.allocate_lock()


def tens():
    """The time, coarse enough that a few lines printed do not matter."""
    return (time.ticks_ms() + 5) // 10


def listen():
    for _ in range(3):
        print("got", e.recv()[1])


def work(name, ms, count=3):
    for i in range(count):
        time.sleep_ms(ms)
        with lock:
            print(name, i, tens(), _thread.get_ident())


def fail():
    time.sleep_ms(50)
    raise ValueError("in a thread")


def spin():
    # Asks for the time again and again, and lets the others have their turns.
    end, count = time.ticks_add(time.ticks_ms(), 400), 0
    while time.ticks_diff(end, time.ticks_ms()) > 0:
        count += 1
    print("spun", count > 100)


def leave():
    time.sleep_ms(30)
    _thread.exit()
    print("never")


print(_thread.start_new_thread(listen, ()), _thread.get_ident())
print(_thread.start_new_thread(work, ("a", 100)))
_thread.start_new_thread(work, ("b", 150), {"count": 2})
for function in (fail, spin, leave):
    _thread.start_new_thread(function, ())
machine.Timer(0).init(period=200, mode=machine.Timer.ONE_SHOT, callback=lambda timer: print("timer", tens()))
lock.acquire()
print("main holds", lock.acquire(True, 0.2), lock.acquire(False), tens())
lock.release()
time.sleep_ms(200)
print("main", tens())
finished = _thread.allocate_lock()
finished.acquire()


def finish():
    time.sleep_ms(100)
    print("finishes")
    finished.release()


_thread.start_new_thread(finish, ())
finished.acquire()
print("main goes on", tens())
for wrong in (lambda: lock.release(), lambda: _thread.start_new_thread(print, 5), lambda: _thread.start_new_thread(print, (), 5)):
    try:
        wrong()
    except (RuntimeError, TypeError) as error:
        print(type(error).__name__, error)


def outlive():
    time.sleep(2)
    print("outlives the main program")


_thread.start_new_thread(outlive, ())
