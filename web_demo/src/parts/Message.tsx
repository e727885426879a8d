/** A screen that says one thing and offers a way on. The focus goes to its title, so that it is read. */
import { type ReactNode, useEffect, useRef } from "react";

export function Message({
  title,
  detail,
  children,
}: {
  title: string;
  detail?: string;
  children?: ReactNode;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
  }, []);
  return (
    <main id="main" tabIndex={-1} className="mx-auto max-w-5xl px-5 py-[9vh] sm:px-8">
      <h1 ref={heading} tabIndex={-1} className="text-2xl font-semibold">
        {title}
      </h1>
      {detail !== undefined && <p className="mt-4 max-w-xl text-soft">{detail}</p>}
      <div className="mt-8 flex flex-wrap gap-3">{children}</div>
    </main>
  );
}
