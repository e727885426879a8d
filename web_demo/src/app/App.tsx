/** The page: its head, and the screen that the address names, for whoever is signed in where one has to be. */
import { useEffect, useRef } from "react";
import { InterviewScreen } from "../screens/interview/InterviewScreen.tsx";
import { ProgressScreen } from "../screens/progress/ProgressScreen.tsx";
import { SetupScreen } from "../screens/setup/SetupScreen.tsx";
import { SignInAgain } from "../screens/sign-in/SignInAgain.tsx";
import { SignInScreen } from "../screens/sign-in/SignInScreen.tsx";
import { useLanguage, useText } from "../i18n/language.tsx";
import { Wordmark } from "../parts/Wordmark.tsx";
import { Announcer } from "./announcer.tsx";
import { linkTo, useRoute } from "./route.ts";
import type { SignInState } from "./sign-in.ts";
import { useOwn } from "./useOwn.ts";
import { useSurroundings } from "./surroundings.tsx";
import { useSignIn } from "./useSignIn.ts";

export function App() {
  const route = useRoute();
  const text = useText();
  const { signIn } = useSurroundings();
  const state = useSignIn();
  const user = userOf(state);
  const forget = useOwn(state);
  const place = linkTo(route);
  useEffect(() => {
    void signIn.begin();
  }, [signIn]);
  useFocusAfterSignIn(state);
  useEffect(() => {
    scrollTo(0, 0);
  }, [place]);
  return (
    <>
      <a
        href="#main"
        className="absolute top-2 left-2 z-50 -translate-y-20 rounded-md bg-ink px-4 py-2 text-paper focus:translate-y-0"
        onClick={(event) => {
          // The address behind `#` is the route.
          event.preventDefault();
          document.getElementById("main")?.focus();
        }}
      >
        {text.skipToContent}
      </a>
      <Header onSignOut={forget} />
      {/* Another user finds nothing of the one before: neither what is shown nor what was said. */}
      <Announcer key={user}>
        <Screen state={state} />
      </Announcer>
      {state.status === "expired" && <SignInAgain user={state.user} />}
    </>
  );
}

function Screen({ state }: { state: SignInState }) {
  const route = useRoute();
  if (state.status === "asking") return <Asking />;
  if (state.status === "out") return <SignInScreen />;
  if (route.screen === "progress") return <ProgressScreen />;
  return route.screen === "setup" ? <SetupScreen /> : <InterviewScreen key={route.id} id={route.id} />;
}

function Asking() {
  const text = useText();
  return (
    <main id="main" tabIndex={-1} className="mx-auto max-w-5xl px-5 pt-10 sm:px-8">
      <p className="text-sm text-soft">{text.loading}</p>
    </main>
  );
}

/** What had the focus may be gone: the form, or the button that led to it. */
function useFocusAfterSignIn({ status }: SignInState): void {
  const before = useRef(status);
  useEffect(() => {
    const signedIn = before.current !== "in" && status === "in";
    if (signedIn && before.current === "out") scrollTo(0, 0);
    if (signedIn && document.activeElement === document.body)
      document.getElementById("main")?.focus({ preventScroll: true });
    before.current = status;
  }, [status]);
}

/** The user whose page this is, "" where there is none. */
function userOf(state: SignInState): string {
  return state.status === "in" || state.status === "expired" ? (state.user ?? "") : "";
}

/** `onSignOut`: whoever sits here next finds nothing of what was written or said. */
function Header({ onSignOut }: { onSignOut: () => void }) {
  const { language, text, choose } = useLanguage();
  const other = language === "en" ? "ko" : "en";
  return (
    <header className="mx-auto flex max-w-5xl items-center justify-between gap-4 px-5 pt-5 pb-4 sm:px-8 print:hidden">
      <a href={linkTo({ screen: "setup" })} aria-label={text.home} className="shrink-0 rounded-sm">
        <Wordmark />
      </a>
      <div className="flex min-w-0 items-center gap-1 sm:gap-3">
        <Account onSignOut={onSignOut} />
        <button
          type="button"
          aria-label={`${text.changeLanguage}: ${text.otherLanguage}`}
          className="min-h-11 shrink-0 rounded-md px-3 text-sm text-soft transition-colors hover:text-ink"
          onClick={() => {
            choose(other);
          }}
        >
          <span lang={other}>{text.otherLanguage}</span>
        </button>
      </div>
    </header>
  );
}

/** Whose page it is, and the way out. */
function Account({ onSignOut }: { onSignOut: () => void }) {
  const { text } = useLanguage();
  const { signIn } = useSurroundings();
  const state = useSignIn();
  if (state.status !== "in" && state.status !== "expired") return null;
  return (
    <>
      {state.user !== null && (
        <p className="min-w-0 truncate text-sm text-soft" title={state.user}>
          <span className="sr-only">{text.signIn.signedInAs} </span>
          <span translate="no">{state.user}</span>
        </p>
      )}
      <button
        type="button"
        className="min-h-11 shrink-0 rounded-md px-3 text-sm text-soft transition-colors hover:text-ink"
        onClick={() => {
          signIn.signOut();
          onSignOut();
        }}
      >
        {text.signIn.signOut}
      </button>
    </>
  );
}
