"""What the fakes of Tencent's platforms have in common: `state.py` what they know and remember, `server.py` how they answer."""
