"""A chunk of the month-end in a few set-based statements over staging tables of the session.

`scope` says whom and what window, `usage` sums the records, `lines` and `totals` price and round, `issue` writes
invoices, lines, postings and results. `chunk` runs them in one transaction. The rule is domain/invoice's.
"""
