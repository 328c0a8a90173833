"""Comparing the files that two runs left."""

import csv
import io
import re
import zipfile
from pathlib import Path

# Of shoal itself, and a file that each import of asreview-insights touches and
# nobody means.
NEVER_COMPARED = {".shoal", "synergy_cache.sqlite", "jobs.sh", "__pycache__"}


def tree(folder: Path) -> dict[str, bytes | None]:
    """Every file below the folder with its content; None for a folder."""
    found: dict[str, bytes | None] = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if NEVER_COMPARED & set(relative.parts):
            continue
        found[str(relative)] = path.read_bytes() if path.is_file() else None
    return found


def differences(expected: Path, actual: Path) -> list[str]:
    """What stands in one tree and not in the other, byte by byte."""
    left, right = tree(expected), tree(actual)
    return _missing(left, right) + [
        f"{name}: {left[name]!r:.200} became {right[name]!r:.200}"
        for name in left.keys() & right.keys() if left[name] != right[name]
    ]


def _missing(left: dict, right: dict) -> list[str]:
    return [f"{name} is missing" for name in sorted(left.keys() - right.keys())] + [
        f"{name} is too much" for name in sorted(right.keys() - left.keys())
    ]


def study_differences(expected: Path, actual: Path, listing_is_stable: bool = True) -> list[str]:
    """As `differences`, for an ASReview project.

    State files and pictures hold times, so they only have to be there. A
    workbook holds the time of its making, so its sheets are compared. What a
    failed simulation leaves (X.asreview.tmp/) only has to be there as well.

    Makita's scripts merge tables in the order in which the folder lists its
    files. Where that order depends on when the files were made, bash itself
    does not make the same table twice, and tables are compared without order.
    """
    left, right = _study_tree(expected), _study_tree(actual)
    complaints = _missing(left, right)
    for name in sorted(left.keys() & right.keys()):
        if not _equal(name, left[name], right[name], listing_is_stable):
            complaints.append(f"{name} differs:\n{left[name]!r:.1500}\nbecame\n{right[name]!r:.1500}")
    return complaints


def _study_tree(folder: Path) -> dict[str, object]:
    study: dict[str, object] = {}
    for name, content in tree(folder).items():
        leftover = re.match(r"(.*\.asreview\.(tmp|zip))(/|$)", name)
        if leftover:
            study[leftover[1]] = "left over"
        elif content is None:
            study[name] = "folder"
        elif name.endswith(".asreview"):
            study[name] = "state file" if zipfile.is_zipfile(folder / name) else "broken state file"
        elif name.endswith(".png"):
            study[name] = "picture" if content.startswith(b"\x89PNG") and content[-8:-4] == b"IEND" else "broken picture"
        elif name.endswith(".xlsx"):
            study[name] = _sheets(content)
        else:
            study[name] = content
    return study


def _sheets(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return {
            part: book.read(part).decode() for part in book.namelist()
            if part.startswith("xl/worksheets/") or part == "xl/sharedStrings.xml"
        }


def _equal(name: str, left, right, listing_is_stable: bool) -> bool:
    if left == right:
        return True
    if listing_is_stable or not isinstance(left, (bytes, dict)):
        return False
    if name.endswith(".csv"):
        return _unordered_csv(left) == _unordered_csv(right)
    if name.endswith(".xlsx"):
        return _unordered_sheets(left) == _unordered_sheets(right)
    return False


def _rounded(cell: str) -> str:
    try:
        return f"{float(cell):.9g}"
    except ValueError:
        return cell


def _unordered_csv(content: bytes) -> list[str]:
    rows = csv.reader(io.StringIO(content.decode()))
    return sorted(_rounded(cell) for row in rows for cell in row)


def _unordered_sheets(sheets: dict[str, str]) -> list[str]:
    return sorted(
        _rounded(cell) for text in sheets.values() for cell in re.findall(r"<(?:v|t)[^>]*>([^<]*)<", text)
    )


def listing_is_stable(folder: Path) -> bool:
    """Whether this file system lists equal names in one order, however they came to be."""
    names = [f"metrics_sim_{number}.json" for number in range(12)]
    orders = []
    for label, order in (("up", names), ("down", names[::-1])):
        probe = folder / f"probe-{label}"
        probe.mkdir()
        for name in order:
            (probe / name).touch()
        orders.append([path.name for path in probe.iterdir()])
    return orders[0] == orders[1]
