"""One vocabulary of failures: what a service says -> Dify's Invoke errors, in a sentence."""
