"""Teaching a network what a mask is, and measuring how well it learned. No Django: usable alone."""
