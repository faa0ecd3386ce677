"""The one guarded way out to the network. Begin with `channel_http`, which is what adapters are handed; `guard` decides what may be
reached, `network` owns the connections."""
