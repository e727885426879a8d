/**
 * The core against a server, over a network that is cut, delayed and blocked at random, with a server that crashes and
 * tokens that run out: in the end the client's view is the server's, each command had one outcome, and each took effect
 * as often as it was acknowledged (`protocol.md` 1); so has each that was unanswered when the interview ended. A failure
 * names its seed.
 */
import { describe, expect, it } from "vitest";
import { World } from "./network.ts";
import { seeded } from "./seeded.ts";

const INTERVIEWS = 400;
const STEPS = 160;
/** On a busy machine. */
const WITHIN_MS = 60_000;

/** What happens, and how often. */
const HAPPENINGS: [often: number, happen: (world: World, random: () => number) => void][] = [
  [
    12,
    (world, random) => {
      world.give(random() < 0.5 ? "interview.pause" : "interview.resume");
    },
  ],
  [
    18,
    (world, random) => {
      stream(world, random);
    },
  ],
  [
    6,
    (world) => {
      world.close(1006);
    },
  ],
  [
    2,
    (world) => {
      crash(world);
    },
  ],
  [
    2,
    (world) => {
      world.revoke();
    },
  ],
  [
    2,
    (world) => {
      world.blocked = !world.blocked;
    },
  ],
  [
    6,
    (world) => {
      world.answerPost();
    },
  ],
  [
    2,
    (world) => {
      world.answerPost("command");
    },
  ],
  [
    2,
    (world) => {
      world.answerPost("answer");
    },
  ],
  [
    8,
    (world) => {
      world.renew();
    },
  ],
  [
    12,
    (world, random) => {
      world.pass(random() * 15_000);
    },
  ],
  [
    40,
    (world) => {
      world.deliver();
    },
  ],
];
const ALL = HAPPENINGS.reduce((sum, [often]) => sum + often, 0);

function step(world: World, random: () => number): void {
  let left = random() * ALL;
  for (const [often, happen] of HAPPENINGS) {
    left -= often;
    if (left < 0) {
      happen(world, random);
      return;
    }
  }
}

/** The server's hint grows. */
function stream({ server }: World, random: () => number): void {
  const open = server.view.streaming[0];
  if (open === undefined) server.publish({ type: "hint.started", turn: 1 });
  else if (random() < 0.7) server.publish({ type: "hint.delta", turn: 1, text: "ha" });
  else server.publish({ type: "hint.completed", turn: 1, text: open.text, cancelled: false });
}

function crash(world: World): void {
  world.server.crash();
  world.close(4104);
}

/** Nothing goes wrong any more, until nothing is left to do. */
function settle(world: World): void {
  world.blocked = false;
  for (let round = 0, quiet = 0; quiet < 5; round += 1) {
    if (round > 5_000) throw new Error("never at rest");
    const moved = [world.renew(), world.deliver(), world.answerPost()].includes(true);
    if (!moved) world.pass(1_000);
    const { link, inFlight } = world.core.state;
    quiet = !moved && link.status === "open" && inFlight.length === 0 ? quiet + 1 : 0;
  }
}

/** The interview ends while something is asked, and now and then a POST or its answer is lost. */
function end(world: World, random: () => number): void {
  world.give("interview.pause");
  world.give("interview.resume");
  if (random() < 0.5) world.deliver();
  if (random() < 0.2) world.revoke();
  world.end();
  for (let round = 0; world.core.state.link.status !== "stopped"; round += 1) {
    if (round > 5_000) throw new Error("never at its end");
    const lost = random() < 0.6 ? null : random() < 0.5 ? "command" : "answer";
    const moved = [world.renew(), world.deliver(), world.answerPost(lost)].includes(true);
    if (!moved) world.pass(1_000);
  }
}

describe("a client and a server over a bad network", () => {
  it(
    "agree in the end",
    () => {
      let acked = 0;
      let overBoth = 0;
      for (let seed = 1; seed <= INTERVIEWS; seed += 1) {
        const random = seeded(seed);
        const world = new World(random);
        for (let steps = 0; steps < STEPS; steps += 1) step(world, random);
        settle(world);
        expect(world.core.state.view, `seed ${seed}`).toEqual(world.server.view);
        end(world, random);
        expect(world.core.state.link, `seed ${seed}`).toMatchObject({ action: "done", code: 1000 });
        expect([...world.outcomes.values()].flat(), `seed ${seed}`).not.toContain("abandoned");
        const settled = [...world.outcomes].filter(([, results]) => results[0] === "acked").map(([id]) => id);
        expect(settled.sort(), `seed ${seed}`).toEqual([...world.server.effects.keys()].sort());
        for (const [id, results] of world.outcomes) expect(results, `seed ${seed}: ${id}`).toHaveLength(1);
        acked += settled.length;
        overBoth += world.used.size === 2 ? 1 : 0;
      }
      expect(acked).toBeGreaterThan(INTERVIEWS);
      expect(overBoth).toBeGreaterThan(INTERVIEWS / 4);
    },
    WITHIN_MS,
  );
});
