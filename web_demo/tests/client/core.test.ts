/** The core, step by step: what goes in, and what must come out (`protocol.md` 1, 3, 4 and 8). */
import { describe, expect, it } from "vitest";
import type { Ack, Command, ErrorMessage, LogEvent, SessionOpened } from "../../src/client/contract/types.ts";
import { Core, type Output } from "../../src/client/core.ts";
import { asked, log, opened, placed, snapshot } from "./samples.ts";

const pause: Command = { type: "interview.pause", id: "a" };
const finish: Command = { type: "interview.finish", id: "b" };
const ack = (re: string): Ack => ({ type: "ack", re, epoch: 1, seq: 9, repeated: false });
const refusal = (changes: Partial<ErrorMessage>): ErrorMessage => ({
  ...{
    type: "error",
    re: null,
    code: "not_found",
    message: "No such interview.",
    retryable: false,
    details: {},
  },
  ...changes,
});
const sent = (command: Command): Output => ({ do: "send", frame: JSON.stringify(command) });
const withSnapshot = (seq = 0): SessionOpened => opened({ seq, snapshot: snapshot({ seq }) });

function give(
  core: Core,
  message: SessionOpened | Ack | ErrorMessage | LogEvent | object,
  now = 0,
): Output[] {
  const outputs = core.received(JSON.stringify(message), now);
  return outputs.filter((output) => output.do !== "tell");
}

function connected(message = withSnapshot(), now = 0): Core {
  const core = new Core({ random: () => 0.5 });
  core.start(now);
  give(core, message, now);
  return core;
}

function reopening(outputs: Output[]): unknown {
  const connect = outputs.find((output) => output.do === "connect");
  return connect?.do === "connect" ? connect.opening.resume : "no connection";
}

describe("opening", () => {
  it("has no position the first time, and carries the token", () => {
    const core = new Core({ random: () => 0.5, token: "t" });
    expect(core.state.link.status).toBe("idle");
    expect(core.start(0)).toEqual([
      { do: "connect", opening: { type: "session.open", id: "open-1", token: "t" } },
    ]);
    expect(core.start(1)).toEqual([]);
  });

  it("takes the snapshot for its view, and the events behind it", () => {
    const core = connected(withSnapshot(4));
    expect(core.state.link.status).toBe("open");
    give(core, placed({ type: "interview.started", remaining_ms: null }, 5));
    expect([core.state.view?.seq, core.state.view?.phase]).toEqual([5, "asking"]);
  });

  it("resumes behind the last event, not behind an ack or the opening's own seq", () => {
    const core = connected(withSnapshot(4));
    give(core, ack("nobody's"));
    core.closed(1006, 0);
    expect(reopening(core.tick(250))).toEqual({ epoch: 1, seq: 4 });
    give(core, opened({ resumed: true, seq: 7 }), 250);
    core.closed(1006, 300);
    expect(reopening(core.tick(60_000))).toEqual({ epoch: 1, seq: 4 });
  });

  it("resumes at seq 0", () => {
    const core = connected();
    core.closed(4100, 0);
    expect(core.state.view?.seq).toBe(0);
  });

  it("lets a snapshot replace the view", () => {
    const core = connected();
    give(core, placed({ type: "interview.started", remaining_ms: null }, 1));
    core.closed(4104, 0);
    core.tick(250);
    give(core, opened({ epoch: 2, snapshot: snapshot({ epoch: 2, seq: 0 }) }), 250);
    expect(core.state.view).toEqual(snapshot({ epoch: 2, seq: 0 }));
  });

  it("that isn't answered is given up", () => {
    const core = new Core({ random: () => 0.5 });
    core.start(0);
    expect(core.wakeAt).toBe(10_000);
    expect(core.tick(9_999)).toEqual([]);
    expect(core.tick(10_000)).toEqual([{ do: "disconnect" }]);
    expect(core.state.link).toEqual({ status: "waiting", until: 10_250 });
  });

  it("that is refused stops with the server's reason", () => {
    const core = new Core({ random: () => 0.5 });
    core.start(0);
    give(core, refusal({}));
    core.closed(4404, 1);
    expect(core.state.link).toEqual({ status: "stopped", action: "stop", code: 4404, error: refusal({}) });
    expect(core.wakeAt).toBeNull();
  });
});

describe("events", () => {
  it("that were received already are passed over", () => {
    const core = connected(withSnapshot(4));
    expect(give(core, placed({ type: "interview.finished", reason: "requested" }, 4))).toEqual([]);
    expect(core.state.view?.phase).toBe("created");
  });

  it.each([
    ["after a gap", placed({ type: "answer.skipped", turn: 1 }, 6)],
    ["of another epoch", placed({ type: "answer.skipped", turn: 1 }, 5, { epoch: 2 })],
  ])("%s are asked for again", (_, event) => {
    const core = connected(withSnapshot(4));
    expect(give(core, event)).toEqual([{ do: "disconnect" }]);
    expect(reopening(core.tick(250))).toEqual({ epoch: 1, seq: 4 });
  });

  it("of an unknown type move the position, and what isn't in the log doesn't", () => {
    const core = connected(withSnapshot(4));
    give(core, { type: "mood.changed", epoch: 1, seq: 5, at: 0 });
    give(core, { type: "weather" });
    expect(core.state.view?.seq).toBe(5);
  });

  it("are told to listeners, the view first", () => {
    const core = connected();
    const event = placed({ type: "interview.started", remaining_ms: null }, 1);
    expect(core.received(JSON.stringify(event), 0)).toEqual([{ do: "tell", message: event }]);
  });

  it.each(["no JSON", "[]", "null", '"x"', "{}"])(
    "can't be read from %s: the connection is no use",
    (frame) => {
      expect(connected().received(frame, 0)).toEqual([{ do: "disconnect" }]);
    },
  );
});

describe("commands", () => {
  it("are sent once, and settled once", () => {
    const core = connected();
    expect(core.send(pause)).toEqual([sent(pause)]);
    expect(core.state.inFlight).toEqual([pause]);
    expect(give(core, ack("a"))).toEqual([
      { do: "settle", id: "a", outcome: { result: "acked", ack: ack("a") } },
    ]);
    expect(give(core, ack("a"))).toEqual([]);
  });

  it("given without a connection wait for one, in order", () => {
    const core = new Core({ random: () => 0.5 });
    expect(core.send(pause)).toEqual([]);
    core.start(0);
    core.send(finish);
    expect(give(core, withSnapshot())).toEqual([sent(pause), sent(finish)]);
  });

  it("that were not acknowledged are sent again under the same id, and no others", () => {
    const core = connected();
    core.send(pause);
    core.send(finish);
    give(core, ack("a"));
    core.closed(1006, 0);
    core.tick(250);
    expect(give(core, opened({ resumed: true }), 250)).toEqual([sent(finish)]);
  });

  it("are refused with the server's reason, or tried again where that can help", () => {
    const core = connected();
    core.send(pause);
    core.send(finish);
    const wrong = refusal({ re: "a", code: "wrong_phase" });
    expect(give(core, wrong)).toEqual([
      { do: "settle", id: "a", outcome: { result: "refused", error: wrong } },
    ]);
    expect(give(core, refusal({ re: "b", code: "storage_unavailable", retryable: true }), 1_000)).toEqual([]);
    expect(core.wakeAt).toBe(1_500);
    expect(core.tick(1_500)).toEqual([sent(finish)]);
  });

  it("are abandoned when the client stops", () => {
    const core = connected();
    core.send(pause);
    const settled: Output = { do: "settle", id: "a", outcome: { result: "abandoned" } };
    expect(core.closed(4409, 0)).toEqual([settled]);
    expect(core.send(pause)).toEqual([settled]);
  });
});

describe("a connection that ends", () => {
  it.each([1001, 1006, 1011, 1012, 1013, 4101, 4103, 4104, 4106])(
    "with %i is opened again after a while",
    (code) => {
      const core = connected();
      expect(core.closed(code, 0)).toEqual([]);
      expect(core.state.link).toEqual({ status: "waiting", until: 250 });
      expect(reopening(core.tick(250))).toEqual({ epoch: 1, seq: 0 });
    },
  );

  it("with 4100 is opened again at once, but a refusal waits", () => {
    const core = connected();
    expect(reopening(core.closed(4100, 0))).toEqual({ epoch: 1, seq: 0 });
    expect(core.closed(4100, 0)).toEqual([]);
    expect(core.state.link.status).toBe("waiting");
  });

  it.each([1002, 1003, 1007, 1009, 4400, 4403, 4404, 4408, 4409])("with %i is not opened again", (code) => {
    const core = connected();
    core.closed(code, 0);
    expect(core.state.link).toMatchObject({ status: "stopped", action: "stop", code });
  });

  it("with 1000 is over, and with 4401 goes on under a new token", () => {
    const over = connected();
    over.closed(1000, 0);
    expect(over.state.link).toMatchObject({ action: "done" });
    const core = connected();
    core.closed(4401, 0);
    expect(core.state.link).toMatchObject({ action: "renew_token" });
    const [connect] = core.start(5, "new");
    expect(connect).toMatchObject({ opening: { token: "new", resume: { epoch: 1, seq: 0 } } });
  });

  it("waits longer and longer, until one has lasted", () => {
    const core = connected();
    const waits = [0, 1, 2, 3].map((n) => {
      const now = n * 60_000;
      core.closed(1006, now);
      const { link } = core.state;
      core.tick(now + 30_000);
      return link.status === "waiting" ? link.until - now : null;
    });
    expect(waits).toEqual([250, 500, 1_000, 2_000]);
    give(core, opened({ resumed: true }), 300_000);
    core.closed(1006, 309_999);
    expect(core.state.link).toEqual({ status: "waiting", until: 309_999 + 4_000 });
    core.tick(400_000);
    give(core, opened({ resumed: true }), 400_000);
    core.closed(1006, 410_000);
    expect(core.state.link).toEqual({ status: "waiting", until: 410_250 });
  });

  it("because the user left stays ended", () => {
    const core = connected();
    expect(core.leave()).toEqual([{ do: "disconnect" }]);
    expect(core.closed(1006, 0)).toEqual([]);
    expect(core.tick(99_999)).toEqual([]);
    expect(core.state.link).toMatchObject({ status: "stopped", action: "left" });
  });
});

describe("silence", () => {
  const probe: Output = { do: "send", frame: '{"type":"ping"}' };

  it("for a heartbeat is probed, and without an answer the connection is cut", () => {
    const core = connected();
    expect(core.wakeAt).toBe(20_000);
    expect(core.tick(20_000)).toEqual([probe]);
    expect(core.wakeAt).toBe(30_000);
    expect(core.tick(29_999)).toEqual([]);
    expect(core.tick(30_000)).toEqual([{ do: "disconnect" }]);
    expect(core.state.link.status).toBe("waiting");
  });

  it("is ended by anything heard", () => {
    const core = connected();
    core.tick(20_000);
    give(core, { type: "pong", nonce: null }, 21_000);
    expect(core.wakeAt).toBe(41_000);
  });

  it("is probed at once when the device wakes, and a wait is cut short", () => {
    const core = connected();
    expect(core.nudge(5)).toEqual([probe]);
    expect(core.nudge(6)).toEqual([]);
    core.closed(1006, 10);
    expect(reopening(core.nudge(20))).toEqual({ epoch: 1, seq: 0 });
  });
});

describe("a server that drains", () => {
  it("is left within the time it gives, for a new connection", () => {
    const core = connected();
    give(core, { type: "server.draining", reconnect_within_ms: 5_000 }, 1_000);
    expect(core.wakeAt).toBe(3_500);
    const outputs = core.tick(3_500);
    expect(outputs[0]).toEqual({ do: "disconnect" });
    expect(reopening(outputs)).toEqual({ epoch: 1, seq: 0 });
  });
});

describe("the time left", () => {
  it("is the snapshot's, as of now", () => {
    const core = connected(opened({ snapshot: snapshot({ phase: "answering", remaining_ms: 60_000 }) }), 777);
    expect(core.state.timeLeft).toEqual({ remaining_ms: 60_000, at: 777 });
  });

  it("is an event's, as of when it happened by our clock", () => {
    const core = connected();
    // The server's clock is 1,000,000 ahead of ours.
    give(core, placed({ type: "interview.started", remaining_ms: 60_000 }, 1, { at: 1_000_500 }), 500);
    expect(core.state.timeLeft).toEqual({ remaining_ms: 60_000, at: 500 });
    // This one happened at 2,000 and was read after an absence, at 9,000.
    give(core, placed({ type: "interview.paused", remaining_ms: 58_500 }, 2, { at: 1_002_000 }), 9_000);
    expect(core.state.timeLeft).toEqual({ remaining_ms: 58_500, at: 2_000 });
    give(core, placed({ type: "interview.finished", reason: "requested" }, 3, { at: 1_009_500 }), 9_500);
    expect(core.state.timeLeft).toBeNull();
  });

  it("is left alone by everything else", () => {
    const core = connected(opened({ snapshot: snapshot({ remaining_ms: 60_000 }) }), 5);
    for (const event of log(...asked(1, "Why?"))) give(core, event, 100);
    expect(core.state.timeLeft).toEqual({ remaining_ms: 60_000, at: 5 });
  });
});
