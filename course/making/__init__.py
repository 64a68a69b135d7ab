"""Making the course.

In: `lessons/`, `solutions/`, and answers to try them on. Out: `notebooks/`, the site's pages, and whether
everything keeps its word.

    cli.py          the commands for maintainers
    build.py        a lesson's notebook, run; kernels.py: on kernels that share no port with anybody
    following.py    both a notebook and a page at each save
    minutes.py      how long a lesson takes
    pages.py        a lesson's page, with glossary.py's explanations; fences.py and mkdocs_hook.py for MkDocs
    signposts.py    pages that lead into the lessons: the map of the official documentation, what people ask,
                    where to start
    references.py   what texts say of other lessons, and whether it is there
    planning.py     whether the course fits a class, and plans that are counted
    licences.py     the licences of what the site passes on
    sheets.py       a page of paper for each lesson
    recipes.py      the page of recipes, run
    rules.py        how much of each a lesson has, which tests hold it to
    scaffold.py     a new lesson, from template/
    mistakes.py     wrong answers, each as the change that makes it out of a right one
    trying.py       the report that a file gets; a mistake written down from one
    mutants.py      solutions with a small change, and whether a check tells; operators.py makes them
    drift.py        what changes with other versions of what is locked
    testing.py      everything that continuous integration runs; chosen.py: what concerns one lesson;
                    reporting.py: tells of each failure at once
"""
