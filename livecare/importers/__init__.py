"""Importers: other people's models become packages of livecare, without TensorFlow.

A module per format reads a source into a `Candidate`: a network as ONNX, and what the source says
of it. `importing` proves and measures it and writes the package.
"""
