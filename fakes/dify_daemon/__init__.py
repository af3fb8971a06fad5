"""The Dify plugin daemon's side of one local plugin, without Dify.

Starts a plugin as the daemon starts it, talks the daemon's stdio protocol with many sessions at
once and applies the daemon's rules to what comes back. Imports nothing of the plugin or its SDK.
"""
