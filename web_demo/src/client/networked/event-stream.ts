/**
 * The event stream, and commands by POST (`protocol.md` 2): the way where WebSocket is blocked. Read by `fetch`, because
 * `EventSource` can't send a token. Redirects are not followed: every request carries the token.
 */
import { createParser } from "eventsource-parser";
import { OK } from "../answers.ts";
import type { SessionOpen } from "../contract/types.ts";
import type { Post } from "../core.ts";
import { CUT } from "../line.ts";
import type { Fallback, Heard } from "./interview-client.ts";

const EVENT_STREAM = "text/event-stream";
/** More than this no event has. */
const MOST_EVENT_CHARS = 16_777_216;
/** More than this of an answer that is no stream nobody has to say. */
const MOST_ANSWER_CHARS = 262_144;
/** A POST that isn't answered within it is sent again. */
const ANSWER_WITHIN_MS = 15_000;

/** Makes a request, as `fetch` does. */
export type Fetch = (request: Request) => Promise<Response>;

/** To the interview at `url`, an `http(s)` address such as `…/v1/interviews/{id}`. */
export function overEvents(url: URL, send: Fetch = (request) => fetch(request)): Fallback {
  const events = new URL(`${url.pathname}/events`, url);
  const commands = new URL(`${url.pathname}/commands`, url);
  return {
    follow: (opening, heard) => {
      const given = new AbortController();
      void follow(async () => send(requestOf(events, opening, given.signal)), heard);
      return {
        close: () => {
          given.abort();
        },
      };
    },
    post: async (command) => {
      const response = await send(postOf(commands, command));
      return { status: response.status, body: await beginning(new Chunks(response)) };
    },
  };
}

function requestOf(address: URL, { token, ticket, resume }: SessionOpen, signal: AbortSignal): Request {
  const url = new URL(address);
  if (ticket != null) url.searchParams.set("ticket", ticket);
  const headers = new Headers({ Accept: EVENT_STREAM });
  if (token != null) headers.set("Authorization", `Bearer ${token}`);
  if (resume != null) headers.set("Last-Event-ID", `${resume.epoch}:${resume.seq}`);
  return new Request(url, { headers, signal, cache: "no-store", redirect: "error" });
}

function postOf(address: URL, { body, token }: Post): Request {
  const headers = new Headers({ "Content-Type": "application/json" });
  if (token !== null) headers.set("Authorization", `Bearer ${token}`);
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  return new Request(address, { method: "POST", headers, body, signal, redirect: "error" });
}

async function follow(ask: () => Promise<Response>, heard: Heard): Promise<void> {
  const response = await ask().catch(() => null);
  if (response === null) {
    heard.closed(CUT);
  } else if (isEventStream(response)) {
    await hear(new Chunks(response), heard);
    heard.closed(CUT);
  } else {
    heard.refused({ status: response.status, body: await beginning(new Chunks(response)) });
  }
}

function isEventStream({ status, headers }: Response): boolean {
  const [type = ""] = (headers.get("Content-Type") ?? "").split(";");
  return status === OK && type.trim().toLowerCase() === EVENT_STREAM;
}

/** Tells each event's data, until the stream ends. `id` and `event` say what stands in the data as well. */
async function hear(chunks: Chunks, heard: Heard): Promise<void> {
  const parser = createParser({
    maxBufferSize: MOST_EVENT_CHARS,
    onEvent: ({ data }) => {
      heard.frame(data);
    },
    onError: ({ type }) => {
      if (type === "max-buffer-size-exceeded") void chunks.cancel();
    },
  });
  for (let text = await chunks.next(); text !== null; text = await chunks.next()) {
    heard.alive();
    parser.feed(text);
  }
}

async function beginning(chunks: Chunks): Promise<string> {
  let body = "";
  for (let text = await chunks.next(); text !== null; text = await chunks.next()) {
    body += text;
    if (body.length >= MOST_ANSWER_CHARS) break;
  }
  await chunks.cancel();
  return body.slice(0, MOST_ANSWER_CHARS);
}

/** A response's text, as it comes. */
class Chunks {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | null;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });

  constructor({ body }: Response) {
    this.#reader = body?.getReader() ?? null;
  }

  /** Null at the end: of the text, of the connection, or because it is no text. */
  async next(): Promise<string | null> {
    try {
      const chunk = await this.#reader?.read();
      return chunk === undefined || chunk.done ? null : this.#decoder.decode(chunk.value, { stream: true });
    } catch {
      return null;
    }
  }

  async cancel(): Promise<void> {
    await this.#reader?.cancel().catch(() => undefined);
  }
}
