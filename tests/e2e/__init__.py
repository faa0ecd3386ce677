"""The real service over real sockets, against fake platforms that speak the real bytes."""
