"""The gate decides: pure core and the shell that carries facts to it."""
