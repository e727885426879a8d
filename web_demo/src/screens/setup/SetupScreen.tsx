/** The first screen: a new interview, and the earlier ones. */
import { useCallback, useEffect } from "react";
import { useSurroundings } from "../../app/surroundings.tsx";
import { useLoaded } from "../../app/useLoaded.ts";
import { useText } from "../../i18n/language.tsx";
import { LoadFailed } from "../../parts/LoadFailed.tsx";
import { History } from "./History.tsx";
import { SetupForm } from "./SetupForm.tsx";

export function SetupScreen() {
  const text = useText();
  const { api } = useSurroundings();
  const [offered, loadAgain] = useLoaded(useCallback(() => api.capabilities(), [api]));
  useEffect(() => {
    document.title = "viva";
  }, []);
  return (
    <main id="main" tabIndex={-1} className="mx-auto max-w-5xl px-5 pb-24 sm:px-8">
      <div className="max-w-3xl pt-8 pb-12 sm:pt-14 sm:pb-16">
        <h1 className="text-2xl font-bold tracking-tight">{text.setup.title}</h1>
        <p className="mt-5 max-w-2xl text-soft">{text.setup.lead}</p>
      </div>
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-x-14 gap-y-16 lg:grid-cols-[minmax(0,1fr)_17rem]">
        <section aria-labelledby="new">
          <h2 id="new" className="border-t border-ink pt-3 pb-6 text-sm font-semibold">
            {text.setup.form}
          </h2>
          {offered.status === "loading" && <p className="text-sm text-soft">{text.loading}</p>}
          {offered.status === "failed" && <LoadFailed problem={offered.problem} onRetry={loadAgain} />}
          {offered.status === "loaded" && <SetupForm offered={offered.value} />}
        </section>
        <History />
      </div>
    </main>
  );
}
