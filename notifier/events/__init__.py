"""What providers and mail servers report after the sending: read, classified and settled; knows no HTTP server."""
