"""What is erased and what is kept, table by table: of a person, and of an organization.

Every table that names a person or an organization has a rule here; a test compares with the schema, so that a
new table cannot be forgotten.
"""
