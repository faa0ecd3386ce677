"""What Tencent's platforms have in common, for the adapters that speak with them. No adapter itself, and nothing a channel can be.

`cipher.py` encrypts pushes, `document.py` reads them, `datum.py` puts places in China where they are, `api.py` calls with the one
access token of an account, `answers.py` says what an answer means by a table of codes. `fake` is for their fakes.
"""
