"""The gateway's WebSocket against the protocol itself (RFC 6455), by the Autobahn cases."""
