"""One folder for each platform we speak, and nothing else.

An adapter imports `channels` and nothing else of ours, and nothing of ours imports an adapter: `plugins.toml` names it and
the loader brings it. Deleting a folder here deletes the platform. Start with `README.md` next to this file.
"""
