import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App.tsx";
import { CrashScreen } from "./app/CrashScreen.tsx";
import { browserSurroundings, SurroundingsContext } from "./app/surroundings.tsx";
import { LanguageProvider } from "./i18n/language.tsx";
import "./page.css";

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no #root");

const surroundings = browserSurroundings();
createRoot(root).render(
  <StrictMode>
    <SurroundingsContext value={surroundings}>
      <LanguageProvider kept={surroundings.kept}>
        <CrashScreen>
          <App />
        </CrashScreen>
      </LanguageProvider>
    </SurroundingsContext>
  </StrictMode>,
);
