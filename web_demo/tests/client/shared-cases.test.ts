/** The core against scripted servers (`tests/cases/client`), which every client runs, all of them. */
import { describe, expect, it } from "vitest";
import { type Case, type File, play } from "./script.ts";

const found = import.meta.glob<File>(
  ["../../../tests/cases/client/*.json", "!../../../tests/cases/client/messages.json"],
  { eager: true, import: "default" },
);

function runs(cases: Case[]): [name: string, run: Case, each: unknown][] {
  return cases.flatMap((run) =>
    (run.each ?? [null]).map((each): [string, Case, unknown] => [
      each === null ? run.name : `${run.name} (${JSON.stringify(each)})`,
      run,
      each,
    ]),
  );
}

for (const [path, file] of Object.entries(found)) {
  describe(path.replace(/^.*\/|\.json$/g, ""), () => {
    it.each(runs(file.cases))("%s", (_, run, each) => {
      play(file, run, each);
    });
  });
}

it("finds the cases", () => {
  expect(Object.keys(found).length).toBeGreaterThan(0);
});
