/** Commands in flight. What becomes of them over a connection is in the shared cases (`commands.json`). */
import { describe, expect, it } from "vitest";
import { CommandsInFlight, isSame, MOST_IN_FLIGHT } from "../../src/client/in-flight.ts";
import type { Ack, Command, ErrorMessage } from "../../src/client/contract/types.ts";
import { TooManyInFlightError } from "../../src/client/errors.ts";

const pause: Command = { type: "interview.pause", id: "a" };
const finish: Command = { type: "interview.finish", id: "b" };
const ack = (re: string): Ack => ({ type: "ack", re, epoch: 1, seq: 9, repeated: false });
const error = (changes: Partial<ErrorMessage>): ErrorMessage => ({
  ...{ type: "error", re: "a", code: "wrong_phase", message: "Not now.", retryable: false, details: {} },
  ...changes,
});

function inFlight(...commands: Command[]): CommandsInFlight {
  const table = new CommandsInFlight();
  for (const command of commands) table.add(command);
  return table;
}

describe("a command in flight", () => {
  it("has one outcome, whatever else is said of it", () => {
    const table = inFlight(pause, finish);
    const outcome = { result: "acked", ack: ack("a") };
    expect(table.acked(ack("a"))).toEqual({ command: pause, outcome });
    expect(table.acked(ack("a"))).toBeNull();
    expect(table.refused(error({}), 0, 0)).toBeNull();
    expect(table.all).toEqual([finish]);
  });

  it("is refused at once where trying again can't help", () => {
    const table = inFlight(pause);
    const outcome = { result: "refused", error: error({}) };
    expect(table.refused(error({}), 0, 0)).toEqual({ command: pause, outcome });
    expect(table.all).toEqual([]);
  });

  it.each([
    [{}, 1_500],
    [{ retry_after_ms: 700 }, 2_200],
    [{ retry_after_ms: "soon" }, 1_500],
  ])("is tried again, no sooner than asked (%o)", (details, againAt) => {
    const table = inFlight(pause);
    expect(table.refused(error({ retryable: true, details }), 1_000, 0.5)).toBeNull();
    expect(table.wakeAt).toBe(againAt);
    expect(table.due(againAt - 1)).toEqual([]);
    expect(table.due(againAt)).toEqual([pause]);
    expect(table.wakeAt).toBeNull();
  });

  it("is not tried for ever", () => {
    const table = inFlight(pause);
    const later = error({ code: "internal", retryable: true });
    for (let n = 1; n < 5; n += 1) expect(table.refused(later, 3_000, 0)).toBeNull();
    expect(table.refused(later, 3_000, 0)?.outcome).toEqual({ result: "refused", error: later });
  });

  it("is sent again in its order on a new connection", () => {
    const table = inFlight(pause, finish);
    table.refused(error({ retryable: true }), 0, 0.5);
    expect(table.resend()).toEqual([pause, finish]);
    expect(table.wakeAt).toBeNull();
    expect(table.abandon()).toEqual(["a", "b"]);
    expect(table.all).toEqual([]);
  });

  it("is POSTed alone, and the first holds up the rest", () => {
    const table = inFlight(pause, finish);
    expect(table.toPost(0)).toEqual(pause);
    expect(table.toPost(0)).toBeNull();
    expect(table.resend()).toEqual([finish]);
    table.lost("a", 1_000, 0.5);
    expect(table.toPost(1_249)).toBeNull();
    expect(table.toPost(1_250)).toEqual(pause);
    table.lost("nobody's", 0, 0);
    table.acked(ack("a"));
    expect(table.toPost(1_250)).toEqual(finish);
  });

  it("is taken once, and no other of its id", () => {
    const table = inFlight(pause);
    expect(table.add({ ...pause })).toBe(false);
    expect(() => table.add({ ...finish, id: "a" })).toThrow("id a is in flight");
    expect(table.all).toEqual([pause]);
  });

  it("is one of a bounded number", () => {
    const table = new CommandsInFlight();
    for (let n = 0; n < MOST_IN_FLIGHT; n += 1) table.add({ ...pause, id: `c${n}` });
    expect(() => table.add(finish)).toThrow(TooManyInFlightError);
    table.acked(ack("c0"));
    expect(table.add(finish)).toBe(true);
  });
});

describe("two commands", () => {
  const start = { type: "audio.start", id: "a", turn: 1, sample_rate: 16_000 } as const;

  it.each<[Command, boolean]>([
    [{ sample_rate: 16_000, turn: 1, id: "a", type: "audio.start" }, true],
    [{ ...start, silence_ms: null }, true],
    [{ ...start, silence_ms: 500 }, false],
    [{ ...start, turn: 2 }, false],
    [{ type: "audio.cancel", id: "a", turn: 1 }, false],
  ])("say the same, or not: %o", (other, same) => {
    expect(isSame(start, other)).toBe(same);
    expect(isSame(other, start)).toBe(same);
  });
});
