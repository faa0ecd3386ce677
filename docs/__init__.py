"""The documentation; `generate` writes the pages of it that are made from code."""
