/**
 * Which transport the next connection takes (`protocol.md` 2): WebSocket, or where that is blocked the event stream; the
 * position is the same on both.
 *
 * Two attempts in a row that never opened, or one that something answered which speaks no WebSocket, and the event
 * stream is next. If the server can't be reached that way either, it wasn't the transport: the WebSocket is next again.
 *
 * The way back: where no WebSocket has ever opened, the first new connection after five minutes tries one. Where one has
 * opened before in this client's life, so that a server that started anew is the likelier reason, and where somebody is
 * speaking, which goes on over a WebSocket alone, the event stream itself is left for a WebSocket 30 s after it opened;
 * where both are so, after 2 s.
 */
import type { Transport } from "./data.ts";

const STRIKES = 2;
export const BACK_AFTER_MS = 300_000;
export const SOON_BACK_AFTER_MS = 30_000;
export const SPEAKING_BACK_AFTER_MS = 2_000;

/** Told how every attempt fares, it chooses the next one's transport. */
export class TransportChoice {
  #strikes = 0;
  #backAt = 0;
  #webSocketWorks = false;

  /** The transport for an attempt that begins now. */
  choose(now: number): Transport {
    if (this.#strikes >= STRIKES && now < this.#backAt) return "events";
    // Known to have been blocked: one failure is enough now.
    this.#strikes = Math.min(this.#strikes, STRIKES - 1);
    return "websocket";
  }

  /** The server was heard over that transport, whatever it said. */
  heard(over: Transport): void {
    if (over === "events") return;
    this.#strikes = 0;
    this.#webSocketWorks = true;
  }

  /** A session opened over it. Returns when to leave it for a WebSocket; null: not before it ends by itself. */
  opened(over: Transport, now: number, speaking: boolean): number | null {
    this.heard(over);
    if (over === "websocket" || !(this.#webSocketWorks || speaking)) return null;
    const waits = speaking && this.#webSocketWorks;
    const leaveAt = now + (waits ? SPEAKING_BACK_AFTER_MS : SOON_BACK_AFTER_MS);
    // No later for a stream that is cut again and again.
    this.#backAt = Math.min(this.#backAt, leaveAt);
    return leaveAt;
  }

  /** An attempt ended without a word from the server. */
  unreached(over: Transport, now: number): void {
    if (over === "events") this.#strikes = STRIKES - 1;
    else this.#strike(1, now);
  }

  /** What answers there speaks no WebSocket. */
  notSpoken(now: number): void {
    this.#strike(STRIKES, now);
  }

  #strike(count: number, now: number): void {
    this.#strikes += count;
    this.#backAt = now + BACK_AFTER_MS;
  }
}
