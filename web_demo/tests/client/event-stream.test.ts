/** The event stream and POSTs, with answers as a network may bring them. */
import { describe, expect, it } from "vitest";
import { type Fetch, overEvents } from "../../src/client/networked/event-stream.ts";

const ADDRESS = new URL("https://host/deep/v1/interviews/a%20b");
const OPENING = { type: "session.open", id: "open-1" } as const;

type Told = string | ["frame", string] | ["closed", number] | ["refused", number, string];

/** A response whose body comes in these pieces; null: the connection breaks off there. */
function answer(pieces: (string | Uint8Array | null)[], type = "text/event-stream", status = 200): Response {
  const encoder = new TextEncoder();
  const rest = [...pieces];
  const body = new ReadableStream({
    pull: (controller) => {
      const piece = rest.shift();
      if (piece === undefined) controller.close();
      else if (piece === null) controller.error(new TypeError("network error"));
      else controller.enqueue(typeof piece === "string" ? encoder.encode(piece) : piece);
    },
  });
  return new Response(body, { status, headers: { "Content-Type": type } });
}

/** All that is told until the connection has ended. */
function following(send: Fetch): Promise<Told[]> {
  return new Promise((resolve) => {
    const told: Told[] = [];
    const end = (last: Told) => {
      resolve([...told, last]);
    };
    overEvents(ADDRESS, send).follow(OPENING, {
      frame: (text) => told.push(["frame", text]),
      alive: () => told.push("alive"),
      closed: (code) => {
        end(["closed", code]);
      },
      refused: ({ status, body }) => {
        end(["refused", status, body]);
      },
    });
  });
}

const follow = (...pieces: (string | Uint8Array | null)[]) =>
  following(() => Promise.resolve(answer(pieces)));
const events = (told: Told[]) => told.filter((each) => each !== "alive");

describe("an event stream", () => {
  it("tells each event's data, and that it lives", async () => {
    const told = await follow("retry: 1000\n\n", "id: 1:5\nevent: x\ndata: {}\n\n: \n\n", "data: []\n\n");
    expect(told).toEqual(["alive", "alive", ["frame", "{}"], "alive", ["frame", "[]"], ["closed", 1006]]);
  });

  it("may come in any pieces, even within a letter", async () => {
    const bytes = new TextEncoder().encode('\uFEFFdata: "생각 🙂"\r\n\r\ndata: a\rdata:b\r\r');
    const told = await follow(...Array.from(bytes, (byte) => Uint8Array.of(byte)), "\n");
    expect(events(told)).toEqual([
      ["frame", '"생각 🙂"'],
      ["frame", "a\nb"],
      ["closed", 1006],
    ]);
  });

  it("that breaks off within an event doesn't tell it", async () => {
    expect(events(await follow("data: 1\n\ndata: 2\n", null))).toEqual([
      ["frame", "1"],
      ["closed", 1006],
    ]);
  });

  it("that isn't UTF-8 is no use", async () => {
    const told = await follow("data: 1\n\n", Uint8Array.of(0xff), "\n\ndata: 2\n\n");
    expect(events(told)).toEqual([
      ["frame", "1"],
      ["closed", 1006],
    ]);
  });

  it("with an event that has no end is no use", async () => {
    const long = "a".repeat(6_000_000);
    const told = await follow("data: ", long, long, long, "\n\ndata: 2\n\n");
    expect(events(told)).toEqual([["closed", 1006]]);
  });

  it("may not be there: the server can't be reached, or says why", async () => {
    expect(await following(() => Promise.reject(new TypeError("Failed to fetch")))).toEqual([
      ["closed", 1006],
    ]);
    const page = answer(["<html>", "Sign in</html>"], "text/html; charset=utf-8");
    expect(await following(() => Promise.resolve(page))).toEqual([["refused", 200, "<html>Sign in</html>"]]);
    const problem = answer(['{"code":"not_found"}'], "application/problem+json", 404);
    expect(await following(() => Promise.resolve(problem))).toEqual([
      ["refused", 404, '{"code":"not_found"}'],
    ]);
    const over = new Response(null, { status: 204 });
    expect(await following(() => Promise.resolve(over))).toEqual([["refused", 204, ""]]);
  });

  it("is asked for with what the opening says", () => {
    const asked: Request[] = [];
    const ways = overEvents(ADDRESS, (request) => {
      asked.push(request);
      return new Promise(() => undefined);
    });
    const nothing = { frame: () => 0, alive: () => 0, closed: () => 0, refused: () => 0 };
    const connection = ways.follow({ ...OPENING, token: "t", resume: { epoch: 2, seq: 0 } }, nothing);
    const [request] = asked;
    expect(request?.url).toBe("https://host/deep/v1/interviews/a%20b/events");
    expect(request?.headers.get("Authorization")).toBe("Bearer t");
    expect(request?.headers.get("Last-Event-ID")).toBe("2:0");
    expect(request?.redirect).toBe("error");
    connection.close();
    expect(request?.signal.aborted).toBe(true);
  });
});

describe("a POST", () => {
  it("carries the command and the token, and brings the answer's beginning", async () => {
    const asked: Request[] = [];
    const { post } = overEvents(ADDRESS, (request) => {
      asked.push(request);
      return Promise.resolve(answer(["a".repeat(300_000)], "text/html", 502));
    });
    const { status, body } = await post({ id: "a", body: '{"id":"a"}', token: "t" });
    expect([status, body.length]).toEqual([502, 262_144]);
    const [request] = asked;
    expect(request?.url).toBe("https://host/deep/v1/interviews/a%20b/commands");
    expect([request?.method, request?.headers.get("Authorization")]).toEqual(["POST", "Bearer t"]);
    expect(await request?.text()).toBe('{"id":"a"}');
  });

  it("that isn't answered rejects", async () => {
    const { post } = overEvents(ADDRESS, () => Promise.reject(new TypeError("Failed to fetch")));
    await expect(post({ id: "a", body: "{}", token: null })).rejects.toThrow("Failed to fetch");
  });
});
