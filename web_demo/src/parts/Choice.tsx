/** One of several: radio buttons, all in sight. Arrow keys move between them, as browsers do. */
import { useId } from "react";

export interface Option<Value> {
  value: Value;
  label: string;
  note?: string;
  lang?: string;
}

interface Props<Value> {
  legend: string;
  hint?: string;
  options: readonly Option<Value>[];
  value: Value;
  onChange: (value: Value) => void;
}

export function Choice<Value extends string | number>({
  legend,
  hint,
  options,
  value,
  onChange,
}: Props<Value>) {
  const name = useId();
  const noted = options.some((option) => option.note !== undefined);
  return (
    <fieldset className="grid gap-x-6 gap-y-2.5 sm:grid-cols-[9rem_1fr]">
      <legend className="sr-only">{hint === undefined ? legend : `${legend}, ${hint}`}</legend>
      <div aria-hidden="true" className="pt-2.5 text-sm font-semibold">
        {legend}
        {hint !== undefined && <span className="block text-xs font-normal text-soft">{hint}</span>}
      </div>
      <div className={noted ? "grid gap-2 sm:grid-cols-3" : "flex flex-wrap items-start gap-2"}>
        {options.map((option) => (
          <label
            key={option.value}
            className="group block cursor-pointer rounded-lg border border-line bg-sheet px-3.5 py-2.5 text-sm transition hover:border-edge has-checked:border-ink has-checked:ring-1 has-checked:ring-ink has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-focus"
          >
            <input
              type="radio"
              className="sr-only"
              name={name}
              value={option.value}
              checked={option.value === value}
              onChange={() => {
                onChange(option.value);
              }}
            />
            <span lang={option.lang} className="w-fit font-medium group-has-checked:stroke">
              {option.label}
            </span>
            {option.note !== undefined && (
              <span className="mt-0.5 block text-xs text-soft">{option.note}</span>
            )}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
