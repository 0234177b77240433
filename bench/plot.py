"""Small logarithmic plots side by side, as SVG."""

import math
from collections import namedtuple
from xml.sax.saxutils import escape

# `mark`: a value on the vertical axis and its name.
Panel = namedtuple("Panel", "vertical horizontal series mark")
Series = namedtuple("Series", "name colour points joined")

WIDTH, HEIGHT = 250, 220
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 26, 62
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def svg(panels):
    """All panels in a row, with one legend under them."""
    width = len(panels) * (LEFT + WIDTH + RIGHT)
    height = TOP + HEIGHT + BOTTOM
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="11" fill="#333">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for index, panel in enumerate(panels):
        x = index * (LEFT + WIDTH + RIGHT) + LEFT
        lines += [f'<g transform="translate({x} {TOP})">', *draw(panel), "</g>"]
    lines += legend(panels[0].series, height - 12)
    lines.append("</svg>")
    return "\n".join(lines) + "\n"


class Axis:
    """Whole decades around the values, on so many units of the picture."""

    def __init__(self, values, length):
        self.low = math.floor(math.log10(min(values)))
        self.high = max(math.ceil(math.log10(max(values))), self.low + 1)
        self.length = length

    def at(self, value):
        return self.length * (math.log10(value) - self.low) / (self.high - self.low)

    def decades(self):
        return [(10.0**power, power) for power in range(self.low, self.high + 1)]


def draw(panel):
    points = [point for series in panel.series for point in series.points]
    value, name = panel.mark
    across = Axis([x for x, _ in points], WIDTH)
    up = Axis([y for _, y in points] + [value], HEIGHT)
    lines = [f'<text x="-{LEFT - 6}" y="-10">{escape(panel.vertical)}</text>',
             f'<text x="{WIDTH / 2}" y="{HEIGHT + 30}" text-anchor="middle">{escape(panel.horizontal)}</text>']
    for decade, power in across.decades():
        x = round(across.at(decade), 1)
        lines += [f'<path d="M{x} 0V{HEIGHT}" stroke="#ddd"/>',
                  f'<text x="{x}" y="{HEIGHT + 15}" text-anchor="middle">{number(power)}</text>']
    for decade, power in up.decades():
        y = round(HEIGHT - up.at(decade), 1)
        lines += [f'<path d="M0 {y}H{WIDTH}" stroke="#ddd"/>',
                  f'<text x="-5" y="{y + 4}" text-anchor="end">{number(power)}</text>']
    y = round(HEIGHT - up.at(value), 1)
    lines += [f'<path d="M0 {y}H{WIDTH}" stroke="#333" stroke-dasharray="4 3"/>',
              f'<text x="4" y="{y - 4}">{escape(name)}</text>']
    for series in panel.series:
        places = [(round(across.at(x), 1), round(HEIGHT - up.at(y), 1)) for x, y in series.points]
        if series.joined:
            path = "L".join(f"{x} {y}" for x, y in places)
            lines.append(f'<path d="M{path}" fill="none" stroke="{series.colour}" stroke-width="1.5"/>')
        lines += [f'<circle cx="{x}" cy="{y}" r="3" fill="{series.colour}"/>' for x, y in places]
    return lines


def number(power):
    if -3 <= power <= 3:
        return f"{10.0**power:g}"
    return "10" + str(power).translate(SUPERSCRIPTS)


def legend(series, y):
    lines = []
    for index, one in enumerate(series):
        x = LEFT + 140 * index
        lines += [f'<circle cx="{x}" cy="{y - 4}" r="3" fill="{one.colour}"/>',
                  f'<text x="{x + 8}" y="{y}">{escape(one.name)}</text>']
    return lines
