/** The core, where the shared cases (`shared-cases.test.ts`) say nothing: the parts that are this client's own. */
import { describe, expect, it } from "vitest";
import type { Command } from "../../src/client/contract/types.ts";
import { Core, type CoreOptions, type Output } from "../../src/client/core.ts";
import { asked, log, opened, placed, snapshot } from "./samples.ts";

const pause: Command = { type: "interview.pause", id: "a" };

function made(options: Partial<CoreOptions> = {}): Core {
  return new Core({ random: () => 0.5, newId: () => "new", ...options });
}

function give(core: Core, message: object, now = 0): Output[] {
  return core.received(JSON.stringify(message), now);
}

function connected(message = opened({ snapshot: snapshot() }), now = 0): Core {
  const core = made();
  core.start(now);
  give(core, message, now);
  return core;
}

describe("what is heard", () => {
  it("is told when the view has taken it in", () => {
    const core = made();
    core.start(0);
    const opening = opened({ snapshot: snapshot() });
    expect(give(core, opening)).toEqual([{ do: "tell", message: opening }]);
    const event = placed({ type: "interview.started", remaining_ms: null }, 1);
    expect(give(core, event)).toEqual([{ do: "tell", message: event }]);
    expect(core.state.view?.phase).toBe("asking");
  });

  it.each(["null", '"x"', "{}", '{"type":5}'])("can't be read from %s: the connection is no use", (frame) => {
    expect(connected().received(frame, 0)).toEqual([{ do: "disconnect" }]);
  });

  it("of a spoken answer counts in code points", () => {
    const core = connected(opened({ snapshot: snapshot({ phase: "listening" }) }));
    const partial = { type: "transcript.partial", turn: 1, stable: 0 } as const;
    give(core, placed({ ...partial, from: 0, text: "🙂🙂 I" }, 1));
    give(core, placed({ ...partial, from: 2, text: " we led" }, 2));
    expect(core.state.partial).toBe("🙂🙂 we led");
    give(core, placed({ type: "audio.cancelled", turn: 1 }, 3));
    expect(core.state.partial).toBe("");
  });
});

describe("a token that can't be had", () => {
  it("is the end, and what is in flight is abandoned; it may be begun again", () => {
    const core = made({ signsIn: true });
    core.send(pause, 0);
    expect(core.start(0)).toEqual([{ do: "want_token" }]);
    expect(core.unrenewed()).toEqual([{ do: "settle", id: "a", outcome: { result: "abandoned" } }]);
    expect(core.state.link).toEqual({ status: "stopped", action: "renew_token", code: 4401, error: null });
    expect(core.start(1)).toEqual([{ do: "want_token" }]);
  });

  it("changes nothing where none is waited for", () => {
    const core = connected();
    expect(core.unrenewed()).toEqual([]);
    expect(core.state.link.status).toBe("open");
  });
});

describe("audio", () => {
  const start: Command = { type: "audio.start", id: "a", turn: 1, sample_rate: 16_000 };

  it("of half a sample is a mistake", () => {
    const core = connected();
    core.send(start, 0);
    expect(() => core.audio(1, new Uint8Array(3))).toThrow(RangeError);
  });

  it("of a second answer can't begin while one is kept", () => {
    const core = connected();
    core.send(start, 0);
    expect(() => core.send({ ...start, id: "b" }, 0)).toThrow("Turn 1 is being answered already");
    expect(core.send(start, 0)).toEqual([]);
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
