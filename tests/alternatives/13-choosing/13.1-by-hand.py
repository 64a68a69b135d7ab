# Exercise 13.1
from a2wsgi import WSGIMiddleware
from flask import Flask, jsonify, make_response, request

app = Flask("by hand")
trails = []


def wrong(body):
    if not isinstance(body, dict):
        return "body"
    name, km = body.get("name"), body.get("length_km")
    if not isinstance(name, str) or not 0 < len(name) < 81:
        return "name"
    if type(km) not in (int, float) or km <= 0 or km > 1000:
        return "length_km"
    if body.get("difficulty") not in ("easy", "moderate", "hard"):
        return "difficulty"
    return None


def position(number):
    return next((at for at, trail in enumerate(trails) if trail["id"] == number), None)


def only(body):
    return {"name": body["name"], "length_km": body["length_km"], "difficulty": body["difficulty"]}


class Last:
    number = 100


@app.route("/trails", methods=["GET", "POST"])
def many():
    if request.method == "GET":
        try:
            most = float(request.args.get("max_km", "1000"))
        except ValueError:
            return jsonify(error="max_km"), 400
        return jsonify([trail for trail in trails if trail["length_km"] <= most])
    body = request.get_json(silent=True)
    if field := wrong(body):
        return jsonify(error=field), 400
    Last.number += 1
    trails.append({"id": Last.number} | only(body))
    return make_response(jsonify(trails[-1]), 201)


@app.route("/trails/<int:number>", methods=["GET", "PUT", "DELETE"])
def one(number):
    at = position(number)
    if at is None:
        return jsonify(error="not found"), 404
    if request.method == "GET":
        return jsonify(trails[at])
    if request.method == "DELETE":
        trails.pop(at)
        return "", 204
    body = request.get_json(silent=True)
    if field := wrong(body):
        return jsonify(error=field), 422
    trails[at] = {"id": number} | only(body)
    return jsonify(trails[at])


served = WSGIMiddleware(app)
