"""Who paints."""

from __future__ import annotations

from vb_demo.generators.base import Dialect, Generator, OnStep, Painting
from vb_demo.generators.catalog import CATALOG, GeneratorSpec, load_generator

__all__ = ["CATALOG", "Dialect", "Generator", "GeneratorSpec", "OnStep", "Painting", "load_generator"]
