/** Who is signed in, as it changes. */
import { useSyncExternalStore } from "react";
import type { SignInState } from "./sign-in.ts";
import { useSurroundings } from "./surroundings.tsx";

export function useSignIn(): SignInState {
  const { signIn } = useSurroundings();
  return useSyncExternalStore(signIn.subscribe, () => signIn.state);
}
