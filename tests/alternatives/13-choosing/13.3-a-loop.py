# Exercise 13.3
def choose(table, needs):
    fits, objections = [], {}
    for name in sorted(table):
        lacking = []
        for need in needs:
            if need not in table[name]["has"]:
                lacking.append(need)
        if lacking:
            objections[name] = lacking
        else:
            fits.append(name)
    fits.sort(key=lambda name: table[name]["lines"])
    return {"fits": fits, "objections": objections}
