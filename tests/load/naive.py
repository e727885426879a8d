"""A naive interview server, to measure beside: `python -m tests.load.naive PORT`.

What one writes on a first evening with FastAPI and OpenAI's SDK, and means well: the frameworks'
own defaults, an interview a WebSocket, and every token sent as it comes. It stores nothing, resumes
nothing, and hears of no error. `OPENAI_API_KEY` and `OPENAI_BASE_URL` say where the model is.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from openai import AsyncOpenAI

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionMessageParam

MODEL = "gpt-4.1-mini"

app = FastAPI()
client = AsyncOpenAI()


@app.websocket("/interviews/{name}/ws")
async def interview(websocket: WebSocket, name: str) -> None:
    await websocket.accept()
    messages: list[ChatCompletionMessageParam] = [
        {"role": "system", "content": f"You interview {name} for a job. Ask, and give feedback."}
    ]
    try:
        while True:
            stream = await client.chat.completions.create(
                model=MODEL, messages=messages, stream=True
            )
            said = ""
            async for chunk in stream:
                text = chunk.choices[0].delta.content if chunk.choices else None
                if text:
                    said += text
                    await websocket.send_json({"type": "delta", "text": text})
            await websocket.send_json({"type": "done"})
            messages.append({"role": "assistant", "content": said})
            answer = await websocket.receive_json()
            messages.append({"role": "user", "content": answer["text"]})
    except WebSocketDisconnect:
        pass


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]))
