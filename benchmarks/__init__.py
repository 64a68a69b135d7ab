"""How long the course takes, each measured beside a floor that no course could go below.

    python -m benchmarks              everything
    python -m benchmarks check nbval  some of it

A benchmark is a module here with `run(repeat: int) -> list[Row]`.
"""
