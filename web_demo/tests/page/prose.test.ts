import { describe, expect, it } from "vitest";
import { blocksOf } from "../../src/parts/prose.ts";

const plain = (text: string) => ({ bold: false, text });

describe("written text", () => {
  it("is paragraphs between blank lines, and keeps the lines within them", () => {
    expect(blocksOf("One.\nTwo.\n\n\nThree.")).toEqual([
      { kind: "paragraph", lines: [[plain("One.")], [plain("Two.")]] },
      { kind: "paragraph", lines: [[plain("Three.")]] },
    ]);
  });

  it("has lists, headings and bold words", () => {
    expect(blocksOf("## Next\nSay:\n- the **result**\n* a number\n1. first\n2) second")).toEqual([
      { kind: "heading", lines: [[plain("Next")]] },
      { kind: "paragraph", lines: [[plain("Say:")]] },
      {
        kind: "list",
        ordered: false,
        items: [[plain("the "), { bold: true, text: "result" }], [plain("a number")]],
      },
      { kind: "list", ordered: true, items: [[plain("first")], [plain("second")]] },
    ]);
  });

  it.each(["**half", "-", "#", "2024 was a year", "a * b * c", "<b>not</b>"])(
    "%s reads as it stands",
    (text) => {
      expect(blocksOf(text)).toEqual([{ kind: "paragraph", lines: [[plain(text)]] }]);
    },
  );

  it("may be empty", () => {
    expect(blocksOf(" \n ")).toEqual([]);
  });
});
