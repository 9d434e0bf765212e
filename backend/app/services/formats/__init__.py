"""Courses and questions of other systems, read into a bundle.

A format is a file with `fits` and `read`, and an entry in `FORMATS`. Nothing here asks the
database or the network.
"""
