"""The manager's page: one page that is told what changes, and says what its reader wants.

    Central.view -> picture -> stream -> [browser]
    [browser] -> door (session, origin, token, rate) -> asked -> Central.wish

The only part of central that knows the web's libraries. Nothing in it decides about a number.
"""
