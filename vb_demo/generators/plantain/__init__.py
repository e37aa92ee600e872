"""Plantain: the small instruction-following image generator that ships with the program."""
