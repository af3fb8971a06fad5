"""What cannot run here, faked at the socket: the services, a Dify app, the Dify daemon."""
