"""What cannot run here, faked at the socket: the services, a Dify app, the Dify daemon.

`echo_plugin` is a real plugin without a service, `child_process` starts what is a process.
"""

from fakes import ctrl_c  # noqa: F401 - for its effect
