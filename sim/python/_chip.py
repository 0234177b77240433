# What the firmware knows of the board's chip: its pins and its peripherals, in one table, in the order of `_board.info.chip`.
#
# From MicroPython's machine_pin.h, machine_adc.c, machine_touchpad.c, machine_i2c.h, machine_uart.h, machine_hw_spi.c and its
# generic boards: that of the S3 has SPIRAM on four wires (no GPIO 26), that of the C3 talks by USB on GPIO 18 and 19.

import _board

_ESP32_RTC_PINS = (0, 2, 4, 12, 13, 14, 15, 25, 26, 27) + tuple(range(32, 40))


class _Chip:
    input_only = ()
    adc_blocks = ()  # the pins of each converter, in the order of its channels
    adc_bits = (12, 12)  # least and most
    adc_full_scale_mv = (1000,) * 4  # by attenuation
    touch_pins = ()
    dac_pins = ()
    i2c_pins = ()  # (scl, sda) of each
    spi_pins = ()  # (sck, mosi, miso) of SPI(1), SPI(2)
    spi_most_divider = 16
    uart_pins = ()  # (tx, rx) of each
    pwm_channels = 8
    pwm_timers = 4
    pwm_bits = 14
    hardware_timers = 0
    mhz = 160
    frequencies_mhz = (20, 40, 80, 160, 240)
    frequency_words = "frequency must be 20MHz, 40MHz, 80Mhz, 160MHz or 240MHz"
    has_bootloader = True
    rtc_pins = tuple(range(22))  # those that may wake the board, as the firmware has them
    has_ext = True  # whether there are ext0 and ext1, which watch such pins
    ext1_wants_all_low = False  # or any of them
    deep_sleep_gpio = ()  # pins that wake from deep sleep without these


class _Esp32S3(_Chip):
    pins = tuple(range(22)) + tuple(range(33, 49))
    adc_blocks = (tuple(range(1, 11)), tuple(range(11, 21)))
    adc_full_scale_mv = (950, 1250, 1750, 3100)
    touch_pins = tuple(range(1, 15))
    i2c_pins = ((9, 8), (9, 8))
    spi_pins = ((12, 11, 13), (36, 35, 37))
    uart_pins = ((-1, -1), (10, 9), (17, 16))
    hardware_timers = 4


class _Esp32C3(_Chip):
    pins = tuple(range(14)) + (20, 21)
    adc_blocks = ((0, 1, 2, 3, 4), (5,))
    adc_full_scale_mv = (750, 1050, 1300, 2500)
    i2c_pins = ((9, 8),)
    spi_pins = ((6, 7, 2),)
    uart_pins = ((-1, -1), (10, 9))
    pwm_channels = 6
    hardware_timers = 2
    frequencies_mhz = (20, 40, 80, 160)
    frequency_words = "frequency must be 20MHz, 40MHz, 80Mhz or 160MHz"
    rtc_pins = _ESP32_RTC_PINS  # the firmware has no list of its own for this chip
    has_ext = False
    deep_sleep_gpio = (0, 1, 2, 3, 4, 5)


class _Esp32(_Chip):
    pins = tuple(range(24)) + (25, 26, 27) + tuple(range(32, 40))
    input_only = (34, 35, 36, 37, 38, 39)
    adc_blocks = ((36, 37, 38, 39, 32, 33, 34, 35), (4, 0, 2, 15, 13, 12, 14, 27, 25, 26))
    adc_bits = (9, 12)
    adc_full_scale_mv = (950, 1250, 1750, 2450)
    touch_pins = (4, 0, 2, 15, 13, 12, 14, 27, 33, 32)
    dac_pins = (25, 26)
    i2c_pins = ((18, 19), (25, 26))
    spi_pins = ((14, 13, 12), (18, 23, 19))
    spi_most_divider = 8192
    uart_pins = ((-1, -1), (10, 9), (17, 16))
    pwm_channels = 16
    pwm_timers = 8
    pwm_bits = 20
    hardware_timers = 4
    has_bootloader = False
    rtc_pins = _ESP32_RTC_PINS
    ext1_wants_all_low = True


class _Esp8266(_Chip):
    # Its port is another one; what there is of it here is the common part.
    pins = (0, 1, 2, 3, 4, 5, 12, 13, 14, 15, 16)
    adc_blocks = ((0, 17),)
    i2c_pins = ((5, 4),)
    spi_pins = ((14, 13, 12),)
    uart_pins = ((1, 3), (2, -1))
    mhz = 80
    frequencies_mhz = (80, 160)
    frequency_words = "frequency can only be either 80Mhz or 160MHz"


chip = (_Esp32S3, _Esp32C3, _Esp32, _Esp8266)[_board.info.chip]

# The processor's clock, which a program may change: cycles so far and at what time (µs) that was.
_mhz = chip.mhz
_cycles = _since = 0


def mhz():
    return _mhz


def set_mhz(mhz):
    global _mhz, _cycles, _since
    now = _board.now()
    _cycles, _since, _mhz = cycles(now), now, mhz


def cycles(now):
    """How many there have been by then."""
    return _cycles + (now - _since) * _mhz
