/** Which transport comes next. How a client fares with it is in the shared cases (`transports.json`). */
import { expect, it } from "vitest";
import { BACK_AFTER_MS, SOON_BACK_AFTER_MS, TransportChoice } from "../../src/client/transports.ts";

it("stays with a WebSocket that opens now and then", () => {
  const choice = new TransportChoice();
  for (let n = 0; n < 5; n += 1) {
    choice.unreached("websocket", 0);
    expect(choice.choose(0)).toBe("websocket");
    choice.heard("websocket");
  }
});

it("leaves it after two in a row that never opened", () => {
  const choice = new TransportChoice();
  choice.unreached("websocket", 0);
  choice.unreached("websocket", 10);
  expect(choice.choose(10)).toBe("events");
  expect(choice.choose(9 + BACK_AFTER_MS)).toBe("events");
  expect(choice.choose(10 + BACK_AFTER_MS)).toBe("websocket");
});

it("stays with an event stream that opens, for a while", () => {
  const choice = new TransportChoice();
  choice.notSpoken(0);
  expect(choice.opened("events", 0, false)).toBeNull();
  expect(choice.choose(BACK_AFTER_MS - 1)).toBe("events");
  expect(choice.choose(BACK_AFTER_MS)).toBe("websocket");
});

it("leaves it soon where a WebSocket has opened before", () => {
  const choice = new TransportChoice();
  expect(choice.opened("websocket", 0, false)).toBeNull();
  choice.notSpoken(0);
  expect(choice.opened("events", 10, false)).toBe(10 + SOON_BACK_AFTER_MS);
  expect(choice.choose(9 + SOON_BACK_AFTER_MS)).toBe("events");
  expect(choice.choose(10 + SOON_BACK_AFTER_MS)).toBe("websocket");
});

it("leaves it soon while somebody speaks", () => {
  const choice = new TransportChoice();
  choice.notSpoken(0);
  expect(choice.opened("events", 0, true)).toBe(SOON_BACK_AFTER_MS);
  expect(choice.choose(SOON_BACK_AFTER_MS)).toBe("websocket");
});

it("puts the way back off no further for a stream that is cut again and again", () => {
  const choice = new TransportChoice();
  choice.heard("websocket");
  choice.notSpoken(0);
  choice.opened("events", 0, false);
  choice.opened("events", SOON_BACK_AFTER_MS - 1, false);
  expect(choice.choose(SOON_BACK_AFTER_MS)).toBe("websocket");
});
