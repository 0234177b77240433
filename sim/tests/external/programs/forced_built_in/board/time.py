from utime import *


def twice(number):
    return 2 * number
