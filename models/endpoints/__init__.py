"""Who we talk to: an address, a client, and what that address accepts."""
