"""The widget in a real browser against a real server, on pages of our own and of somebody else's."""
