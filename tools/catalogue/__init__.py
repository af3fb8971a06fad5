"""What is made from the catalogue of models: the YAML that Dify reads, and the page for people."""
