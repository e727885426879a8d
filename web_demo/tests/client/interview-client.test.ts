/** The shell: it performs what the core asks for, on the newest connection, and tells its listeners. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Post } from "../../src/client/core.ts";
import type { ServerMessage, SessionOpen } from "../../src/client/contract/types.ts";
import {
  type Connect,
  type Fallback,
  type Heard,
  InterviewClient,
  type Surroundings,
} from "../../src/client/networked/interview-client.ts";
import { opened, placed, snapshot, turn } from "./samples.ts";

interface Made {
  over: "websocket" | "events";
  opening: SessionOpen;
  heard: Heard;
  sent: string[];
  spoken: Uint8Array[];
  closed: boolean;
}

function world(changes: Partial<Surroundings> = {}) {
  const made: Made[] = [];
  let ids = 0;
  const connectOver =
    (over: Made["over"]): Connect =>
    (opening, heard) => {
      const connection: Made = { over, opening, heard, sent: [], spoken: [], closed: false };
      made.push(connection);
      return {
        send: (frame) => connection.sent.push(frame),
        sendAudio: (frame) => connection.spoken.push(frame),
        close: () => {
          connection.closed = true;
        },
      };
    };
  const client = new InterviewClient({
    connect: connectOver("websocket"),
    now: () => Date.now(),
    random: () => 0.5,
    newId: () => `id-${(ids += 1)}`,
    ...changes,
  });
  const newest = () => {
    const connection = made.at(-1);
    if (connection === undefined) throw new Error("nothing was connected");
    return connection;
  };
  const hear = (message: ServerMessage) => {
    newest().heard.frame(JSON.stringify(message));
  };
  return { client, made, newest, hear, connectOver };
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

  it("given the same command twice sends it once, and tells both who wait", async () => {
    const { client, hear, newest } = world();
    client.start();
    hear(opened({ snapshot: snapshot() }));
    const both = [
      client.command({ type: "interview.start" }, "a"),
      client.command({ type: "interview.start" }, "a"),
    ];
    await expect(client.command({ type: "interview.finish" }, "a")).rejects.toThrow("id a is in flight");
    expect(newest().sent).toHaveLength(1);
    hear({ type: "ack", re: "a", epoch: 1, seq: 1, repeated: false });
    expect((await Promise.all(both)).map(({ result }) => result)).toEqual(["acked", "acked"]);
  });

  it("sends what is spoken, and tells how long it was", () => {
    const { client, hear, newest } = world();
    client.start();
    hear(opened({ snapshot: snapshot({ phase: "answering", turns: [turn()] }) }));
    void client.command({ type: "audio.start", turn: 1, sample_rate: 16_000 });
    client.speak(1, new Uint8Array(640));
    expect(newest().spoken).toEqual([]);
    hear(placed({ type: "audio.started", turn: 1, sample_rate: 16_000, silence_ms: null, review: false }, 1));
    expect(newest().spoken).toEqual([new Uint8Array(8 + 640)]);
    void client.stopSpeaking(1);
    expect(newest().sent.at(-1)).toBe('{"type":"audio.stop","turn":1,"bytes":640,"id":"id-2"}');
    expect(client.state.recorded).toBe(640);
  });

  it("with a ticket is an observer", () => {
    const { client, newest } = world({ ticket: "t" });
    client.start();
    expect(newest().opening).toMatchObject({ role: "observer", ticket: "t" });
  });
});

describe("a blocked WebSocket", () => {
  it("leads to the event stream, whose commands are POSTed, and whose comments keep it", async () => {
    const posts: Post[] = [];
    const fallback: Fallback = {
      follow: (opening, heard) => blocked.connectOver("events")(opening, heard),
      post: (post) => {
        posts.push(post);
        return posts.length === 1
          ? Promise.reject(new TypeError("Failed to fetch"))
          : Promise.resolve({
              status: 200,
              body: JSON.stringify({ type: "ack", re: post.id, epoch: 1, seq: 1, repeated: true }),
            });
      },
    };
    const blocked = world({ fallback });
    const { client, made, newest, hear } = blocked;
    client.start();
    newest().heard.refused({ status: 403, body: "" });
    expect(made.map(({ over }) => over)).toEqual(["websocket", "events"]);
    hear(opened({ re: null, snapshot: snapshot() }));
    const outcome = client.command({ type: "interview.start" });
    await vi.advanceTimersByTimeAsync(250);
    expect((await outcome).result).toBe("acked");
    expect(posts.map(({ body }) => body)).toEqual(Array(2).fill('{"type":"interview.start","id":"id-1"}'));
    await vi.advanceTimersByTimeAsync(44_000);
    newest().heard.alive();
    await vi.advanceTimersByTimeAsync(44_000);
    expect([newest().closed, client.state.link.status]).toEqual([false, "open"]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(made).toHaveLength(3);
  });

  it("leaves nobody to POST to: what is unanswered at the interview's end is abandoned", async () => {
    const { client, newest, hear } = world();
    client.start();
    hear(opened({ snapshot: snapshot() }));
    const outcome = client.command({ type: "interview.start" });
    newest().heard.closed(1000);
    expect(await outcome).toEqual({ result: "abandoned" });
    expect(client.state.link).toMatchObject({ status: "stopped", action: "done" });
  });

  it("is tried on and on where there is nothing else", async () => {
    const { client, made, newest } = world();
    client.start();
    for (let n = 0; n < 6; n += 1) {
      if (n % 2 === 0) newest().heard.closed(1006);
      else newest().heard.refused({ status: 403, body: "" });
      expect(client.state.link.status).toBe("waiting");
      await vi.advanceTimersByTimeAsync(9_000);
    }
    expect(made.map(({ over }) => over)).toEqual(Array(7).fill("websocket"));
    expect(client.state.link.status).toBe("connecting");
  });
});

describe("a token", () => {
  it("is asked for at the start, and again when it has run out", async () => {
    let given = 0;
    const { client, made, newest, hear } = world({ getToken: () => Promise.resolve(`t${(given += 1)}`) });
    client.start();
    expect(client.state.link.status).toBe("renewing");
    await vi.advanceTimersByTimeAsync(0);
    expect(newest().opening.token).toBe("t1");
    hear(opened({ snapshot: snapshot() }));
    newest().heard.closed(4401);
    await vi.advanceTimersByTimeAsync(0);
    expect(made.map(({ opening }) => opening.token)).toEqual(["t1", "t2"]);
  });

  it("that can't be had after the interview's end stops the client, which is done", async () => {
    const answers = [Promise.resolve("t1"), Promise.reject(new Error("Signed out"))];
    answers[1]?.catch(() => undefined);
    const fallback: Fallback = {
      follow: (opening, heard) => signedOut.connectOver("events")(opening, heard),
      post: () => Promise.resolve({ status: 401, body: "" }),
    };
    const signedOut = world({
      fallback,
      getToken: () => answers.shift() ?? Promise.reject(new Error("No more")),
    });
    const { client, newest, hear } = signedOut;
    client.start();
    await vi.advanceTimersByTimeAsync(0);
    hear(opened({ snapshot: snapshot() }));
    const outcome = client.command({ type: "interview.start" });
    newest().heard.closed(1000);
    expect(client.state.link.status).toBe("ending");
    expect(await outcome).toEqual({ result: "abandoned" });
    expect(client.state.link).toMatchObject({ status: "stopped", action: "done" });
  });

  it("that can't be had stops the client, and what is asked anew counts alone", async () => {
    const asked: { resolve: (token: string) => void; reject: (reason: Error) => void }[] = [];
    const getToken = () =>
      new Promise<string>((resolve, reject) => {
        asked.push({ resolve, reject });
      });
    const { client, made } = world({ getToken });
    client.start();
    client.leave();
    client.start();
    asked[0]?.reject(new Error("Signed out"));
    await vi.advanceTimersByTimeAsync(0);
    expect(client.state.link.status).toBe("renewing");
    asked[1]?.reject(new Error("Signed out"));
    await vi.advanceTimersByTimeAsync(0);
    expect(client.state.link).toMatchObject({ status: "stopped", action: "renew_token" });
    client.start();
    asked[2]?.resolve("t");
    await vi.advanceTimersByTimeAsync(0);
    expect(made.map(({ opening }) => opening.token)).toEqual(["t"]);
  });
});
