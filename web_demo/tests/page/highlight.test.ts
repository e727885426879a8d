import { describe, expect, it } from "vitest";
import { highlight } from "../../src/parts/highlight.ts";

const marked = (text: string, ...quotes: string[]) =>
  highlight(text, quotes)
    .map((piece) => (piece.quotes.length > 0 ? `[${piece.text}]` : piece.text))
    .join("");

describe("quotes", () => {
  it("are found where they stand, as often as they do", () => {
    expect(marked("I led it. I led the team.", "I led")).toBe("[I led] it. [I led] the team.");
    expect(marked("제가 먼저 배포를 되돌렸습니다.", "배포를 되돌렸습니다")).toBe(
      "제가 먼저 [배포를 되돌렸습니다].",
    );
  });

  it("may overlap, and each piece knows whose it is", () => {
    expect(highlight("abcd", ["abc", "bcd"])).toEqual([
      { text: "a", quotes: [0] },
      { text: "bc", quotes: [0, 1] },
      { text: "d", quotes: [1] },
    ]);
  });

  it("are found across lines, and may hold any sign", () => {
    expect(marked("from 4%\n to 0.1% (daily)", "4% to 0.1% (daily)")).toBe("from [4%\n to 0.1% (daily)]");
  });

  it("that aren't there mark nothing", () => {
    expect(marked("I led it.", "we led", "", "  ")).toBe("I led it.");
    expect(highlight("", ["x"])).toEqual([]);
  });

  it("lose nothing of the text", () => {
    const text = "가나다 라마바 가나다";
    expect(
      highlight(text, ["나다", "다 라", "가나다 라마바 가나다"])
        .map((piece) => piece.text)
        .join(""),
    ).toBe(text);
  });
});
