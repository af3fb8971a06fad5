"""Packages that a Dify host accepts, made from this tree, checked and signed."""
