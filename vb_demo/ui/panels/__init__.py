"""The panels of the page, one a module: its components, its wires, its HTML and what it computes.

`add(page, …)` puts a panel on the page where `layout` calls it, wires it, and returns what other panels need of it.
What shows the session is registered with `page.shows`, what changes it with `page.changed`. Every `.css` and `.js` in
this folder is on the page; name them after their panel, or after what they do.
"""
