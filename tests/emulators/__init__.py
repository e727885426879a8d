"""OpenAI's and Gemini's APIs on the wire, played: for tests, for measurements, and by hand.

They know nothing of the server that they are made for: any client may use them. Cheap enough that
one core feeds a thousand streams.

By hand::

    python -m tests.emulators openai --port 9001 --rate 30 --first-token 0.3
    python -m tests.emulators both --fault stall@10 --fault-every 5
    python -m tests.emulators --list        # the faults
    python -m tests.emulators.bench         # what a chunk costs

The name of the model says how to reply, through any client:
`play;rate=30;first=0.2;tokens=100;stamps=1;fault=crlf+cut@5` (`play.py`).

In a test::

    async with emulate("openai", saying("Hello")) as emulator:
        client = AsyncOpenAI(base_url=emulator.url, api_key="any")
        ...
        seen = await emulator.request(1)    # the first request, as soon as it is there
        await seen.over.wait()              # its end: seen.how, seen.ended_s

Where things are: `script.py` (what is asked and answered), `faults.py` (the table of faults),
`performance.py` (a reply as acts in time), `openai.py` and `gemini.py` (how each API says it),
`wire.py` (HTTP), `emulator.py` (all of it together), `interviewing.py` (a model that can lead an
interview).

What differs from the APIs: Gemini streams with `alt=sse` alone; tokens are about a word; nothing
is remembered but which prompts began alike, for the number of cached tokens.
"""
