"""What goes between the page and its server, over whichever transport."""

import asyncio
import json
from collections.abc import Awaitable
from typing import Any

from playwright.async_api import Page, WebSocket

Message = dict[str, Any]

PATIENCE_S = 30.0

# Playwright tells of a WebSocket's frames, but not of what a stream read by `fetch` brings.
LISTEN_TO_FETCH = """(() => {
    const ask = window.fetch;

    async function follow(stream) {
        const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
        let text = "";
        for (let read = await reader.read(); !read.done; read = await reader.read()) {
            const events = (text + read.value).split("\\n\\n");
            text = events.pop();
            for (const event of events) {
                for (const line of event.split("\\n")) {
                    if (line.startsWith("data: ")) void window.toldByFetch(line.slice(6));
                }
            }
        }
    }

    window.fetch = async (...asked) => {
        const request = new Request(...asked);
        const path = new URL(request.url).pathname;
        const command = path.endsWith("/commands") ? request.clone().text() : null;
        const answering = ask(request);
        void command?.then((text) => window.toldByFetch(text));
        const answer = await answering;
        if (answer.ok && command !== null) {
            answer.clone().text().then((text) => window.toldByFetch(text), () => undefined);
        }
        if (answer.status === 200 && path.endsWith("/events")) {
            follow(answer.clone().body).catch(() => undefined);
        }
        return answer;
    };
})()"""


class Wire:
    """The messages of the page, those sent and those received: over its WebSockets, over its event
    streams, and as POSTed commands with their acknowledgements. `addresses`: what it has asked for,
    by whatever means.
    """

    def __init__(self) -> None:
        self.addresses: list[str] = []
        self._waiting: list[tuple[str, asyncio.Future[Message]]] = []

    async def listen(self, page: Page) -> None:
        """To be called before the page goes anywhere."""
        page.on("request", lambda request: self.addresses.append(request.url))
        page.on("websocket", self._listen)
        await page.expose_function("toldByFetch", self._take)
        await page.add_init_script(LISTEN_TO_FETCH)

    def next(self, kind: str) -> Awaitable[Message]:
        """The next message of that type, from this call on, awaited or not yet."""
        future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._waiting.append((kind, future))
        return asyncio.ensure_future(asyncio.wait_for(future, PATIENCE_S))

    def _listen(self, socket: WebSocket) -> None:
        self.addresses.append(socket.url)
        socket.on("framesent", self._take)
        socket.on("framereceived", self._take)

    def _take(self, frame: str | bytes) -> None:
        message = json.loads(frame)
        for kind, future in self._waiting:
            if not future.done() and message["type"] == kind:
                future.set_result(message)
