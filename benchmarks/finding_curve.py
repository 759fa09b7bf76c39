"""Precision over recall of several finders as one SVG that explains itself."""

from collections.abc import Mapping

from training.learning.finding.matching import Curve

WIDTH, HEIGHT, MARGIN = 640, 480, 56
COLOURS = ("#6b7280", "#b45309", "#1d4ed8", "#047857")
DASHES = ("2 4", "8 4", "", "12 3 2 3")


def curve_svg(curves: Mapping[str, Curve]) -> str:
    """Recall to the right, precision upwards, both 0 to 1."""
    across, up = "recall: share of the faces that are found", "precision: share of the boxes that hold a face"
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        *(grid(step / 5) for step in range(6)),
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 12}" text-anchor="middle">{across}</text>',
        f'<text transform="translate(16 {HEIGHT / 2}) rotate(-90)" text-anchor="middle">{up}</text>',
    ]
    for number, (name, curve) in enumerate(curves.items()):
        parts += drawn(name, curve, number)
    return "\n".join([*parts, "</svg>"]) + "\n"


def place(recall: float, precision: float) -> tuple[float, float]:
    return MARGIN + recall * (WIDTH - 2 * MARGIN), HEIGHT - MARGIN - precision * (HEIGHT - 2 * MARGIN)


def grid(value: float) -> str:
    (x0, y), (x1, _), (x, y0), (_, y1) = place(0, value), place(1, value), place(value, 0), place(value, 1)
    return (
        f'<path d="M{x0:.0f} {y:.0f}H{x1:.0f}M{x:.0f} {y0:.0f}V{y1:.0f}" stroke="#d1d5db" fill="none"/>'
        f'<text x="{x0 - 6:.0f}" y="{y + 4:.0f}" text-anchor="end">{value:.1f}</text>'
        f'<text x="{x:.0f}" y="{y0 + 18:.0f}" text-anchor="middle">{value:.1f}</text>'
    )


def drawn(name: str, curve: Curve, number: int) -> list[str]:
    colour, dash = COLOURS[number % 4], DASHES[number % 4]
    keep = range(0, len(curve.recall), max(len(curve.recall) // 200, 1))
    points = [place(curve.recall[at], curve.precision[at]) for at in keep]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    y = HEIGHT - MARGIN - 20 * (number + 1)
    legend = f"{name} (average precision {curve.average_precision:.2f})"
    return [
        f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>',
        f'<path d="M{MARGIN + 8} {y}h28" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>',
        f'<text x="{MARGIN + 44}" y="{y + 4}">{legend}</text>',
    ]
