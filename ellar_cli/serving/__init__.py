"""The server that an application is run on."""
