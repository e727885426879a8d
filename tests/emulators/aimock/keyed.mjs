// Serves aimock on a free port: `node keyed.mjs PLAN.json`, a plan of `fixtures`, `options` and
// `transcription`, which is what any audio is heard as, or null.
//
// Whoever asks with a form of marks (tests/emulators/forms.py) has a key in it that is drawn anew
// each time: where a fixture says `{key}`, its answer has that of the request's last mark.
import { readFileSync } from "node:fs";

import { LLMock, validateFixtures } from "@copilotkit/aimock";

const MARK = /^@@(\w+) \w+/gm;

function textOf(content) {
  return typeof content === "string" ? content : content.map((part) => part.text ?? "").join("");
}

function keyOf(request) {
  const said = request.messages.findLast((message) => message.role === "user");
  const marks = [...textOf(said?.content ?? "").matchAll(MARK)];
  return marks.at(-1)?.[1] ?? "";
}

const { fixtures, options, transcription } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const made = fixtures.map(({ match, content }) => ({ match, response: { content }, ...options }));
const errors = validateFixtures(made).filter(({ severity }) => severity === "error");
if (errors.length > 0) throw new Error(JSON.stringify(errors));

const mock = new LLMock({ ...options, port: 0, logLevel: "warn" });
for (const { match, content } of fixtures) {
  mock.on(match, (request) => ({ content: content.replaceAll("{key}", keyOf(request)) }));
}
if (transcription !== null) mock.onTranscription({ transcription });
await mock.start();
process.on("SIGTERM", () => mock.stop().finally(() => process.exit(0)));
console.log(`listening on ${mock.url}`);
