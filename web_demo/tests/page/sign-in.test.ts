/** Who is signed in: what is asked of the server, what is kept, and what waits for another token. */
import { describe, expect, it } from "vitest";
import { claimsOf, tokenIn } from "../../src/app/token.ts";
import { storage } from "./kept.ts";
import { PeopleServer, token } from "./people.ts";

const MINA = token("mina");
const LATER = token("mina", 3_000);
const JUNO = token("juno");

/** A page on a server that takes these tokens, signed in with the first. */
async function signedIn(first: string, ...others: string[]) {
  const server = new PeopleServer(first, ...others);
  const kept = storage();
  const page = server.page(kept);
  await page.signIn.begin();
  page.signIn.accept(first);
  return { server, kept, ...page };
}

describe("a token", () => {
  it.each([
    ["  abc.def.ghi\n", "abc.def.ghi"],
    ["Bearer abc.def.ghi", "abc.def.ghi"],
    ["two words", null],
    ["비밀", null],
    ["", null],
  ])("pasted as %j is %j", (pasted, found) => {
    expect(tokenIn(pasted)).toBe(found);
  });

  it("names its user and its end, in any script, and never breaks the page", () => {
    expect(claimsOf(token("김미나", 7))).toEqual({ user: "김미나", expiresAt: 7_000 });
    for (const strange of ["", "a", "a.b.c", "a.bnVsbA.c", "a.e30.c"])
      expect(claimsOf(strange)).toEqual({ user: null, expiresAt: null });
  });
});

describe("a server", () => {
  it("that wants no token is asked once, and nobody has to sign in", async () => {
    const server = new PeopleServer();
    server.admitted = null;
    const { signIn } = server.page(storage());
    await Promise.all([signIn.begin(), signIn.begin()]);
    expect([signIn.state, server.asked.length]).toEqual([{ status: "open" }, 1]);
  });

  it("that wants one says so with its first refusal", async () => {
    const { signIn } = new PeopleServer(MINA).page(storage());
    expect(signIn.state).toEqual({ status: "asking" });
    await signIn.begin();
    expect(signIn.state).toEqual({ status: "out" });
  });

  it("that is away at first can still want one", async () => {
    const server = new PeopleServer(MINA);
    server.broken = "overloaded";
    const { api, signIn } = server.page(storage());
    await signIn.begin();
    expect(signIn.state).toEqual({ status: "open" });
    server.broken = null;
    await expect(api.interviews(8)).rejects.toMatchObject({ code: "unauthenticated" });
    expect(signIn.state).toEqual({ status: "out" });
  });
});

describe("what was pasted", () => {
  const OLD = token("mina", 900);
  it.each([
    ["  ", { why: "missing", code: null }],
    ["열쇠", { why: "invalid", code: null }],
    ["nonsense", { why: "invalid", code: "unauthenticated" }],
    [OLD, { why: "expired", code: "unauthenticated" }],
  ])("as %j is refused, and nothing is kept", async (pasted, refusal) => {
    const kept = storage();
    const { signIn } = new PeopleServer(MINA).page(kept);
    await signIn.begin();
    expect(await signIn.check(pasted)).toMatchObject({ refusal });
    expect([signIn.state, kept.length]).toEqual([{ status: "out" }, 0]);
  });

  it("isn't blamed for a server that can't tell", async () => {
    const server = new PeopleServer(MINA);
    const { signIn } = server.page(storage());
    server.broken = "overloaded";
    expect(await signIn.check(MINA)).toMatchObject({ refusal: { why: "unchecked", code: "overloaded" } });
  });

  it("counts once it is accepted, outlives a reload, and is gone after signing out", async () => {
    const { server, kept, signIn } = await signedIn(MINA);
    expect(await signIn.check(` ${MINA} `)).toEqual({ token: MINA });
    const reloaded = server.page(kept).signIn;
    expect(reloaded.state).toEqual({ status: "in", token: MINA, user: "mina" });
    reloaded.signOut();
    expect([reloaded.state, kept.length]).toEqual([{ status: "out" }, 0]);
  });
});

describe("a request", () => {
  it("goes with the token", async () => {
    const { server, api } = await signedIn(MINA);
    await api.report("i1", "markdown");
    expect(server.asked.at(-1)).toEqual(["GET", "/v1/interviews/i1/report", MINA]);
  });

  it("whose token has run out waits for another of that user, and goes on", async () => {
    const { server, kept, api, signIn } = await signedIn(MINA, LATER);
    server.admitted?.delete(MINA);
    const requests = Promise.all([api.interviews(8), api.report("i1", "markdown")]);
    await expect.poll(() => signIn.state.status).toBe("expired");
    expect(kept.length).toBe(0);
    signIn.accept(LATER);
    expect(await (await requests)[1].text()).toBe("# Report");
    expect(server.asked.at(-1)?.[2]).toBe(LATER);
  });

  it.each([
    ["another user signs in", JUNO],
    ["the user signs out", null],
  ])("is given up when %s meanwhile", async (_, next) => {
    const { server, api, signIn } = await signedIn(MINA, JUNO);
    server.admitted?.delete(MINA);
    const request = api.interviews(8);
    await expect.poll(() => signIn.state.status).toBe("expired");
    if (next === null) signIn.signOut();
    else signIn.accept(next);
    await expect(request).rejects.toMatchObject({ code: "unauthenticated" });
    expect(server.asked.filter(([, , sent]) => sent === JUNO)).toEqual([]);
  });
});

describe("an interview's client", () => {
  it("that asks once more gets the same token while it counts", async () => {
    const { signIn } = await signedIn(MINA);
    const next = signIn.tokens();
    expect([await next(), await next()]).toEqual([MINA, MINA]);
    expect(signIn.state.status).toBe("in");
  });

  it("that asks for another gets the one that the user pastes", async () => {
    const { server, signIn } = await signedIn(MINA, LATER);
    const next = signIn.tokens();
    await next();
    server.admitted?.delete(MINA);
    const another = next();
    await expect.poll(() => signIn.state.status).toBe("expired");
    signIn.accept(LATER);
    expect(await another).toBe(LATER);
  });

  it("keeps its token while the server can't tell", async () => {
    const { server, signIn } = await signedIn(MINA);
    const next = signIn.tokens();
    await next();
    server.broken = "overloaded";
    expect(await next()).toBe(MINA);
  });

  it("gets none after signing out", async () => {
    const { server, signIn } = await signedIn(MINA);
    const next = signIn.tokens();
    await next();
    server.admitted?.clear();
    const another = next();
    await expect.poll(() => signIn.state.status).toBe("expired");
    signIn.signOut();
    await expect(another).rejects.toThrow("Signed out");
    await expect(next()).rejects.toThrow("Signed out");
  });
});
