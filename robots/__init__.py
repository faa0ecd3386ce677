"""Text robots: one folder each, as `README.md` says. They import `channels` and nothing else of ours, never each other."""
