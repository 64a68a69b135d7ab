"""Each recipe prints what its page says."""

from __future__ import annotations

import pytest

from course.lessons import CourseError
from course.making.recipes import PAGE, Recipe, read, renewed, run

pytestmark = pytest.mark.usefixtures("served")

RECIPES = read(PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
async def test_a_recipe_prints_what_the_page_says(recipe: Recipe) -> None:
    assert recipe.printed.strip(), "it shows nothing"
    assert await run(recipe.code) == recipe.printed


def test_names_are_given_once() -> None:
    names = [recipe.name for recipe in RECIPES]
    assert len(set(names)) == len(names)


TEXT = """\
# Recipes

## One { #one }

Words.

```python
print(1)
```

```text
2
```
"""


async def test_what_recipes_print_is_written_down() -> None:
    assert await renewed(TEXT) == TEXT.replace("2\n", "1\n")


async def test_a_recipe_that_warns_fails() -> None:
    with pytest.raises(DeprecationWarning, match="old"):
        await run('import warnings\nwarnings.warn("old", DeprecationWarning)\n')


@pytest.mark.parametrize("gone", ["```text\n2\n```\n", " { #one }", "```python\nprint(1)\n```\n"])
def test_a_heading_without_a_whole_recipe_is_refused(gone: str) -> None:
    with pytest.raises(CourseError, match="not of the form"):
        read(TEXT.replace(gone, ""))
