#!/usr/bin/env python3
"""Turns a captured terminal into a picture (SVG) that needs no font of its own.

    tmux capture-pane -e -p | docs/images/make_svg.py --title "shoal run jobs.sh" > docs/images/run.svg

Reads text with SGR colour sequences, as tmux writes them. Understands the 16
colours, the 256 colours, bold and faint.
"""

import argparse
import re
import sys
from dataclasses import dataclass, replace
from html import escape

SGR = re.compile(r"\x1b\[([0-9;]*)m")
OTHER_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-ln-z]|\x1b[()][A-Z0-9]|[\x0e\x0f\r]")

BACKGROUND, FOREGROUND, FRAME = "#14212b", "#d5dee5", "#0d171f"
COLORS = [
    "#14212b", "#e0676b", "#7fbf7f", "#d9b45b", "#6aa5d8", "#b78fd1", "#5fb9bd", "#d5dee5",
    "#6b7d8a", "#f08a8d", "#9fd89f", "#efcf83", "#8fc1ec", "#cdaee3", "#86d3d6", "#ffffff",
]
CELL_WIDTH, CELL_HEIGHT, FONT_SIZE, MARGIN, BAR = 8.4, 19, 14, 16, 34


@dataclass(frozen=True)
class Style:
    color: str = FOREGROUND
    bold: bool = False
    faint: bool = False


def color_256(number: int) -> str:
    if number < 16:
        return COLORS[number]
    if number >= 232:
        grey = 8 + 10 * (number - 232)
        return f"#{grey:02x}{grey:02x}{grey:02x}"
    steps = (0, 95, 135, 175, 215, 255)
    number -= 16
    return "#" + "".join(f"{steps[part]:02x}" for part in (number // 36, number // 6 % 6, number % 6))


def changed(style: Style, codes: str) -> Style:
    numbers = [int(code or 0) for code in codes.split(";")]
    while numbers:
        code = numbers.pop(0)
        if code == 0:
            style = Style()
        elif code == 1:
            style = replace(style, bold=True)
        elif code == 2:
            style = replace(style, faint=True)
        elif code == 22:
            style = replace(style, bold=False, faint=False)
        elif 30 <= code <= 37:
            style = replace(style, color=COLORS[code - 30])
        elif 90 <= code <= 97:
            style = replace(style, color=COLORS[code - 90 + 8])
        elif code == 39:
            style = replace(style, color=FOREGROUND)
        elif code in (38, 48) and numbers[:1] == [5]:
            number = numbers[1]
            numbers = numbers[2:]
            if code == 38:
                style = replace(style, color=color_256(number))
    return style


def pieces(line: str, style: Style) -> tuple[list[tuple[str, Style]], Style]:
    """The runs of equal style in a line, and the style in force at its end."""
    found = []
    parts = SGR.split(line)
    for at, part in enumerate(parts):
        if at % 2:
            style = changed(style, part)
        elif part:
            found.append((part, style))
    return found, style


def svg(text: str, title: str) -> str:
    lines = OTHER_ESCAPES.sub("", text).rstrip("\n ").split("\n")
    columns = max(len(SGR.sub("", line)) for line in lines)
    width = round(2 * MARGIN + max(columns, 60) * CELL_WIDTH)
    height = BAR + 2 * MARGIN + len(lines) * CELL_HEIGHT
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">',
        f'<rect width="{width}" height="{height}" rx="8" fill="{BACKGROUND}"/>',
        f'<path d="M0 {BAR}V8a8 8 0 0 1 8-8h{width - 16}a8 8 0 0 1 8 8v{BAR - 8}z" fill="{FRAME}"/>',
        '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" '
        f'font-size="{FONT_SIZE}" xml:space="preserve">',
        f'<text x="{width / 2}" y="{BAR - 12}" text-anchor="middle" fill="{COLORS[8]}">{escape(title)}</text>',
    ]
    style = Style()
    for row, line in enumerate(lines):
        found, style = pieces(line, style)
        y = BAR + MARGIN + (row + 0.75) * CELL_HEIGHT
        column = 0
        for words, look in found:
            if words.strip():
                # A fixed length keeps columns in line whatever the font is.
                length = f'textLength="{len(words) * CELL_WIDTH:.1f}" lengthAdjust="spacingAndGlyphs"'
                weight = ' font-weight="bold"' if look.bold else ""
                opacity = ' opacity="0.65"' if look.faint else ""
                out.append(f'<text x="{MARGIN + column * CELL_WIDTH:.1f}" y="{y:.1f}" fill="{look.color}" '
                           f"{length}{weight}{opacity}>{escape(words)}</text>")
            column += len(words)
    return "\n".join([*out, "</g>", "</svg>"]) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="Turns a captured terminal into an SVG.")
    parser.add_argument("--title", default="shoal run jobs.sh")
    arguments = parser.parse_args()
    sys.stdout.write(svg(sys.stdin.read(), arguments.title))


if __name__ == "__main__":
    main()
