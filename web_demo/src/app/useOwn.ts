/**
 * What was written and said, and is kept in this browser, is one user's: whoever signs in next finds nothing of it, and
 * what is too old goes whoever comes.
 */
import { useCallback, useEffect, useLayoutEffect } from "react";
import { forgetAllDrafts } from "../screens/interview/drafts.ts";
import type { SignInState } from "./sign-in.ts";
import { useSurroundings } from "./surroundings.tsx";

const KEPT_AS = "viva.user";
/** Who left it: nobody is called so. */
const NOBODY = "-";

/** Returns what forgets all of it, for somebody who leaves. */
export function useOwn(state: SignInState): () => void {
  const { kept, recordings } = useSurroundings();
  const owner = state.status === "in" ? (state.user ?? "") : null;
  const forget = useCallback(() => {
    // Whoever comes next forgets it again: a piece may be on its way to the disk just now.
    kept.setItem(KEPT_AS, NOBODY);
    forgetAllDrafts(kept);
    void recordings.forgetAll();
  }, [kept, recordings]);
  useEffect(() => {
    void recordings.sweep();
  }, [recordings]);
  // Before the effects of the screens, which look for what is kept.
  useLayoutEffect(() => {
    if (owner === null) return;
    const before = kept.getItem(KEPT_AS);
    if (before !== null && before !== owner) forget();
    kept.setItem(KEPT_AS, owner);
  }, [owner, kept, forget]);
  return forget;
}
