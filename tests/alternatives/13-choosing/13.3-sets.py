# Exercise 13.3
from operator import itemgetter


def choose(table, needs):
    wanted = set(needs)
    good = [(entry["lines"], name) for name, entry in table.items() if wanted <= set(entry["has"])]
    names = [*map(itemgetter(1), sorted(good))]
    bad = table.keys() - set(names)
    return dict(
        fits=names,
        objections={name: sorted(wanted - set(table[name]["has"]), key=needs.index) for name in bad},
    )
