"""The project's tests, by what they hold: core, ports, runtime, e2e, docs. Those of an adapter live in its folder."""
