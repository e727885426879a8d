import { type ReactNode, useId } from "react";

interface Props {
  title: string;
  shown: boolean;
  children: ReactNode;
}

/** A part of the report under a rule; nothing where it would be empty. */
export function Section({ title, shown, children }: Props) {
  const id = useId();
  if (!shown) return null;
  return (
    <section
      aria-labelledby={id}
      className="mt-12 grid gap-x-14 gap-y-5 border-t border-ink pt-4 md:grid-cols-[13rem_minmax(0,1fr)]"
    >
      <h2 id={id} className="text-sm font-semibold">
        {title}
      </h2>
      <div className="max-w-2xl">{children}</div>
    </section>
  );
}
