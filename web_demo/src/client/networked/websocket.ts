/** A connection over WebSocket (`protocol.md` 2): the one file that knows `WebSocket`. */
import type { SessionOpen } from "../contract/types.ts";
import type { Connect, Connection, Heard } from "./interview-client.ts";

const SUBPROTOCOL = "viva.v1";
const NORMAL = 1000;

/** Opens connections to the interview at `url`, an `http(s)` address such as `…/v1/interviews/{id}`. */
export function overWebSocket(url: URL): Connect {
  const address = new URL(`${url.pathname}/ws`, url);
  address.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return (opening, heard) => connect(address, opening, heard);
}

function connect(address: URL, opening: SessionOpen, heard: Heard): Connection {
  const socket = new WebSocket(address, SUBPROTOCOL);
  socket.addEventListener("open", () => {
    socket.send(JSON.stringify(opening));
  });
  socket.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (typeof data === "string") heard.frame(data);
  });
  socket.addEventListener("close", ({ code }) => {
    heard.closed(code);
  });
  return {
    send: (frame) => {
      socket.send(frame);
    },
    close: () => {
      socket.close(NORMAL);
    },
  };
}
