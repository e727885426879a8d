import type { ComponentProps } from "react";

const looks = {
  primary: "bg-ink text-paper hover:opacity-85 disabled:opacity-40 font-semibold px-5",
  secondary: "border border-edge hover:bg-tint disabled:text-soft disabled:border-line px-4",
  quiet: "text-soft hover:text-ink hover:bg-tint disabled:opacity-50 px-3",
  danger: "bg-danger text-paper hover:opacity-85 font-semibold px-5",
};

type Props = ComponentProps<"button"> & { look?: keyof typeof looks };

/** A button; a link that looks like one takes `buttonLook`. */
export function Button({ look = "primary", className = "", ...rest }: Props) {
  return <button type="button" {...rest} className={`${buttonLook(look)} ${className}`} />;
}

export function buttonLook(look: keyof typeof looks): string {
  return `inline-flex min-h-11 items-center justify-center gap-2 rounded-lg text-sm whitespace-nowrap transition ${looks[look]}`;
}
