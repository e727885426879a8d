/** Stands before all others where the server wants to know who is there. */
import { useEffect } from "react";
import { useSurroundings } from "../../app/surroundings.tsx";
import { useText } from "../../i18n/language.tsx";
import { SignInForm } from "./SignInForm.tsx";

export function SignInScreen() {
  const text = useText();
  const { signIn } = useSurroundings();
  useEffect(() => {
    document.title = `${text.signIn.title} · viva`;
  }, [text]);
  return (
    <main id="main" tabIndex={-1} className="mx-auto max-w-5xl px-5 py-[9vh] sm:px-8">
      <div className="max-w-xl">
        <h1 className="text-2xl font-bold">{text.signIn.title}</h1>
        <p className="mt-4 text-soft">{text.signIn.lead}</p>
        <SignInForm
          onChecked={(token) => {
            signIn.accept(token);
          }}
        />
      </div>
    </main>
  );
}
