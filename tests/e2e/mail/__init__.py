"""A mail server for the tests: Dovecot keeps the mailbox, where it is installed, and a relay takes what we send."""
