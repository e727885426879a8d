// @vitest-environment happy-dom
/** Where the page is, and where its server is. */
import { describe, expect, it } from "vitest";
import { linkTo, parseRoute, type Route } from "../../src/app/route.ts";
import { serverAddress } from "../../src/app/surroundings.tsx";
import { HttpApi } from "../../src/client/networked/http.ts";

interface HappyWindow {
  happyDOM: { setURL: (url: string) => void };
}

describe("the route", () => {
  it.each<Route>([
    { screen: "setup" },
    { screen: "progress" },
    { screen: "interview", id: "a-1" },
    { screen: "interview", id: "a/b c" },
  ])("%o survives the address", (route) => {
    expect(parseRoute(linkTo(route))).toEqual(route);
  });

  it.each(["", "#", "#/", "#/elsewhere", "#/progress/", "#/interviews/", "#/interviews/a/b"])(
    "%s leads to the start",
    (hash) => {
      expect(parseRoute(hash)).toEqual({ screen: "setup" });
    },
  );
});

describe("the server", () => {
  const page = (content: string | null) => {
    document.head.innerHTML = content === null ? "" : `<meta name="viva-server" content="${content}">`;
    return serverAddress(document).href;
  };

  it.each([
    ["https://host/", "https://host/"],
    ["https://host/deep/", "https://host/deep/"],
    ["https://host/deep/index.html#/interviews/1", "https://host/deep/"],
  ])("of a page at %s is at %s", (address, server) => {
    (window as unknown as HappyWindow).happyDOM.setURL(address);
    expect(page(null)).toBe(server);
    expect(page("  ")).toBe(server);
  });

  it("may be elsewhere", () => {
    expect(page("https://other.example:8443/viva/")).toBe("https://other.example:8443/viva/");
  });

  it("has its interviews below its own path", () => {
    const api = new HttpApi(new URL("https://host/deep/"));
    expect(api.interviewUrl("a b").href).toBe("https://host/deep/v1/interviews/a%20b");
  });
});
