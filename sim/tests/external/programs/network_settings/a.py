import network
import time

sta = network.WLAN()
ap = network.WLAN(network.WLAN.IF_AP)
print(sta is network.WLAN(network.STA_IF), sta is ap, network.AP_IF, network.WLAN.IF_AP)


def attempt(name, function, *arguments, **named):
    try:
        print(name, "->", function(*arguments, **named))
    except OSError as error:
        print(name, "OSError", error)
    except (ValueError, TypeError, RuntimeError) as error:
        print(name, type(error).__name__, error)


attempt("a third interface", network.WLAN, 2)
print(sta.active(), ap.active(), sta.config("mac"), ap.config("mac"))
attempt("channel, not started", sta.config, channel=3)
attempt("connect, not started", sta.connect)
attempt("disconnect, not started", sta.disconnect)
attempt("scan, not active", sta.scan)
print(sta.active(True), sta.active(), ap.active())
print(sta.config("channel"), sta.config(channel=6), sta.config("channel"), ap.config("channel"))
attempt("channel 14", sta.config, channel=14)
attempt("channel 0", sta.config, channel=0)
attempt("unknown, to get", sta.config, "nonsense")
attempt("unknown, to set", sta.config, nonsense=1)
attempt("two to get", sta.config, "mac", "channel")
attempt("both", sta.config, "mac", channel=1)
attempt("ssid of a station", sta.config, ssid="name")
attempt("ssid of no access point", ap.config, ssid="name")
attempt("reconnects of an access point", ap.config, reconnects=1)
print(sta.config("pm"), sta.config(pm=sta.PM_NONE), sta.config("pm"))
attempt("pm 5", sta.config, pm=5)
print(sta.config("protocol") == sta.PROTOCOL_DEFAULT, sta.config(protocol=sta.PROTOCOL_DEFAULT | sta.PROTOCOL_LR))
print(sta.config("protocol"), network.MODE_11B | network.MODE_11G | network.MODE_11N | network.MODE_LR)
print(sta.config("txpower"), sta.config(txpower=8.5), sta.config("txpower"))
print(sta.config("reconnects"), sta.config(reconnects=3), sta.config("reconnects"))
print(network.hostname(), network.hostname("lamp"), network.hostname(), sta.config("hostname"))
print(network.country(), network.country("DE"), network.country())
print(ap.active(True), ap.config(ssid="lamp", channel=6, password="secret", authmode=3), ap.config("ssid"))
print(ap.config("authmode"), ap.config("hidden"), ap.isconnected(), ap.status("stations"), ap.ifconfig())
attempt("stations of a station", sta.status, "stations")
attempt("rssi without a connection", sta.status, "rssi")

print(sta.status() == network.STAT_IDLE, sta.isconnected(), sta.ifconfig())
sta.connect("nowhere", "password")
print(sta.status() == network.STAT_CONNECTING, sta.config("ssid"))
attempt("connect again", sta.connect, "nowhere", "password")
start = time.ticks_ms()
while sta.status() == network.STAT_CONNECTING:
    time.sleep_ms(100)
print(sta.status() == network.STAT_NO_AP_FOUND, sta.isconnected(), time.ticks_diff(time.ticks_ms(), start) // 1000)
sta.disconnect()
print(sta.status() == network.STAT_IDLE, sta.scan())
sta.active(False)
ap.active(False)
print(sta.active(), ap.active())

# What a board refuses, it refuses here.
sta.active(True)
attempt("connect by name", sta.connect, ssid="a", key="b")
attempt("password by name", sta.connect, "a", password="b")
attempt("connect with numbers", sta.connect, 1, 2)
attempt("three by place", sta.connect, "a", "b", "c")
attempt("bssid of 5", sta.connect, "a", "b", bssid=b"12345")
attempt("WLAN by name", network.WLAN, interface_id=0)
attempt("WLAN of a float", network.WLAN, 0.0)
for name in ("channel", "pm", "protocol", "reconnects", "bandwidth"):
    attempt(name + " of a float", lambda: sta.config(**{name: 1.0}))
attempt("txpower of text", sta.config, txpower="8")
attempt("max_clients of a float", ap.config, max_clients=1.0)
attempt("ipconfig", network.ipconfig, nonsense=1)
attempt("dns that is none", network.ipconfig, dns="one")
print(network.ipconfig("dns"), network.ipconfig(dns="1.1.1.1"), network.ipconfig("dns"))
# Once no access point was found, that stays the status while others are looked for.
sta.connect("nowhere")
time.sleep(2)
sta.connect("elsewhere")
print(sta.status(), sta.isconnected())
