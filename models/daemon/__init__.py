"""The plugin's end of the Dify daemon, where the SDK's own would tell too much or never end."""
