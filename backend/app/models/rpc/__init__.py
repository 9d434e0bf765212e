"""Shapes of the contract, one module a domain; `registry` maps functions and tables to them."""
