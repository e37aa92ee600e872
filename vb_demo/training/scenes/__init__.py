"""Synthetic scenes with exact depth, normals and names: what plantain learns from. Start at `generate`."""
