"""Free words, hex or JSON ⇄ a legend: which thing has which colour. A grammar, no model.

Reading takes five small steps, a module each:

1. tokens    The text becomes words, quoted names, colours (one token each, however written), links (":", "->"), breaks.
2. brackets  {…} and […] are read as nested maps, wherever in the text they stand.
3. clauses   What is left is cut at full stops into sentences, and these at commas and "and" into clauses.
4. readings  A clause alone is a name with its colour, a colour with its name, only a name, or only a colour.
5. reader    Neighbouring readings are put together: a name that a comma cut in two, three names and three colours.

A colour word inside a name is no trouble ("the red chair blue"), because a colour counts only where a clause ends, or
begins and goes on with "for" or ":". What stays ambiguous can be put in quotes, as `Legend.to_prose` does.
"""

from vb_demo.prompts.doubts import TOO_CLOSE
from vb_demo.prompts.legend import MAX_ENTRIES, Entry, Legend, Style
from vb_demo.prompts.optics import (
    field_of_view,
    retelling_field_of_view,
    with_field_of_view,
    without_field_of_view,
)
from vb_demo.prompts.reader import InstanceRequest, parse_instances, parse_prompt, parse_ramp
from vb_demo.prompts.rewriting import detect_style, rewritten
from vb_demo.prompts.tokens import MAX_LENGTH, PromptError
from vb_demo.prompts.vocabulary import clean_name, is_background

__all__ = [
    "MAX_ENTRIES",
    "MAX_LENGTH",
    "TOO_CLOSE",
    "Entry",
    "InstanceRequest",
    "Legend",
    "PromptError",
    "Style",
    "clean_name",
    "detect_style",
    "field_of_view",
    "is_background",
    "parse_instances",
    "parse_prompt",
    "parse_ramp",
    "retelling_field_of_view",
    "rewritten",
    "with_field_of_view",
    "without_field_of_view",
]
