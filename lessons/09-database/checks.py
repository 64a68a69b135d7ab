from course.judging import prediction, exercise
for id, a in {"9.r1":"c","9.r2":"b","9.r3":"b","9.p1":"b","9.p2":"c","9.p3":"b","9.p4":"c","9.r":"a"}.items():
    prediction(id, answer=a, why="why")
for n in ("9.1","9.2","9.3","9.4","9.5"): exercise(n, "t", hints=["a"])
