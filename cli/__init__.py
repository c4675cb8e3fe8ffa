"""The odesolve command line."""
