/**
 * The server in memory (`../fake-server.ts`) behind a port: WebSocket, event stream and POSTed commands, as
 * `protocol.md` 2 has them. It can refuse upgrades, let its token run out, and lose connections.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";
import type { Command, ServerMessage, SessionOpen } from "../../../src/client/contract/types.ts";
import { type FakeConnection, FakeServer } from "../fake-server.ts";
import type { Happening } from "../samples.ts";

interface Seen {
  what: string;
  authorization: string | undefined;
  lastEventId: string | undefined;
}

/** A connection, over either transport. */
interface End {
  ear: FakeConnection;
  say: (message: ServerMessage) => void;
  end: (code: number) => void;
}

const DONE = 1000;
const UNAUTHENTICATED = 4401;
const PROBLEM = { "Content-Type": "application/problem+json" };

export class VivaServer {
  readonly interview = new FakeServer();
  /** Whether upgrades are refused. */
  blocked = false;
  /** Whether the log has come to its end. */
  over = false;
  /** What a candidate has to say; null where the server lets everybody in. */
  token: string | null = null;
  /** The requests and the openings that came. */
  readonly seen: Seen[] = [];
  readonly #ends = new Set<End>();
  #deserted: () => void = () => undefined;
  readonly #http = createServer((request, response) => void this.#answer(request, response));
  readonly #sockets = new WebSocketServer({ noServer: true });

  constructor() {
    this.#http.on("upgrade", (request, socket, head) => {
      this.#note(request);
      if (this.blocked)
        socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      else {
        this.#sockets.handleUpgrade(request, socket, head, (upgraded) => {
          this.#converse(upgraded);
        });
      }
    });
  }

  /** Its interview's address. */
  async start(): Promise<URL> {
    await new Promise<void>((resolve) => this.#http.listen(0, "127.0.0.1", resolve));
    const { port } = this.#http.address() as AddressInfo;
    return new URL(`http://127.0.0.1:${port}/v1/interviews/i1`);
  }

  stop(): void {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#http.close();
    this.#http.closeAllConnections();
  }

  publish(happening: Happening): void {
    this.interview.publish(happening);
    this.#pump();
  }

  /** All connections end. */
  lose(code: number): void {
    for (const end of this.#ends) {
      end.end(code);
      this.#left(end);
    }
  }

  /** Resolves when no connection is left. */
  deserted(): Promise<void> {
    return new Promise((resolve) => {
      this.#deserted = resolve;
      this.#left();
    });
  }

  /** The token counts no more, and another does. */
  revoke(next: string): void {
    this.token = next;
    this.lose(UNAUTHENTICATED);
  }

  #left(end?: End): void {
    if (end !== undefined) this.#ends.delete(end);
    if (this.#ends.size === 0) this.#deserted();
  }

  #note({ method = "", url = "", headers }: IncomingMessage): void {
    this.seen.push({
      what: `${method} ${url.replace("/v1/interviews/i1", "")}`,
      authorization: headers.authorization,
      lastEventId: headers["last-event-id"] as string | undefined,
    });
  }

  #pump(): void {
    for (const { ear, say } of this.#ends) {
      for (let message = ear.next(); message !== null; message = ear.next()) say(message);
    }
  }

  #converse(socket: WebSocket): void {
    const end: End = {
      ear: this.interview.connect(),
      say: (message) => {
        socket.send(JSON.stringify(message));
      },
      end: (code) => {
        socket.close(code);
      },
    };
    socket.on("close", () => {
      this.#left(end);
    });
    socket.on("message", (data: Buffer) => {
      const message = JSON.parse(data.toString()) as SessionOpen | Command;
      if (message.type === "session.open") {
        if (this.token !== null && message.token !== this.token) {
          socket.close(UNAUTHENTICATED);
          return;
        }
        this.#ends.add(end);
      }
      end.ear.receive(message);
      this.#pump();
      if (this.over) socket.close(DONE);
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#note(request);
    const refused = this.token !== null && request.headers.authorization !== `Bearer ${this.token}`;
    if (refused) {
      const problem = { code: "unauthenticated", detail: "Sign in.", retryable: false, details: {} };
      response.writeHead(401, PROBLEM).end(JSON.stringify(problem));
    } else if (request.method === "POST") await this.#take(request, response);
    else if (this.over) response.writeHead(204).end();
    else this.#stream(request, response);
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const said = this.interview.command(JSON.parse(body) as Command);
    this.#pump();
    if (said.type !== "error") {
      response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(said));
    } else {
      const { code, message: detail, retryable, details } = said;
      response.writeHead(409, PROBLEM).end(JSON.stringify({ code, detail, retryable, details }));
    }
  }

  #stream(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8" });
    response.write("retry: 1000\n\n");
    const end: End = {
      ear: this.interview.connect(),
      say: (message) => {
        const id = "seq" in message ? `id: ${message.epoch}:${message.seq}\n` : "";
        response.write(`${id}event: ${message.type}\ndata: ${JSON.stringify(message)}\n\n: \n\n`);
      },
      end: () => {
        response.end();
      },
    };
    response.on("close", () => {
      this.#left(end);
    });
    this.#ends.add(end);
    const [epoch, seq] = String(request.headers["last-event-id"] ?? "")
      .split(":")
      .map(Number);
    const resume = epoch === undefined || seq === undefined ? null : { epoch, seq };
    end.ear.receive({ type: "session.open", id: "events", resume });
    this.#pump();
  }
}
