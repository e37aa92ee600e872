"""Who paints."""

from __future__ import annotations

from vb_demo.generators.base import Dialect, Generator, OnStep, Painting
from vb_demo.generators.catalog import CATALOG, GeneratorSpec
from vb_demo.generators.loading import let_go, load_generator

__all__ = ["CATALOG", "Dialect", "Generator", "GeneratorSpec", "OnStep", "Painting", "let_go", "load_generator"]
