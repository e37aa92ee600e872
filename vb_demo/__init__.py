"""Ask an image generator in words; read metres, directions and names from what it paints.

import vb_demo as vb

photo = vb.open_photo("street.jpg")
depth = vb.ask(photo, "depth")
scene = vb.Scene(photo, depth=depth)
scene.distance_at(320, 240)
vb.measure.path_length(scene, [(320, 240), (400, 250)])
"""

from __future__ import annotations

from vb_demo import calibration, measure
from vb_demo.agreement import normal_agreement
from vb_demo.answers import Answer, Calibration, DepthMap, InstanceMap, NormalMap, RelativeDepthMap, SegmentMap
from vb_demo.colors import Color
from vb_demo.combining import combine
from vb_demo.errors import InputError
from vb_demo.explain import explain
from vb_demo.flow import ask, decode, draw, edit
from vb_demo.generators import load_generator
from vb_demo.geometry import Camera
from vb_demo.images import Photo, open_photo
from vb_demo.prompts import Legend, PromptError, parse_prompt
from vb_demo.recipe import Recipe, recipe_of, run_recipe
from vb_demo.scene import Scene
from vb_demo.tasks import TASKS
from vb_demo.votes import absent

__version__ = "0.1.0"

__all__ = [
    "TASKS",
    "Answer",
    "Calibration",
    "Camera",
    "Color",
    "DepthMap",
    "InputError",
    "InstanceMap",
    "Legend",
    "NormalMap",
    "Photo",
    "PromptError",
    "Recipe",
    "RelativeDepthMap",
    "Scene",
    "SegmentMap",
    "absent",
    "ask",
    "calibration",
    "combine",
    "decode",
    "draw",
    "edit",
    "explain",
    "load_generator",
    "measure",
    "normal_agreement",
    "open_photo",
    "parse_prompt",
    "recipe_of",
    "run_recipe",
]
