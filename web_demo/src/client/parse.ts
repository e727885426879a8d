/** JSON, as it comes from elsewhere. */
import type { ServerMessage } from "./contract/types.ts";

export type JsonObject = Record<string, unknown>;

/** The JSON object in a text, or null where there is none. */
export function parseObject(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** The message in a frame, or null where it is none. What a message says is the server's to get right. */
export function parseMessage(frame: string): ServerMessage | null {
  const message = parseObject(frame);
  return typeof message?.["type"] === "string" ? (message as unknown as ServerMessage) : null;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
