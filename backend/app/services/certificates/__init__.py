"""Certificates as documents. The facts come from the database; nothing is decided here.

`layout` places shapes on a page, `pdf` and `svg` draw the page, `credential` is the form for
programs.
"""
