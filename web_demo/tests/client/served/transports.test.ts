/** The client and its transports against a server on a port: what a network does, not what a fake says it does. */
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { WebSocket as NodeWebSocket } from "ws";
import type { CoreState } from "../../../src/client/core.ts";
import { overEvents } from "../../../src/client/networked/event-stream.ts";
import { InterviewClient, type Surroundings } from "../../../src/client/networked/interview-client.ts";
import { overWebSocket } from "../../../src/client/networked/websocket.ts";
import { VivaServer } from "./viva-server.ts";

/** As in a browser an error that nobody listens for is no exception; the close code tells. */
class QuietWebSocket extends NodeWebSocket {
  constructor(address: URL, subprotocol: string) {
    super(address, subprotocol);
    this.on("error", () => undefined);
  }
}

const servers: VivaServer[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.stop();
});

async function served(changes: Partial<Surroundings> = {}, blocked = false) {
  const server = new VivaServer();
  server.blocked = blocked;
  servers.push(server);
  const url = await server.start();
  let ids = 0;
  const client = new InterviewClient({
    connect: overWebSocket(url, QuietWebSocket as unknown as typeof WebSocket),
    fallback: overEvents(url),
    now: () => performance.now(),
    random: () => 0,
    newId: () => `id-${(ids += 1)}`,
    ...changes,
  });
  onTestFinished(() => {
    client.leave();
  });
  return { server, client };
}

/** Gives `t1`, `t2`, … */
function tokens(): () => Promise<string> {
  let given = 0;
  return () => Promise.resolve(`t${(given += 1)}`);
}

/** Waits until the client's state is so. */
function until(client: InterviewClient, holds: (state: CoreState) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!holds(client.state)) return;
      end();
      resolve();
    };
    const end = client.subscribe(look);
    look();
  });
}

const isOpen = ({ link }: CoreState) => link.status === "open";
const isStopped = ({ link }: CoreState) => link.status === "stopped";

describe("where no upgrade is granted", () => {
  it("the client follows the event stream, and POSTs its commands", async () => {
    const { server, client } = await served({}, true);
    client.start();
    await until(client, isOpen);
    expect(client.state.link).toMatchObject({ over: "events" });
    expect(server.seen.map(({ what }) => what)).toEqual(["GET /ws", "GET /ws", "GET /events"]);

    expect(await client.command({ type: "interview.pause" })).toMatchObject({ result: "acked" });
    const refused = await client.command({ type: "interview.pause" });
    expect(refused).toMatchObject({ result: "refused", error: { code: "wrong_phase", message: "Not now." } });
    server.publish({ type: "hint.started", turn: 1 });
    server.publish({ type: "hint.delta", turn: 1, text: "Überlegen Sie: 생각 🙂" });
    await until(client, ({ view }) => view?.seq === server.interview.view.seq);
    expect(client.state.view).toEqual(server.interview.view);
  });

  it("it goes on behind the last event that it had", async () => {
    const { server, client } = await served({}, true);
    client.start();
    await until(client, isOpen);
    server.publish({ type: "hint.started", turn: 1 });
    await until(client, ({ view }) => view?.seq === 1);
    server.lose(1006);
    server.publish({ type: "hint.delta", turn: 1, text: "Think." });
    await until(client, ({ view }) => view?.seq === 2);
    expect(server.seen.at(-1)).toMatchObject({ what: "GET /events", lastEventId: "1:1" });
    expect(client.state.view).toEqual(server.interview.view);
  });

  it("a token that ran out is renewed, and the command goes out with the new one", async () => {
    const { server, client } = await served({ getToken: tokens() }, true);
    server.token = "t1";
    client.start();
    await until(client, isOpen);
    server.token = "t2";
    expect(await client.command({ type: "interview.pause" })).toMatchObject({ result: "acked" });
    const posts = server.seen.filter(({ what }) => what === "POST /commands");
    expect(posts.map(({ authorization }) => authorization)).toEqual(["Bearer t1", "Bearer t2"]);
    expect([...server.interview.effects.values()]).toEqual([1]);
  });

  it("at the log's end it is told so", async () => {
    const { server, client } = await served({}, true);
    server.over = true;
    client.start();
    await until(client, isStopped);
    expect(client.state.link).toMatchObject({ action: "done", code: 1000 });
  });

  it("a ticket goes with the address", async () => {
    const { server, client } = await served({ ticket: "a b&c" }, true);
    client.start();
    await until(client, isOpen);
    expect(server.seen.at(-1)).toMatchObject({
      what: "GET /events?ticket=a+b%26c",
      authorization: undefined,
    });
  });

  it("leaving ends the stream", async () => {
    const { server, client } = await served({}, true);
    client.start();
    await until(client, isOpen);
    client.leave();
    server.publish({ type: "hint.started", turn: 1 });
    expect(client.state.view?.seq).toBe(0);
    await server.deserted();
  });
});

describe("over a WebSocket", () => {
  it("a token that ran out (4401) is renewed, and nothing is lost or there twice", async () => {
    const { server, client } = await served({ getToken: tokens() });
    server.token = "t1";
    client.start();
    await until(client, isOpen);
    server.publish({ type: "hint.started", turn: 1 });
    await until(client, ({ view }) => view?.seq === 1);
    server.revoke("t2");
    await until(client, ({ link }) => link.status === "renewing");
    const outcome = client.command({ type: "interview.pause" });
    server.publish({ type: "hint.delta", turn: 1, text: "Think." });
    expect(await outcome).toMatchObject({ result: "acked" });
    await until(client, ({ view }) => view?.seq === 3);
    expect(client.state.link).toMatchObject({ status: "open", over: "websocket" });
    expect(client.state.view).toEqual(server.interview.view);
    expect([...server.interview.effects.values()]).toEqual([1]);
  });

  it("a command that was committed before a crash is acked after the interview's end", async () => {
    const { server, client } = await served();
    client.start();
    await until(client, isOpen);
    server.interview.command({ type: "interview.pause", id: "id-1" });
    server.lose(1012);
    server.over = true;
    const outcome = await client.command({ type: "interview.pause" });
    expect(outcome).toMatchObject({ result: "acked", ack: { re: "id-1", repeated: true } });
    await until(client, isStopped);
    expect(client.state.link).toMatchObject({ action: "done", code: 1000 });
    expect(server.seen.at(-1)).toMatchObject({ what: "POST /commands" });
    expect([...server.interview.effects.values()]).toEqual([1]);
  });

  it("a new token that is refused too is the end", async () => {
    const { server, client } = await served({ getToken: tokens() });
    server.token = "another";
    client.start();
    await until(client, isStopped);
    expect(client.state.link).toMatchObject({ action: "renew_token", code: 4401 });
  });

  it("no token at all is the end, until the client is begun again", async () => {
    let signedIn = false;
    const getToken = () => (signedIn ? Promise.resolve("t1") : Promise.reject(new Error("Signed out")));
    const { server, client } = await served({ getToken });
    server.token = "t1";
    client.start();
    await until(client, isStopped);
    expect(client.state.link).toMatchObject({ action: "renew_token", code: 4401 });
    signedIn = true;
    client.start();
    await until(client, isOpen);
  });
});
