"""Who we talk to and how, for every model type: an address, connections, one way to send a call."""
