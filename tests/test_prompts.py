from __future__ import annotations

import contextlib
import random
import time
import timeit

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vb_demo import prompts
from vb_demo.colors import COLOR_NAMES, Color
from vb_demo.errors import InputError
from vb_demo.prompts import (
    Entry,
    Legend,
    PromptError,
    clean_name,
    is_background,
    parse_instances,
    parse_prompt,
    parse_ramp,
)
from vb_demo.prompts.vocabulary import RESERVED

# What a prompt says, written as "name color; name color | background".
READ = {
    # A colour that is called after a thing, where a thing and its colour are meant.
    "road grey, sky blue": "road: grey; sky: blue",
    "sky blue, cat sky blue, grass green, background black": "sky: blue; cat: sky blue; grass: green | black",
    "cat red, sea light green": "cat: red; sea: light green",
    # The paper's own.
    "Generate a visualization image of semantic segmentation, using this color mapping: "
    '{"cat ears": <255, 165, 0>, "exit sign": <0, 0, 255>, "background":<125,0, 125>}': (
        "cat ears: orange; exit sign: blue | #7d007d"
    ),
    "Generate a semantic segmentation visualization image, using this color mapping: "
    '{"cat": "red", "lock": "pink", "exit sign": "light purple", "background": yellow}.': (
        "cat: red; lock: pink; exit sign: light purple | yellow"
    ),
    "This image is a per-pixel class labeling of the input. The macaron cakes are represented by (255, 255, 0). The "
    "round plates are represented by (255, 192, 128). The tongs are (255, 0, 192).": (
        "macaron cakes: yellow; round plates: #ffc080; tongs: #ff00c0"
    ),
    "Generate a semantic segmentation visualization of the input. The menu is #80C000. The dessert is #800000. "
    "The patterns on the wall is #40FFC0": "menu: #80c000; dessert: #800000; patterns on the wall: #40ffc0",
    'This image is a segmentation task derived from the input. The "crescent"-shaped croissant instances are each '
    "represented by a unique, solid color. Background is RGB(88, 50, 82).": "| #583252",
    "This image shows segmentation masks for the balls from the input image. The background is set to white color. "
    "Each ball is represented by a different color.": "| white",
    "A segmentation map image. The area that corresponds to the man in pink t shirt is rendered solid white; the other "
    "man is rendered in green.": "man in pink t shirt: white; other man: green",
    "This image shows segmentation masks from the given image. The background is black color. The game control device "
    "is represented by a solid yellow.": "game control device: yellow | black",
    "Segment the skateboard category in pure yellow (<255, 255, 0>)": "skateboard: yellow",
    # Prose.
    "paint the cat's ears orange, the exit sign blue, the background purple": (
        "cat's ears: orange; exit sign: blue | purple"
    ),
    "Paint the CAT Red and a Dog BLUE": "CAT: red; Dog: blue",
    "X is #80C000": "X: #80c000",
    "X: rgb(1, 2, 3)": "X: #010203",
    "make the sky blue and the grass green": "sky: blue; grass: green",
    "the sky sky blue, the blue sky blue, the sea green": "sky: sky blue; blue sky: blue; sea: green",
    "use red for the car and blue for the road": "car: red; road: blue",
    "red for the car, the bus and the truck; blue for the man in the green shirt": (
        "car, the bus and the truck: red; man in the green shirt: blue"
    ),
    "highlight in red the car and in blue the road": "car: red; road: blue",
    "assign red to the car and the road to blue": "car: red; road: blue",
    "color the dog with #ff0000": "dog: red",
    "the car (red), the road (grey), sky( #00f )": "car: red; road: gray; sky: blue",
    "(red) car, (blue) road": "car: red; road: blue",
    "white cat, a black dog": "cat: white; dog: black",
    "cat=red;dog=blue": "cat: red; dog: blue",
    "cat:red dog:blue": "cat: red; dog: blue",
    "cat red dog blue": "cat: red; dog: blue",
    "cat #f00 dog (0, 0, 255) cow (white)": "cat: red; dog: blue; cow: white",
    "cat -> red, dog → blue, cow => white": "cat: red; dog: blue; cow: white",
    "cat - red\ndog – blue": "cat: red; dog: blue",
    "the cat should be red, the dog becomes blue, the cow as white, the pig in solid pink": (
        "cat: red; dog: blue; cow: white; pig: pink"
    ),
    "The cat colored red, the dog coloured in blue, the cow rendered in the color white": (
        "cat: red; dog: blue; cow: white"
    ),
    "give the car a red color, the tree gets a green mask": "car: red; tree: green",
    "the wall is set to red; the door is a shade of blue": "wall: red; door: blue",
    "paint the sky the color of gold": "sky: gold",
    "the sky's color is blue, the color of the grass is green": "sky: blue; grass: green",
    "replace the sky with blue": "sky: blue",
    "Road: #804080 (purple), Sky: (70, 130, 180) (steel blue)": "Road: #804080; Sky: #4682B4",
    "in the photo the cat is red": "cat: red",
    "transparent background, cat red": "cat: red",
    "a white silhouette of the cat on black": "cat: white | black",
    "sky = 87CEEB, facade: 8b4513": "sky: #87CEEB; facade: #8b4513",
    "cat red, dog blue, nothing else": "cat: red; dog: blue",
    "white where there's water, black elsewhere": "water: white | black",
    "red wherever there are cars; blue where there is a bus": "cars: red; bus: blue",
    "Wherever there is water, paint it blue": "water: blue",
    "sofa -> #008080 | rug -> #800000": "sofa: #008080; rug: #800000",
    "sofa: teal | rug: maroon | the rest: black": "sofa: teal; rug: maroon | black",
    "paint the cat red the dog blue the background black": "cat: red; dog: blue | black",
    "I want the cat to be red. Could you please paint the dog blue?": "cat: red; dog: blue",
    "Segment the cat and paint it red": "cat: red",
    "Segment the cat. Use red.": "cat: red",
    "segment cat, dog and car in red, green and blue": "cat: red; dog: green; car: blue",
    "Generate a segmentation image where the cat is red and the dog is blue": "cat: red; dog: blue",
    "Do not paint the dog red. The cat is blue.": "cat: blue",
    "mark red, john blue": "mark: red; john: blue",
    "no parking sign is blue, the no entry sign red": "no parking sign: blue; no entry sign: red",
    "the cat's red and the dog’s blue": "cat: red; dog: blue",
    "the cat's ears are red": "cat's ears: red",
    "Segment the cat. It's red.": "cat: red",
    "please paint the cat red, thanks": "cat: red",
    "paint the cat red please thank you. Thanks a lot!": "cat: red",
    "cat red 👍, everything else black 🐱, thanks 🙏": "cat: red | black",
    "🐱 red 🐶 blue": "🐱: red; 🐶: blue",
    "the cat is red, not blue; the dog is lime not green": "cat: red; dog: lime",
    "the man in black without a hat: blue": "man in black without a hat: blue",
    "the dog: also red, the cat is still blue": "dog: red; cat: blue",
    "segment the cat, paint the cat red": "cat: red",
    "<b>cat</b> is red, (the dog) blue": "<b>cat</b>: red; dog: blue",
    "the cat is red everywhere": "cat: red",
    # Colour words inside names.
    "the red chair blue, big red chair white": "red chair: blue; big red chair: white",
    "the orange orange, the apple red": "orange: orange; apple: red",
    "the orange is orange; the olive (#f80)": "orange: orange; olive: #f80",
    "the left orange is #ff0000, the cat yellow (#ffff00)": "left orange: #ff0000; cat: #ffff00",
    "the man in the red shirt, left of the door: green": "man in the red shirt, left of the door: green",
    "the black and white cat: red": "black and white cat: red",
    "the red-brick wall blue, the t-shirt white": "red-brick wall: blue; t-shirt: white",
    "the salt and pepper shaker red": "salt and pepper shaker: red",
    "the traffic light green, the light blue": "traffic light: green; light: blue",
    "the chair that is red: blue": "chair that is red: blue",
    "the chess set red, the lamp shade blue, the label on the box white": (
        "chess set: red; lamp shade: blue; label on the box: white"
    ),
    # Ways to write a colour.
    "cat light purple, dog dark teal, cow bright pink, pig pale yellow": (
        "cat: light purple; dog: dark teal; cow: bright pink; pig: pale yellow"
    ),
    "cat rgb(10%, 50%, 100%), dog hsl(120, 100%, 50%), cow rgba(1,2,3,0.5)": "cat: #1a80ff; dog: lime; cow: #010203",
    "cat 255 0 0, dog 0, 255, 0, cow RGB 0 0 255": "cat: red; dog: lime; cow: blue",
    "cat (0.5, 0.2, 0.1), dog hex 00ff00, cow #00f": "cat: #80331a; dog: lime; cow: blue",
    "cat: pure red (255, 0, 0), dog: blue #0000FF": "cat: red; dog: blue",
    # The background.
    "cat red, everything else black": "cat: red | black",
    "cat: red, others: black": "cat: red | black",
    "Paint the dog red, the others in blue": "dog: red | blue",
    "everything is purple except the cat which is orange": "cat: orange | purple",
    "cat red, the rest of the image stays white": "cat: red | white",
    "cat red, all other pixels (0, 0, 0)": "cat: red | black",
    "paint the cat red on a white background": "cat: red | white",
    "cat red on black": "cat: red | black",
    "black background, cat red": "cat: red | black",
    "everything black except the cat, which is red": "cat: red | black",
    "keep the background, cat red": "cat: red",
    "Colour the cat orange, leaving everything else black": "cat: orange | black",
    "the train leaving the station is red": "train leaving the station: red",
    "no background, cat red": "cat: red",
    "everything but the cat is white, the cat is red": "cat: red | white",
    "paint everything except the cat blue, the cat red": "cat: red | blue",
    "all but the cat is black, the cat is red": "cat: red | black",
    "except for the cat, everything is white, the cat is red": "cat: red | white",
    "Apart from the cat and the dog, paint everything white. The cat is red, the dog blue.": (
        "cat: red; dog: blue | white"
    ),
    "Other than the cat everything is black. The cat is red.": "cat: red | black",
    "the cat is red, everything else except the cat is blue": "cat: red | blue",
    "paint the sky blue and everything but the sky white": "sky: blue | white",
    "Paint everything that is not the cat black and the cat red": "cat: red | black",
    "all apart from the cat is black, cat red": "cat: red | black",
    "everything, except for the cat, is white; the cat is red": "cat: red | white",
    "the whole image other than the cat: white, the cat: red": "cat: red | white",
    "all pixels that are not the cat are black, the cat red": "cat: red | black",
    "the cat is red and everything but it is white": "cat: red | white",
    "everything but the red cat, the dog and the cow is white, red cat red, dog blue, cow lime": (
        "red cat: red; dog: blue; cow: lime | white"
    ),
    "everything but the orange and the lime is white, the orange is orange, the lime is green": (
        "orange: orange; lime: green | white"
    ),
    '{"everything but the cat": "white", "cat": "red"}': "cat: red | white",
    # Lists.
    "- cat: red\n- dog: blue\n- background: black": "cat: red; dog: blue | black",
    "1. orange = cat ears\n2. blue = exit sign": "cat ears: orange; exit sign: blue",
    "a) cat red\nb) dog blue": "cat: red; dog: blue",
    "red: cat\nblue: dog": "cat: red; dog: blue",
    "Use these colors:\n• cat: red\n• dog: blue": "cat: red; dog: blue",
    "0: background #000, 1: cat #f00": "cat: red | black",
    "cat\tred\ndog\tblue": "cat: red; dog: blue",
    "cat,red\ndog,blue": "cat: red; dog: blue",
    "Please segment: 1. cat (red) 2. dog (blue)": "cat: red; dog: blue",
    "| Thing | Color |\n|---|---|\n| cat | red |\n| dog | blue |": "cat: red; dog: blue",
    "paint the cat's\nears orange, the exit\nsign blue": "cat's ears: orange; exit sign: blue",
    # Quotes.
    '"the red chair" blue, “cat’s ears”: ‘orange’, \'dog\' → "white"': (
        "red chair: blue; cat's ears: orange; dog: white"
    ),
    '"red": "cat", "blue": "dog"': "cat: red; dog: blue",
    "the dogs' bowl red, the 5\" pipe blue, the cats' bowl white": "dogs' bowl: red; 5\" pipe: blue; cats' bowl: white",
    '"paint the cat red"': "cat: red",
    # JSON and what people take for it.
    '{"cat": "orange", "background": "#000"}': "cat: orange | black",
    "{'cat': 'red', 'dog': {'color': 'blue'}, 'background': None}": "cat: red; dog: blue",
    "{cat: red, red dog: 00ff00, cow: [0, 0, 255]}": "cat: red; red dog: lime; cow: blue",
    '[{"name": "cat", "color": "red"}, {"label": "dog", "rgb": [0, 255, 0]}]': "cat: red; dog: lime",
    '[["cat", "red"], ["dog", [0, 0, 255]]]': "cat: red; dog: blue",
    '{"classes": {"cat": "red"}, "background": {"r": 0, "g": 0, "b": 0}}': "cat: red | black",
    '```json\n{\n  "cat":\n    "red"\n}\n```': "cat: red",
    '{"red": "cat", "blue": ["dog", "bird"]}': "cat: red; dog: blue; bird: blue",
    'Paint {"cat": "red"} and the dog blue, please.': "cat: red; dog: blue",
    '{"cat": "red", "dog": "blue"': "cat: red; dog: blue",
    r'{"5\" pipe": "red", "caf\u00e9, left": "blue"}': '5" pipe: red; café, left: blue',
    # Several styles in one prompt.
    "The cat is red; use #00ff00 for the dog, cow = (0, 0, 255). Everything else: black": (
        "cat: red; dog: lime; cow: blue | black"
    ),
}  # fmt: skip


def _legend(short: str) -> Legend:
    things, _, background = short.partition("|")
    entries = [part.rsplit(": ", 1) for part in things.split("; ") if part.strip()]
    return Legend(
        tuple(Entry(name.strip(), Color.parse(color)) for name, color in entries),
        Color.parse(background) if background else None,
    )


@pytest.mark.parametrize(("prompt", "short"), READ.items(), ids=range(len(READ)))
def test_reads(prompt: str, short: str) -> None:
    assert parse_prompt(prompt) == _legend(short)


def test_entries_are_plain_pairs() -> None:
    legend = parse_prompt("the cat is #ff8000, the background white")
    assert legend.entries == (("cat", (255, 128, 0)),)
    assert legend.background == (255, 255, 255)


@pytest.mark.parametrize(
    ("prompt", "words", "message"),
    [
        ("", "", "empty"),
        ("  \n", "  \n", "empty"),
        ("Predict the surface normal of this scene.", "Predict the surface normal of this scene.", "no thing a colour"),
        ("depth map, near is black, far is white", "depth map, near is black, far is white", "ramp"),
        ("make it look like winter", "it look like winter", "has no colour"),
        ("paint the dog blurgh", "the dog blurgh", "“the dog blurgh” has no colour"),
        ("paint the cat red and the dog", "the dog", "“the dog” has no colour"),
        ("make the sky blue except the clouds", "the clouds", "“the clouds” has no colour"),
        ("everything is grey except the cat red and the dog", "the dog", "“the dog” has no colour"),
        ("cat\ndog: red", "cat", "“cat” has no colour"),
        ("the white cat and the black dog", "the white cat", "has no colour"),
        ("the dog is fluffy. the cat is red.", "fluffy", "“fluffy” is not a colour"),
        ("the dog is bleu. the cat is red.", "bleu", "Did you mean “blue”"),
        ("paint the bus green and yellow", "yellow", "“yellow” does not tell which thing"),
        ("paint it red", "it red", "does not tell which thing"),
        ("it's red", "it's red", "does not tell which thing"),
        ("no cat is red", "no cat is red", "no thing a colour"),
        ("the cat is bright pinkish", "bright pinkish", "“bright pinkish” is not a colour"),
        ("paint the cat and color the dog red", "the cat", "“the cat” has no colour"),
        ("red", "red", "does not tell which thing"),
        ("the cat (300, 0, 0)", "(300, 0, 0)", "0 to 255"),
        ("the cat #12345", "#12345", "5 hex digits"),
        ('{"cat": 5}', "5", "“5” is not a colour"),
        ('{"cat": "red", "dog"}', '"dog"', "“dog” has no colour"),
        ('{"": "red"}', ":", "name is missing"),
        ('{"cat": "red", "": "blue"}', ":", "name is missing"),
        ('{"cat": null}', '"cat"', "“cat” has no colour"),
        ('{"cat": ["red", "blue"]}', '["red", "blue"]', "is not one colour for “cat”. Write"),
        ('{"cat": [255, 0]}', "[255, 0]", "is not one colour for “cat”. Write"),
        ('{"cat": []}', "[]", "is not one colour for “cat”. Write"),
        ('{"cat": {"dog": "red"} "cow": "blue"}', '"cow"', "comma"),
        ("[" * 30 + "]" * 30, "[" * 9 + "]" * 9, "nested"),
        (
            "Each piece of garlic is colored differently.",
            "Each piece of garlic is colored differently.",
            "each “piece of",
        ),
        ("each cup and each jar is colored differently", "cup and each jar", "“cup” and “jar” are two kinds"),
        ("Each cup is colored differently. Each jar gets a different color.", "jar", "“cup” and “jar” are two kinds"),
        (", ".join(f"w{i} #00{i:04x}" for i in range(256)), None, "at most 255"),
        ("a" * 20_001, "a", "20,001 characters; at most 20,000"),
    ],
)
def test_points_at_what_it_cannot_read(prompt: str, words: str | None, message: str) -> None:
    with pytest.raises(PromptError, match=message) as caught:
        parse_prompt(prompt)
    start, end = caught.value.span
    assert prompt[start:end] == (prompt if words is None else words)
    assert isinstance(caught.value, InputError)


@pytest.mark.parametrize(
    ("prompt", "short", "warning"),
    [
        ("paint the dog purpel, the cat red", "dog: purple; cat: red", "“purpel” was taken for the colour “purple”"),
        ('{"dog": "light gren"}', "dog: light green", "“light gren” was taken for"),
        ("cat red, dog blue, Cat white", "cat: white; dog: blue", "“Cat” is named twice"),
        ('{"cat": "red", "cat": "blue"}', "cat: blue", "“cat” is named twice"),
        ("cat red, dog #ff0505", "cat: red; dog: #ff0505", "“cat” and “dog”, #ff0000 and #ff0505, are hard to tell"),
        ("cat red, dog red", "cat: red; dog: red", "“cat” and “dog” have the same colour"),
        ("cat black, background #050505", "cat: black | #050505", "“cat” and “background”"),
        ("background white, cat red, background black", "cat: red | black", "two colours"),
        ("segment cat, dog and car", "cat: red; dog: blue; car: yellow", "were chosen"),
        ("mask the dog", "dog: red", "were chosen"),
        ("classes: road, car", "road: red; car: blue", "were chosen"),
        ("where are the cat and the dog?", "cat: red; dog: blue", "were chosen"),
        ("find the orange and the lime", "orange: red; lime: blue", "were chosen"),
        ("Find these objects:\n- red cat\n- dog\nBackground: white", "red cat: red; dog: blue | white", "were chosen"),
        ("Segment this image into cat and road", "cat: red; road: blue", "were chosen"),
        ("Show segmentation masks for the balls. Background red.", "balls: blue | red", "were chosen"),
        ("Hello there! The cat is red.", "cat: red", "“Hello there” gives nothing a colour and was ignored"),
        (
            "Paint the table red but not the legs.",
            "table: red",
            "“not the legs” gives nothing a colour and was ignored",
        ),
        ("The cat is red, but without its tail.", "cat: red", "“without its tail” gives nothing a colour"),
        ("The cat is red without its tail.", "cat: red", "“without its tail” gives nothing a colour"),
        ("The car is red not the wheels.", "car: red", "“not the wheels” gives nothing a colour"),
        ("paint the cat red without the tail", "cat: red", "“without the tail” gives nothing a colour"),
        ("cat red without dog", "cat: red", "“without dog” gives nothing a colour"),
        ("cat red (not the tail) on white", "cat: red | white", "“not the tail” gives nothing a colour"),
        ("cat red mask, sky blue (but not the sun)", "cat: red; sky: blue", "“not the sun” gives nothing a colour"),
        ("without the dog: cat red, sofa blue", "cat: red; sofa: blue", "“without the dog” gives nothing a colour"),
        ("no cat is red, dog blue", "dog: blue", "“no cat is red” gives nothing a colour"),
        ("the cat isn't red, dog blue", "dog: blue", "“the cat isn't red” gives nothing a colour"),
        ('{"cat": null, "dog": "red"}', "dog: red", "“cat” gives nothing a colour"),
        ("everything but the cat is white", "cat: red | white", "chosen for what had none: cat red."),
        ("except for the cat, everything is white", "cat: red | white", "were chosen"),
        ("dog red, everything else except the cat is white", "dog: red; cat: blue | white", "were chosen"),
        ("everything but the cat is white, dog red", "dog: red; cat: blue | white", "were chosen"),
        ("make everything grey except the cat", "cat: red | grey", "chosen for what had none: cat red."),
        ("keep only the cat, everything else black", "cat: red | black", "chosen for what had none: cat red."),
        ("leave the cat as it is, the background is grey", "cat: red | grey", "chosen for what had none: cat red."),
        ("leave out the dog, everything else black", "| black", "“the dog” gives nothing a colour"),
        ("leave the dog out, everything else black", "| black", "“the dog out” gives nothing a colour"),
        ("make the cat transparent, background black", "| black", "“the cat transparent” gives nothing a colour"),
        ("everything is grey but the cat and the dog", "cat: red; dog: blue | grey", "cat red, dog blue."),
        ("background: cat red", "background: cat: red", "“background: cat” was read as one name"),
        ("make a depth map of the cat and paint the dog red", "dog: red", "“a depth map of the cat” gives nothing"),
        ("segment the dog and paint the cat red", "cat: red; dog: blue", "were chosen"),
        ("Each cup is colored differently, the jar is red.", "jar: red", "for each “cup” is a task of its own"),
        ("the cat transparent, the dog red", "dog: red", "“the cat transparent” gives nothing a colour"),
        ("the cat, the dog red", "cat, the dog: red", "read as one name"),
        ("the cat (1, 0, 0)", "cat: #010000", "nearly black"),
        ("Each ball is a different color, background white", "| white", "for each “ball”"),
        ("Each ball is a different color, keep the road, background white", "| white", "“the road” gives nothing"),
    ],
)
def test_warns(prompt: str, short: str, warning: str) -> None:
    legend = parse_prompt(prompt)
    assert legend == _legend(short)
    assert any(warning in sentence for sentence in legend.warnings), legend.warnings


WARNED = ("instances", "Each ball", "the truck", "olive", "| Thing", '"bird"')


@pytest.mark.parametrize("prompt", [prompt for prompt in READ if not any(words in prompt for words in WARNED)])
def test_does_not_warn_without_need(prompt: str) -> None:
    assert parse_prompt(prompt).warnings == ()


@pytest.mark.parametrize(
    ("prompt", "style"),
    [
        ("cat red, dog #00f", "prose"),
        ("cat #f00, dog #00f", "hex"),
        ('see {"cat": "#f00"}', "json"),
        ("cat (0, 0, 9)", "prose"),
    ],
)
def test_tells_the_style(prompt: str, style: str) -> None:
    assert parse_prompt(prompt).style == style


@pytest.mark.parametrize(
    ("prompt", "of", "background"),
    [
        (
            "Generate an instance segmentation visualization of this image. "
            "Each piece of garlic is colored differently.",
            "piece of garlic",
            None,
        ),
        (
            "This image is a segmentation task derived from the input. "
            'The "crescent"-shaped croissant instances are each '
            "represented by a unique, solid color. Background is RGB(88, 50, 82).",
            "crescent-shaped croissant",
            (88, 50, 82),
        ),
        (
            "This image shows segmentation masks for the balls from the input image. The background is set to white "
            "color. Each ball is represented by a different color.",
            "ball",
            (255, 255, 255),
        ),
        ("segment every chair in a different color", "chair", None),
        ("use a different color for each chair", "chair", None),
        ("give each apple its own colour, the background black", "apple", (0, 0, 0)),
        ("Segment all instances of chair", "chair", None),
        ("Generate an instance segmentation of the chairs.", "chairs", None),
        ("segment each cat separately", "cat", None),
        ("instance segmentation of the cars", "cars", None),
        ("Please create instance masks for each cup.", "cup", None),
        ("count the people", "people", None),
        ("Count the cups on the table by coloring each one differently", "cups", None),
        ("How many apples are there in the picture?", "apples", None),
    ],
)
def test_instances(prompt: str, of: str, background: tuple[int, int, int] | None) -> None:
    assert parse_instances(prompt) == (of, background)


@pytest.mark.parametrize(
    "prompt",
    [
        "paint the cat red",
        "Predict the surface normal of this scene.",
        "Each cup is colored differently, the jar is red.",
        "Each cup is colored differently. Each jar is colored differently.",
        "the count is red",
        "How many are there?",
        "panoptic segmentation",
        "",
        "{",
    ],
)
def test_no_instances(prompt: str) -> None:
    assert parse_instances(prompt) is None


CUBE_WALK = [
    (0, 0, 0),
    (255, 0, 0),
    (255, 255, 0),
    (0, 255, 0),
    (0, 255, 255),
    (0, 0, 255),
    (255, 0, 255),
    (255, 255, 255),
]


@pytest.mark.parametrize(
    ("prompt", "ramp"),
    [
        (
            "Predict the metric depth of this scene as an image. Visualized in the rainbow "
            "(black-red-yellow-green-cyan-blue-violet-white) color palette.",
            CUBE_WALK,
        ),
        ("black → red → yellow → green → cyan → blue → magenta → white", CUBE_WALK),
        ("from Black to red to yellow to Green to cyan to blue to violet to white.", CUBE_WALK),
        ("a palette of black, red, yellow, green, cyan, blue, violet and white", CUBE_WALK),
        ("dark blue -> sky blue -> #ffffff", [COLOR_NAMES["dark blue"], COLOR_NAMES["sky blue"], (255, 255, 255)]),
        ("red-blue", None),
        ("near is white, far is black", [(255, 255, 255), (0, 0, 0)]),
        ("far is black and near is white", [(255, 255, 255), (0, 0, 0)]),
        ("Paint near things red and what is far away #0000ff.", [(255, 0, 0), (0, 0, 255)]),
        ('{"close": "red", "middle": "lime", "distant": "blue"}', [(255, 0, 0), (0, 255, 0), (0, 0, 255)]),
        (
            "A depth map with near in red and far in blue. The horizontal field of view is 63 degrees.",
            [(255, 0, 0), (0, 0, 255)],
        ),
        ("depth map, near is black", None),
        ("near red, far blue, the cat green", None),
        ("near red, far blue, the background black", None),
        ("the near car is red, the far car is blue", None),
        ("segment near and far", None),
        ("the cat red, the dog blue, the cow green", None),
        ("cat, dog and cow in red, green and blue", None),
        ("cat - red, orange - orange, lime - green", None),
        ("Predict the surface normal of this scene.", None),
        ("", None),
    ],
)
def test_ramps(prompt: str, ramp: list[tuple[int, int, int]] | None) -> None:
    found = parse_ramp(prompt)
    assert (found if found is None else list(found)) == ramp


def test_a_ramp_is_no_legend() -> None:
    with pytest.raises(PromptError, match="ramp"):
        parse_prompt("Visualized in the rainbow (black-red-yellow-green-cyan-blue-violet-white) color palette.")


# ---------------------------------------------------------------------------------------------------------- legend


def test_legend_rows() -> None:
    legend = Legend((Entry("cat", Color(255, 0, 0)), Entry("dog", Color(0, 0, 255))), Color(9, 9, 9))
    assert legend.names == ["background", "cat", "dog"]
    assert legend.colors.dtype == np.uint8
    assert legend.colors.tolist() == [[9, 9, 9], [255, 0, 0], [0, 0, 255]]


@pytest.mark.parametrize(
    ("prompt", "background"),
    [("cat red", (0, 0, 0)), ("cat black", (255, 255, 255)), ("cat #111, dog #eee", (128, 128, 128))],
)
def test_an_unsaid_background_is_far_from_all_entries(prompt: str, background: tuple[int, int, int]) -> None:
    legend = parse_prompt(prompt)
    assert legend.background is None
    assert legend.background_color == background
    assert legend.colors[0].tolist() == list(background)


@pytest.mark.parametrize("name", ["", " ", "background", "The Rest", "everything else", "all other pixels", "Others"])
def test_names_that_no_entry_can_have(name: str) -> None:
    with pytest.raises(InputError):
        Legend((Entry(name, Color(0, 0, 0)),))


def test_writes() -> None:
    legend = _legend("cat's ears: orange; red chair: #0000fe; Berlin: light purple | purple")
    assert legend.to_prose() == (
        'Paint the cat\'s ears orange, "red chair" #0000fe, Berlin light purple and the background purple.'
    )
    assert legend.to_hex() == (
        'The cat\'s ears is #FFA500. "red chair" is #0000FE. Berlin is #C080C0. The background is #800080.'
    )
    assert legend.to_json() == (
        '{"cat\'s ears": "#ffa500", "red chair": "#0000fe", "Berlin": "#c080c0", "background": "#800080"}'
    )
    with pytest.raises(InputError, match="empty"):
        Legend(()).write("prose")


ODD_WORDS = """cat ears cat's John exit-sign l'eau 5" a,b x:y 猫 #10 10 (255, 0) <1> 'q' \\ \\" / { ] é"""
WORDS = st.sampled_from([*sorted(RESERVED), *ODD_WORDS.split()])
NAMES = (
    st.one_of(st.text(max_size=20), *(st.lists(WORDS, max_size=5).map(glue.join) for glue in (" ", ", ")))
    .map(clean_name)
    .filter(lambda name: name and not is_background(name))
)
COLORS = st.one_of(st.builds(Color, *[st.integers(0, 255)] * 3), st.sampled_from(sorted(COLOR_NAMES.values())))
ENTRIES = st.lists(st.builds(Entry, NAMES, COLORS), max_size=5, unique_by=lambda entry: entry.name.lower())


@given(ENTRIES, st.none() | COLORS, st.sampled_from(["prose", "hex", "json"]))
def test_what_is_written_is_read_back(entries: list[Entry], background: Color | None, style: prompts.Style) -> None:
    legend = Legend(tuple(entries), background)
    if entries or background is not None:
        assert parse_prompt(legend.write(style)) == legend


# -------------------------------------------------------------------------------------------------------- any text

PIECES = st.one_of(WORDS, st.sampled_from([",", ".", "\n", ": ", "red", "#ff0000", "->", '"', "'", "{", "}", "[", "]"]))


@given(st.text(max_size=200) | st.lists(PIECES, max_size=40).map(" ".join) | st.lists(PIECES, max_size=40).map("".join))
@example("segment )")
@example("purpel that all : red")
@example('{"cat": {"r": 99999, "g": 0, "b": 0}}')
def test_any_text_is_a_legend_or_an_error(text: str) -> None:
    parse_instances(text)
    parse_ramp(text)
    try:
        legend = parse_prompt(text)
    except PromptError as error:
        start, end = error.span
        assert 0 <= start <= end <= len(text)
    else:
        assert parse_prompt(legend.to_prose()) == parse_prompt(legend.to_json()) == legend


def _seconds(text: str) -> float:
    def read() -> None:
        with contextlib.suppress(PromptError):
            parse_prompt(text)
        parse_ramp(text)

    # timeit collects no garbage meanwhile, which takes seconds among all that a long test run has left.
    return min(timeit.repeat(read, timer=time.process_time, number=1, repeat=5))


def _growth(text: str) -> float:
    """How many times as long all of it takes as its 64th part: about 64, but hundreds where the square counts."""
    return _seconds(text) / _seconds(text[: len(text) // 64])


@pytest.mark.parametrize(
    "piece",
    [
        *('"', "'a ", '"a', "(", "{[", "{a:", "[red,", "a: ", "red: ", "red ", "red for a, ", "- ", "→", "1 ", "255,"),
        *("(1,", "zq is ", "all of the area of ", "the cat is purpel, ", "Segment a. ", "light ", "\\"),
        *("everything but a, ", "all grey but a, b. ", "red not ", ", and ", "each a, "),
    ],
)
def test_long_texts_take_linear_time(piece: str) -> None:
    assert _growth(piece * (prompts.MAX_LENGTH // len(piece))) < 160


def test_a_long_jumble_takes_linear_time() -> None:
    random.seed(1)
    words = [*sorted(RESERVED), *'()[]{}<>:;,."“”=-|\n', "255", "#f00", "cat", "purpel"]
    assert _growth(" ".join(random.choices(words, k=6000))[: prompts.MAX_LENGTH]) < 160
