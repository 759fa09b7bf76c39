"""The processes of one machine, as `manage.py serve` runs them: what they are, and how they start, stay and stop."""
