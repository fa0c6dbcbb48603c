"""A schema-true Stripe on one machine: for development, demonstrations and tests.

It knows nothing of the product and the product never imports it; they meet over HTTP only, as with Stripe.
"""
