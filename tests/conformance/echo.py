"""An echo behind the gateway's own WebSocket: its protocol class and its settings, but for the size of a message.

`python -m tests.conformance.echo BYTES_MAX`; prints its port. The gateway takes 16 KiB, the cases send up to 16 MiB.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from gateway.serving import GatewayServer, listen, serving_config


async def echo(websocket: WebSocket) -> None:
    """Send back whatever comes, as what it came."""
    await websocket.accept()
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            text, data = message.get("text"), message.get("bytes")
            await (websocket.send_text(text) if text is not None else websocket.send_bytes(data or b""))


async def main() -> None:
    """Serve until the parent goes."""
    app = Starlette(routes=[WebSocketRoute("/", echo)])
    config = serving_config(app, heartbeat_s=60, trusted_proxies="", frame_bytes_max=int(sys.argv[1]))
    listening = listen("127.0.0.1", 0)
    sys.stdout.write(f"{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    await GatewayServer(config).serve(sockets=[listening])


if __name__ == "__main__":
    asyncio.run(main())
