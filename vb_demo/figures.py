"""The photo in space, to be turned around: clouds and surfaces as plotly figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vb_demo.cloud import Cloud
from vb_demo.errors import InputError
from vb_demo.mesh import Mesh
from vb_demo.views import PIN_COLOR, meters_text

if TYPE_CHECKING:
    import plotly.graph_objects

FIGURE_POINTS = 50_000
FAR_FACTOR = 3.0
"""A figure leaves out points beyond this many times the 90 % quantile of depth, which would shrink all the rest."""
NORMAL_LENGTH = 0.04
"""Of a point's depth, so that the lines look equally long from the camera."""
NORMAL_COLOR = "#00a896"
PIN_LIFT = 0.98
"""Where a pin stands on the way from the camera to the point that it marks."""
PIN = "pin"
"""Name of the trace that marks points; a page finds it by this name and moves it without a new figure."""
VIEWS = {
    "front": "as the photo sees it, from a step behind the camera",
    "above": "from straight above, the photo's far end up",
    "side": "from the right, the camera on the right",
    "orbit": "from the upper right in front",
}
"""Name → where a figure is seen from."""


def cloud_figure(
    cloud: Cloud,
    *,
    max_points: int = FIGURE_POINTS,
    point_size: float = 1.7,
    hover: bool = False,
    near: float = 0.0,
    far: float | None = None,
    normals: int = 0,
    pins: Sequence[tuple[float, float]] = (),
    view: str = "front",
    revision: str = "",
) -> plotly.graph_objects.Figure:
    """A cloud to turn around in a browser, its parts told apart by name: "points", "normals", "pin".

    Args:
        max_points: evenly thinned out to at most so many; 50,000 stay fluent without a graphics card.
        hover: show pixel and place under the pointer and let points be clicked; `customdata` (N, 2) then holds each
            point's pixel (x, y) in the photo. Off, the pointer passes through, which is faster.
        near, far: depths in metres between which points are shown; without `far`, up to `FAR_FACTOR`. The camera
            does not move with them.
        normals: how many directions to draw, as short lines.
        pins: the pixels (x, y) of the photo whose points are marked.
        view: one of `VIEWS`; the cameras of all are in `layout.meta["cameras"]`.
        revision: what is shown, such as the photo's name. A page that redraws with plotly's `react` keeps the visitor's
            camera from one figure to the next of the same revision and view.

    Raises:
        InputError: the view is unknown, or no point lies between near and far.
    """
    import plotly.graph_objects as go

    chosen = _within(cloud, near, far)
    shown = _thinned(chosen, max_points)
    points = go.Scatter3d(
        name="points",
        **_coordinates(shown.points),
        mode="markers",
        marker={"size": point_size, "color": shown.colors, "opacity": 1},
        **_pointer(shown, hover),
    )
    lines = [_normal_lines(_thinned(shown, normals))] if normals else []
    return _figure([points, *lines, pin_trace(chosen, pins)], _box(cloud, far), shown, view, revision)


def mesh_figure(
    mesh: Mesh,
    *,
    hover: bool = False,
    near: float = 0.0,
    far: float | None = None,
    normals: int = 0,
    pins: Sequence[tuple[float, float]] = (),
    view: str = "front",
    revision: str = "",
) -> plotly.graph_objects.Figure:
    """A mesh to turn around in a browser, in its own colours without shading; its parts: "surface", "normals", "pin".

    About 30,000 vertices, `make_mesh(scene.point_cloud(max_points=30_000))`, are as much as is worth sending.
    Arguments and errors are those of `cloud_figure`; hovering and clicking find the vertices.
    """
    import plotly.graph_objects as go

    shown = mesh.vertices
    triangles = mesh.triangles[_between(shown, near, far)[mesh.triangles].all(axis=1)]
    corners = triangles.astype(np.uint16 if len(shown) <= 65536 else np.int32)
    surface = go.Mesh3d(
        name="surface",
        **_coordinates(shown.points),
        **dict(zip("ijk", corners.T, strict=True)),
        vertexcolor=shown.colors,
        lighting={"ambient": 1, "diffuse": 0, "specular": 0, "fresnel": 0},
        **_pointer(shown, hover),
    )
    seen = _within(shown, near, far)
    lines = [_normal_lines(_thinned(seen, normals))] if normals else []
    return _figure([surface, *lines, pin_trace(seen, pins)], _box(shown, far), seen, view, revision)


def pin_trace(cloud: Cloud, pixels: Sequence[tuple[float, float]]) -> plotly.graph_objects.Scatter3d:
    """Marks on the points seen at pixels (x, y) of the photo, numbered from 1; its name is `PIN`.

    Pixels without a point around have no mark.
    """
    import plotly.graph_objects as go

    found = [(str(number), cloud.nearest(*pixel)) for number, pixel in enumerate(pixels, start=1)]
    marked = [(number, index) for number, index in found if index is not None]
    # A little nearer than the point itself, so that the mark is not half buried in its surface.
    points = PIN_LIFT * cloud.points[[index for _, index in marked]]
    return go.Scatter3d(
        name=PIN,
        **{axis: values.tolist() for axis, values in _coordinates(points).items()},
        text=[number for number, _ in marked],
        mode="markers+text",
        marker={"size": 12, "color": PIN_COLOR, "line": {"color": "white", "width": 2}},
        textfont={"color": "white", "size": 12, "weight": "bold"},
        textposition="middle center",
        hoverinfo="skip",
    )


def figure_reach(meters: NDArray[np.floating]) -> tuple[float, float] | None:
    """Depths (near, far) in metres between which a figure shows points if not told otherwise; `None` without any."""
    finite = meters[np.isfinite(meters) & (meters > 0)]
    if not finite.size:
        return None
    far = FAR_FACTOR * float(np.quantile(finite[:: max(1, finite.size // 500_000)], 0.9))
    return float(finite.min()), min(far, float(finite.max()))


def _normal_lines(cloud: Cloud) -> plotly.graph_objects.Scatter3d:
    """All directions in one trace: from each point along its normal, then `nan`, which ends a line."""
    import plotly.graph_objects as go

    tips = cloud.points + NORMAL_LENGTH * cloud.depth[:, None] * cloud.normals
    path = np.stack([cloud.points, tips, np.full_like(tips, np.nan)], axis=1).reshape(-1, 3)
    line = {"color": NORMAL_COLOR, "width": 2}
    return go.Scatter3d(name="normals", **_coordinates(path), mode="lines", line=line, hoverinfo="skip")


def _figure(
    traces: Sequence[Any],
    box: tuple[NDArray[np.float32], NDArray[np.float32]],
    shown: Cloud,
    view: str,
    revision: str,
) -> plotly.graph_objects.Figure:
    import plotly.graph_objects as go

    low, high = box
    size = np.maximum(high - low, 1e-3)
    axes = {
        f"{name}axis": {"visible": False, "range": [float(a), float(a + s)]}
        for name, a, s in zip("xyz", low, size, strict=True)
    }
    if view not in VIEWS:
        raise InputError(f"A figure cannot be seen from {view!r}; allowed are: {', '.join(VIEWS)}.")
    # Plotly counts camera positions from the middle of the box, in units of the cube root of its volume.
    center, unit = low + size / 2, float(np.cbrt(size.prod()))
    cameras = {}
    for name in VIEWS:
        eye, target = _viewpoint(shown, name)
        positions = {"eye": _xyz((eye - center) / unit), "center": _xyz((target - center) / unit)}
        cameras[name] = {**positions, "up": {"x": 0, "y": 1, "z": 0}}
    return go.Figure(
        traces,
        go.Layout(
            # Not "data": that measures what is shown, thinned out and clipped, and would stretch it over the box.
            scene={
                "aspectmode": "manual",
                "aspectratio": _xyz(size / unit),
                "camera": cameras[view],
                "bgcolor": "rgba(0,0,0,0)",
                **axes,
            },
            uirevision=f"{revision} {view}",
            meta={"cameras": cameras},
            paper_bgcolor="rgba(0,0,0,0)",
            margin={"l": 0, "r": 0, "t": 0, "b": 0},
            showlegend=False,
        ),
    )


def _viewpoint(cloud: Cloud, view: str) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Where to stand and what to look at, in metres, two vectors (3,); up is always +y, since plotly minds no other."""
    if view == "front":
        middle_depth = float(np.median(cloud.depth))
        return np.array([0, 0, 0.15 * middle_depth]), np.array([0, 0, -middle_depth])
    directions = {"above": (0, 1, 0.02), "side": (1, 0, 0), "orbit": (0.55, 0.45, 0.7)}
    low, high = np.quantile(cloud.points, (0.02, 0.98), axis=0)
    direction = np.array(directions[view]) / np.linalg.norm(directions[view])
    # Plotly's lens sees 45°, so what is 0.83 times as large as it is far fills the frame.
    away = 1.2 * float(np.linalg.norm(high - low))
    target = (low + high) / 2
    return target + away * direction, target


def _coordinates(points: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """Columns as float32, which plotly sends as base64 of 4 bytes a number."""
    return dict(zip("xyz", np.ascontiguousarray(points.T), strict=True))


def _pointer(cloud: Cloud, hover: bool) -> dict[str, Any]:
    if not hover:
        return {"hoverinfo": "skip"}
    kind = np.uint16 if len(cloud) and cloud.xy.max() < 65536 else np.int32
    place = (
        "pixel %{customdata[0]}, %{customdata[1]}<br>right %{x:.2f}, up %{y:.2f}, towards you %{z:.2f} m<extra></extra>"
    )
    return {"customdata": cloud.xy.astype(kind), "hovertemplate": place}


def _far_limit(cloud: Cloud) -> float:
    return FAR_FACTOR * float(np.quantile(cloud.depth, 0.9))


def _between(cloud: Cloud, near: float, far: float | None) -> NDArray[np.bool_]:
    return (cloud.depth >= near) & (cloud.depth <= (_far_limit(cloud) if far is None else far))


def _within(cloud: Cloud, near: float, far: float | None) -> Cloud:
    """The points between two depths in metres. Raises InputError where there is none."""
    chosen = cloud[_between(cloud, near, far)]
    if not len(chosen):
        low, high = (meters_text(float(depth)) for depth in (cloud.depth.min(), cloud.depth.max()))
        raise InputError(f"No point lies between near and far; choose a range within {low} to {high}.")
    return chosen


def _box(cloud: Cloud, far: float | None) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Lowest and highest x, y, z (3,) of the space that a figure spans, the same whatever is clipped away in it."""
    points = cloud.points[cloud.depth <= max(_far_limit(cloud), far or 0.0)]
    return points.min(axis=0), points.max(axis=0)


def _thinned(cloud: Cloud, max_points: int) -> Cloud:
    """At most so many points. A random choice, because every n-th of a grid makes stripes; the same each time."""
    if len(cloud) <= max_points:
        return cloud
    return cloud[np.sort(np.random.default_rng(0).choice(len(cloud), max_points, replace=False))]


def _xyz(vector: NDArray[np.floating]) -> dict[str, float]:
    return {name: float(value) for name, value in zip("xyz", vector, strict=True)}
