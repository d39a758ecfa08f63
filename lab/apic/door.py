"""The simulated APIC's door on the lab's own network: TCP in that namespace, handed on to the simulator's Unix socket.

python -I door.py ADDRESS PORT SOCKET        # run inside the namespace; imports nothing of ours
"""

import asyncio
import contextlib
import sys

BLOCK = 65536


async def serve(address: str, port: int, socket: str) -> None:
    """Until the process ends. The simulator may come and go meanwhile."""

    async def enter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner_reader, inner_writer = await asyncio.open_unix_connection(socket)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))

    server = await asyncio.start_server(enter, address, port)
    await server.serve_forever()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while block := await reader.read(BLOCK):
            writer.write(block)
            await writer.drain()
    writer.close()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
