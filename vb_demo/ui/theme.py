"""Colours, type and edges of the page, light and dark: banana on stone, in fonts that the visitor already has."""

from __future__ import annotations

import gradio as gr

FONT = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "sans-serif")
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")

INK = "#1c1917"
"""Text on light and on banana."""
TOKENS = {
    "body_background_fill": ("#f7f6f3", "#12100e"),
    "body_text_color": (INK, "#f5f5f4"),
    "body_text_color_subdued": ("#57534e", "#b8b2ac"),
    "background_fill_primary": ("#ffffff", "#1c1917"),
    "background_fill_secondary": ("#f7f6f3", "#262220"),
    "block_background_fill": ("#ffffff", "#1c1917"),
    "block_border_color": ("#ddd9d3", "#3f3a36"),
    "border_color_primary": ("#ddd9d3", "#3f3a36"),
    "border_color_accent": ("#a16207", "#facc15"),
    "block_title_text_color": ("#44403c", "#d6d3d1"),
    "block_label_text_color": ("#44403c", "#d6d3d1"),
    "block_label_background_fill": ("#ffffff", "#262220"),
    "block_info_text_color": ("#57534e", "#b8b2ac"),
    "accordion_text_color": (INK, "#f5f5f4"),
    "input_background_fill": ("#ffffff", "#262220"),
    "input_border_color": ("#a8a29e", "#6b645f"),
    "input_border_color_focus": ("#a16207", "#facc15"),
    "input_placeholder_color": ("#6f6862", "#a8a29e"),
    "link_text_color": ("#3f6212", "#bef264"),
    "link_text_color_hover": ("#365314", "#d9f99d"),
    "link_text_color_active": ("#365314", "#d9f99d"),
    "link_text_color_visited": ("#3f6212", "#bef264"),
    "slider_color": ("#4d7c0f", "#a3e635"),
    "checkbox_background_color_selected": ("#4d7c0f", "#65a30d"),
    "checkbox_border_color_selected": ("#4d7c0f", "#65a30d"),
    "checkbox_label_background_fill": ("#ffffff", "#262220"),
    "checkbox_label_background_fill_hover": ("#f1efeb", "#332e2b"),
    "checkbox_label_text_color": (INK, "#f5f5f4"),
    "button_primary_background_fill": ("#fde047", "#facc15"),
    "button_primary_background_fill_hover": ("#facc15", "#fde047"),
    "button_primary_text_color": (INK, INK),
    "button_primary_border_color": ("#ca8a04", "#facc15"),
    "button_secondary_background_fill": ("#eceae5", "#332e2b"),
    "button_secondary_background_fill_hover": ("#e0ddd7", "#3f3a36"),
    "button_secondary_text_color": (INK, "#f5f5f4"),
    "button_cancel_background_fill": ("#b91c1c", "#dc2626"),
    "button_cancel_background_fill_hover": ("#991b1b", "#b91c1c"),
    "button_cancel_text_color": ("#ffffff", "#ffffff"),
    "error_text_color": ("#b91c1c", "#fca5a5"),
}
"""Token → (in light, in dark). Text is at least 4.5 : 1 against what it stands on, as WCAG 2.2 AA asks."""


def banana() -> gr.themes.Base:
    """The theme, for `launch`."""
    theme = gr.themes.Default(
        primary_hue="lime", secondary_hue="lime", neutral_hue="stone", radius_size="lg", font=FONT, font_mono=MONO
    )
    both = {name: light for name, (light, _) in TOKENS.items()}
    both |= {f"{name}_dark": dark for name, (_, dark) in TOKENS.items()}
    # One accent has to do for both: the mode's own is set in app.css.
    return theme.set(
        **both, color_accent="#4d7c0f", block_label_text_weight="500", layout_gap="14px", block_padding="12px"
    )
