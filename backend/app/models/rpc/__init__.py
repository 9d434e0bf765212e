"""Shapes of the contract, a file a domain; `registry` says which is whose."""
