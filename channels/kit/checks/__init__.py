"""The checks, one file a subject: manifest, configuration, trust, inbound, hostile, outbound, faults, refusals, source."""
