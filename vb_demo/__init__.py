"""Ask an image generator in words; read metres, directions and names from what it paints.

import vb_demo as vb

photo = vb.open_photo("street.jpg")
depth = vb.ask(photo, "depth")
vb.Scene(photo, depth=depth).distance_at(320, 240)
"""

from __future__ import annotations

from vb_demo.answers import Answer, DepthMap, InstanceMap, NormalMap, RelativeDepthMap, SegmentMap
from vb_demo.colors import Color
from vb_demo.errors import InputError
from vb_demo.flow import ask, decode
from vb_demo.generators import load_generator
from vb_demo.geometry import Camera
from vb_demo.images import Photo, open_photo
from vb_demo.prompts import Legend, PromptError, parse_prompt
from vb_demo.scene import Scene
from vb_demo.tasks import TASKS

__version__ = "0.1.0"

__all__ = [
    "TASKS",
    "Answer",
    "Camera",
    "Color",
    "DepthMap",
    "InputError",
    "InstanceMap",
    "Legend",
    "NormalMap",
    "Photo",
    "PromptError",
    "RelativeDepthMap",
    "Scene",
    "SegmentMap",
    "ask",
    "decode",
    "load_generator",
    "open_photo",
    "parse_prompt",
]
