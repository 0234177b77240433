# A program's own module replaces a board's, which its old name still gives.
import json
import time
import ujson
import utime

print(time.__file__, time.twice(4), time.ticks_diff(5, 3), utime.ticks_diff is time.ticks_diff, hasattr(utime, "twice"))
print(json.__file__, json.loads("[1]"), ujson.loads("[1]"), hasattr(ujson, "__file__"))
utime.sleep_ms(10)
print(time.ticks_ms())
