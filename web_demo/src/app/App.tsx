/** The page: its head, and the screen that the address names. */
import { useEffect } from "react";
import { InterviewScreen } from "../screens/interview/InterviewScreen.tsx";
import { SetupScreen } from "../screens/setup/SetupScreen.tsx";
import { useLanguage, useText } from "../i18n/language.tsx";
import { Wordmark } from "../parts/Wordmark.tsx";
import { linkTo, useRoute } from "./route.ts";

export function App() {
  const route = useRoute();
  const text = useText();
  const place = linkTo(route);
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
      <Header />
      {route.screen === "setup" ? <SetupScreen /> : <InterviewScreen key={route.id} id={route.id} />}
    </>
  );
}

function Header() {
  const { language, text, choose } = useLanguage();
  const other = language === "en" ? "ko" : "en";
  return (
    <header className="mx-auto flex max-w-5xl items-center justify-between px-5 pt-5 pb-4 sm:px-8 print:hidden">
      <a href={linkTo({ screen: "setup" })} aria-label={text.home} className="rounded-sm">
        <Wordmark />
      </a>
      <button
        type="button"
        aria-label={`${text.changeLanguage}: ${text.otherLanguage}`}
        className="min-h-11 rounded-md px-3 text-sm text-soft transition-colors hover:text-ink"
        onClick={() => {
          choose(other);
        }}
      >
        <span lang={other}>{text.otherLanguage}</span>
      </button>
    </header>
  );
}
