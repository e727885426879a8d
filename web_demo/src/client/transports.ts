/**
 * Which transport the next connection takes (`protocol.md` 2): WebSocket, or where that is blocked the event stream; the
 * position is the same on both.
 *
 * Two attempts in a row that never opened, or one that something answered which speaks no WebSocket, and the event
 * stream is next. If the server can't be reached that way either, it wasn't the transport: the WebSocket is next again.
 * And a while after the event stream has helped, the WebSocket gets another chance with the next connection.
 */
import type { Transport } from "./data.ts";

const STRIKES = 2;
export const BACK_AFTER_MS = 300_000;
/** A spoken answer can go on over a WebSocket alone. */
export const BACK_AFTER_WHILE_SPEAKING_MS = 30_000;

export class TransportChoice {
  /** When the WebSocket is to be tried again. */
  #backAt = 0;
  #strikes = 0;

  /** The transport for an attempt that begins now. */
  choose(now: number): Transport {
    if (this.#strikes >= STRIKES && now < this.#backAt) return "events";
    // Known to have been blocked: one failure is enough now.
    this.#strikes = Math.min(this.#strikes, STRIKES - 1);
    return "websocket";
  }

  /** The server was heard over that transport, whatever it said. */
  opened(over: Transport): void {
    if (over === "websocket") this.#strikes = 0;
  }

  /** An attempt ended without a word from the server. */
  unreached(over: Transport, now: number, speaking: boolean): void {
    if (over === "events") this.#strikes = STRIKES - 1;
    else this.#strike(1, now, speaking);
  }

  /** What answers there speaks no WebSocket. */
  notSpoken(now: number, speaking: boolean): void {
    this.#strike(STRIKES, now, speaking);
  }

  #strike(count: number, now: number, speaking: boolean): void {
    this.#strikes += count;
    this.#backAt = now + (speaking ? BACK_AFTER_WHILE_SPEAKING_MS : BACK_AFTER_MS);
  }
}
