import espnow
import network

network.WLAN(network.STA_IF).active(True)
e = espnow.ESPNow()
e.active(True)
for host, message in e:
    if host is None or message == b"!stop":
        break
    try:
        e.add_peer(host)
    except OSError as error:
        if error.args[1] != "ESP_ERR_ESPNOW_EXIST":
            raise
    e.send(host, message)
print(e.stats())
