"""Names of the files of a step."""

from solver.slug import slug

_LONGEST = 60  # characters of a step in a file name


def file_stem(index: int, step_name: str) -> str:
    """`03_cool-to-25-degc`: safe as a file name on any system."""
    return f"{index:02d}_{slug(step_name)[:_LONGEST] or 'step'}"
