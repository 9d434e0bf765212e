"""Payment providers: what they report becomes calls of `grant_order` and `refund_order`.

A provider is one module like `stripe`: it verifies a report, turns it into `Report`s, and opens a
page on which a buyer pays. The database does the rest.
"""
