"""Our robots and the services behind them, over real sockets and through the service's own way out.

Each fake knows nothing of us: it speaks its service's bytes and keeps what it was asked.
"""
