"""Benchmarks: `python -m bench` prints one table and writes `bench/latest.json`. See `bench/README.md` for the rules."""
