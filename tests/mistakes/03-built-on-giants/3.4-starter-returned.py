# check: converts_values
# says: TypeAdapter(hint).validate_python(text)
# Exercise 3.4
def read_query(function, query):
    values, errors = {}, []
    return values, errors
