import { describe, expect, it } from "vitest";
import { CommandsInFlight } from "../../src/client/commands.ts";
import type { Ack, Command, ErrorMessage } from "../../src/client/contract/types.ts";

const pause: Command = { type: "interview.pause", id: "a" };
const finish: Command = { type: "interview.finish", id: "b" };
const ack = (re: string): Ack => ({ type: "ack", re, epoch: 1, seq: 1, repeated: false });
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
    expect(table.acked(ack("a"))).toEqual({ result: "acked", ack: ack("a") });
    expect(table.acked(ack("a"))).toBeNull();
    expect(table.refused(error({}), 0, 0)).toBeNull();
    expect(table.all).toEqual([finish]);
  });

  it("is refused at once where trying again can't help", () => {
    const table = inFlight(pause);
    expect(table.refused(error({}), 0, 0)).toEqual({ result: "refused", error: error({}) });
    expect(table.all).toEqual([]);
  });

  it("is tried again, no sooner than asked, where that can help, but not for ever", () => {
    const table = inFlight(pause);
    const limited = error({ code: "rate_limited", retryable: true, details: { retry_after_ms: 700 } });
    expect(table.refused(limited, 1_000, 0.5)).toBeNull();
    expect(table.wakeAt).toBe(1_000 + 500 + 700);
    expect(table.due(2_199)).toEqual([]);
    expect(table.due(2_200)).toEqual([pause]);
    expect(table.wakeAt).toBeNull();
    for (let n = 2; n < 5; n += 1) expect(table.refused(limited, 3_000, 0)).toBeNull();
    expect(table.refused(limited, 3_000, 0)).toEqual({ result: "refused", error: limited });
  });

  it("is sent again in its order on a new connection", () => {
    const table = inFlight(pause, finish);
    table.refused(error({ retryable: true }), 0, 0.5);
    expect(table.resend()).toEqual([pause, finish]);
    expect(table.wakeAt).toBeNull();
  });

  it("has an id of its own", () => {
    expect(() => inFlight(pause, pause)).toThrow("in flight");
  });
});
