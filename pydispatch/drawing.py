"""A plan as one HTML page: map of the routes and Gantt chart, both plain SVG without scripts."""

from __future__ import annotations

import html
from collections.abc import Iterator

from pydispatch.planning import Plan, PlannedRoute
from pydispatch.problem import Plane, Problem

__all__ = ["page"]

_MAP_PX = 720
_GANTT_PX = 1100
_MARGIN_PX = 20
_ROW_PX = 16
_LABEL_PX = 70
#: Golden angle: neighbouring routes get colours far apart.
_HUE_STEP_DEG = 137.508


def page(problem: Problem, found: Plan) -> str:
    """Returns the page. The map is left out where locations have no coordinates."""
    title = html.escape(problem.name or "plan")
    drawings = [*_map(problem, found), *_gantt(problem, found)]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        "<style>body{font:14px sans-serif;margin:24px}svg{border:1px solid #ccc;margin:8px 0;display:block}</style>"
        f"<h1>{title}</h1><p>cost {found.cost / problem.cost_units:g}, {len(found.routes)} routes, "
        f"{len(found.unassigned)} visits unassigned</p>{''.join(drawings)}</html>\n"
    )


def _colour(position: int) -> str:
    return f"hsl({position * _HUE_STEP_DEG % 360:.0f},65%,42%)"


def _places(problem: Problem, route: PlannedRoute) -> Iterator[int]:
    technician = problem.technicians[route.technician]
    restock = problem.restock.location if problem.restock else None
    stops = (restock if stop.visit is None else problem.visits[stop.visit].location for stop in route.stops)
    return (place for place in (technician.start, *stops, technician.end) if place is not None)


def _map(problem: Problem, found: Plan) -> Iterator[str]:
    if not isinstance(problem.travel, Plane) or not problem.travel.points:
        return
    points = problem.travel.points
    low_x, low_y = min(x for x, _ in points), min(y for _, y in points)
    extent = max(max(x for x, _ in points) - low_x, max(y for _, y in points) - low_y) or 1.0
    factor = (_MAP_PX - 2 * _MARGIN_PX) / extent

    def at(place: int) -> str:
        x, y = points[place]
        return f"{_MARGIN_PX + (x - low_x) * factor:.1f},{_MAP_PX - _MARGIN_PX - (y - low_y) * factor:.1f}"

    yield f'<h2>Routes</h2><svg width="{_MAP_PX}" height="{_MAP_PX}">'
    for position, route in enumerate(found.routes):
        name = html.escape(problem.technicians[route.technician].name)
        line = " ".join(at(place) for place in _places(problem, route))
        yield f'<polyline points="{line}" fill="none" stroke="{_colour(position)}" stroke-width="1.5">'
        yield f"<title>{name}</title></polyline>"
    left_out = set(found.unassigned)
    for index, visit in enumerate(problem.visits):
        x, y = at(visit.location).split(",")
        fill = "crimson" if index in left_out else "dimgray"
        yield f'<circle cx="{x}" cy="{y}" r="3" fill="{fill}"><title>{html.escape(visit.name)}</title></circle>'
    yield "</svg>"


def _gantt(problem: Problem, found: Plan) -> Iterator[str]:
    if not found.routes:
        return
    first = min(route.leave for route in found.routes)
    last = max(route.back for route in found.routes)
    factor = (_GANTT_PX - _LABEL_PX - _MARGIN_PX) / max(last - first, 1)
    height = _ROW_PX * len(found.routes) + 2 * _MARGIN_PX

    def bar(top: float, begin: int, end: int, *, thickness: float, fill: str, title: str) -> str:
        left, width = _LABEL_PX + (begin - first) * factor, max((end - begin) * factor, 0.5)
        y = top + (_ROW_PX - thickness) / 2
        return (
            f'<rect x="{left:.1f}" y="{y:.1f}" width="{width:.1f}" height="{thickness:g}" fill="{fill}">'
            f"<title>{html.escape(title)}</title></rect>"
        )

    yield f'<h2>Day</h2><svg width="{_GANTT_PX}" height="{height}">'
    for position, route in enumerate(found.routes):
        top = _MARGIN_PX + position * _ROW_PX
        name = problem.technicians[route.technician].name
        yield f'<text x="4" y="{top + _ROW_PX - 4}" font-size="11">{html.escape(name)}</text>'
        yield bar(top, route.leave, route.back, thickness=2, fill="darkgray", title=f"{name}: on the way")
        for stop in route.stops:
            label = "restock" if stop.visit is None else problem.visits[stop.visit].name
            begin, end = stop.start / problem.units, stop.finish / problem.units
            title = f"{label}: {begin:g} to {end:g}"
            yield bar(top, stop.start, stop.finish, thickness=10, fill=_colour(position), title=title)
    yield "</svg>"
