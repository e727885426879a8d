/** The shell: it performs what the core asks for, on the newest connection, and tells its listeners. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ServerMessage, SessionOpen } from "../../src/client/contract/types.ts";
import { type Heard, InterviewClient } from "../../src/client/networked/interview-client.ts";
import { opened, placed, snapshot } from "./samples.ts";

interface Made {
  opening: SessionOpen;
  heard: Heard;
  sent: string[];
  closed: boolean;
}

function world() {
  const made: Made[] = [];
  let ids = 0;
  const client = new InterviewClient({
    connect: (opening, heard) => {
      const connection: Made = { opening, heard, sent: [], closed: false };
      made.push(connection);
      return {
        send: (frame) => connection.sent.push(frame),
        close: () => {
          connection.closed = true;
        },
      };
    },
    now: () => Date.now(),
    random: () => 0.5,
    newId: () => `id-${(ids += 1)}`,
  });
  const newest = () => {
    const connection = made.at(-1);
    if (connection === undefined) throw new Error("nothing was connected");
    return connection;
  };
  const hear = (message: ServerMessage) => {
    newest().heard.frame(JSON.stringify(message));
  };
  return { client, made, newest, hear };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the client", () => {
  it("connects, and its state changes once for each thing heard", () => {
    const { client, hear } = world();
    let changes = 0;
    client.subscribe(() => (changes += 1));
    client.start();
    hear(opened({ snapshot: snapshot() }));
    const before = client.state;
    expect(before.view?.phase).toBe("created");
    expect(client.state).toBe(before);
    hear(placed({ type: "interview.started", remaining_ms: null }, 1));
    expect(client.state.view?.phase).toBe("asking");
    expect(changes).toBe(3);
  });

  it("tells single messages when the state has taken them in", () => {
    const { client, hear } = world();
    const told: unknown[] = [];
    client.start();
    const end = client.onMessage((message) => told.push([message.type, client.state.view?.phase]));
    hear(opened({ snapshot: snapshot() }));
    hear(placed({ type: "interview.started", remaining_ms: null }, 1));
    end();
    hear(placed({ type: "interview.finished", reason: "requested" }, 2));
    expect(told).toEqual([
      ["session.opened", "created"],
      ["interview.started", "asking"],
    ]);
  });

  it("promises each command's outcome, under an id of its own or a given one", async () => {
    const { client, hear, newest } = world();
    client.start();
    hear(opened({ snapshot: snapshot() }));
    const first = client.command({ type: "interview.start" });
    const second = client.command({ type: "answer.submit", turn: 1, text: "Yes." }, "mine");
    expect(newest().sent).toEqual([
      '{"type":"interview.start","id":"id-1"}',
      '{"type":"answer.submit","turn":1,"text":"Yes.","id":"mine"}',
    ]);
    hear({ type: "ack", re: "mine", epoch: 1, seq: 1, repeated: false });
    hear({
      type: "error",
      re: "id-1",
      code: "wrong_phase",
      message: "Not now.",
      retryable: false,
      details: {},
    });
    expect((await first).result).toBe("refused");
    expect((await second).result).toBe("acked");
  });

  it("wakes by itself to reconnect, and no longer hears a connection that it gave up", async () => {
    const { client, made, hear, newest } = world();
    client.start();
    hear(opened({ snapshot: snapshot() }));
    const old = newest();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(old.sent).toEqual(['{"type":"ping"}']);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(old.closed).toBe(true);
    await vi.advanceTimersByTimeAsync(250);
    expect(made).toHaveLength(2);
    old.heard.frame(JSON.stringify(placed({ type: "interview.started", remaining_ms: null }, 1)));
    old.heard.closed(4409);
    expect(client.state.link.status).toBe("connecting");
    expect(client.state.view?.seq).toBe(0);
  });

  it("keeps no timer when it has left", () => {
    const { client, newest } = world();
    client.start();
    client.leave();
    expect(newest().closed).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});
