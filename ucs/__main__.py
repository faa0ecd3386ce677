"""`python -m ucs` is `ucs`."""

from ucs.cli import main

main()
