/** A connection over WebSocket (`protocol.md` 2): the one file that knows `WebSocket`. */
import type { SessionOpen } from "../contract/types.ts";
import type { Connect, Connection, Heard } from "./interview-client.ts";

const SUBPROTOCOL = "viva.v1";
const SWITCHING = 101;
const NORMAL = 1000;

/**
 * Opens connections to the interview at `url`, an `http(s)` address such as `…/v1/interviews/{id}`. `Socket` is for
 * surroundings that have no `WebSocket` of their own.
 */
export function overWebSocket(url: URL, Socket = WebSocket): Connect {
  const address = new URL(`${url.pathname}/ws`, url);
  address.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return (opening, heard) => converse(new Socket(address, SUBPROTOCOL), opening, heard);
}

function converse(socket: WebSocket, opening: SessionOpen, heard: Heard): Connection {
  socket.addEventListener("open", () => {
    if (socket.protocol === SUBPROTOCOL) {
      socket.send(JSON.stringify(opening));
    } else {
      socket.close(NORMAL);
      heard.refused({ status: SWITCHING, body: "" });
    }
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
    sendAudio: (frame) => {
      socket.send(frame);
    },
    close: () => {
      socket.close(NORMAL);
    },
  };
}
