/** Which transport comes next. How a client fares with it is in the shared cases (`transports.json`). */
import { expect, it } from "vitest";
import { BACK_AFTER_MS, BACK_AFTER_WHILE_SPEAKING_MS, TransportChoice } from "../../src/client/transports.ts";

it("stays with a WebSocket that opens now and then", () => {
  const choice = new TransportChoice();
  for (let n = 0; n < 5; n += 1) {
    choice.unreached("websocket", 0, false);
    expect(choice.choose(0)).toBe("websocket");
    choice.opened("websocket");
  }
});

it("leaves it after two in a row that never opened", () => {
  const choice = new TransportChoice();
  choice.unreached("websocket", 0, false);
  choice.unreached("websocket", 10, false);
  expect(choice.choose(10)).toBe("events");
  expect(choice.choose(9 + BACK_AFTER_MS)).toBe("events");
  expect(choice.choose(10 + BACK_AFTER_MS)).toBe("websocket");
});

it("stays with an event stream that opens, for a while", () => {
  const choice = new TransportChoice();
  choice.notSpoken(0, false);
  choice.opened("events");
  expect(choice.choose(BACK_AFTER_MS - 1)).toBe("events");
  expect(choice.choose(BACK_AFTER_MS)).toBe("websocket");
});

it("goes back sooner while somebody speaks", () => {
  const choice = new TransportChoice();
  choice.notSpoken(0, true);
  expect(choice.choose(BACK_AFTER_WHILE_SPEAKING_MS)).toBe("websocket");
});
