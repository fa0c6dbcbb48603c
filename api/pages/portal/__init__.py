"""The client portal: what an organization's people see and do themselves, one file for each noun."""
