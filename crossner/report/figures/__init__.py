"""Figures of an analysis: a module each, with `draw` (a matplotlib figure) and `describe` (the same in words).

`draw` takes the rows of an analysis and never opens a window; a title and a subtitle given as ""
leave no room behind. `describe` gives a sentence or two with the numbers that matter, to stand
where the picture cannot be seen.
"""
