"""Invoices: `lines` (what is billed), `totals` (what is due), `record` (what is kept), `credit_note` (what corrects)."""
