# MicroPython's `umqtt`.
