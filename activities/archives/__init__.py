"""Archives of somebody's data: a ZIP written piece by piece, and the files of an organization and of a person."""
