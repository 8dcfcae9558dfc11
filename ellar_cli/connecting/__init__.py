"""A websocket client for a person or a script: the address, the handshake, what is sent, what comes."""
