"""What each app used and what it costs, from the service's records and the daemon's log."""
