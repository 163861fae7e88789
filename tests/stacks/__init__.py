"""Other people's WebSocket clients, each holding a conversation with a gateway."""
