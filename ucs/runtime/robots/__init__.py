"""Robots at work: `robots` asks them, `turns` makes what they are asked, `said` checks and commits what they answer."""
