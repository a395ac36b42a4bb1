"""The server over events and consent: requests in, answers out; everything else is done in the rooms below."""
