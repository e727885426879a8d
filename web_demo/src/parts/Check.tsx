/** Something to be had or not: a check box, its name, and what it means. */
import { useId } from "react";

interface Props {
  label: string;
  note: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

export function Check({ label, note, checked, onChange }: Props) {
  const id = useId();
  return (
    <div className="flex min-h-11 items-start gap-3 py-1.5">
      <input
        id={id}
        type="checkbox"
        className="mt-1 size-5 shrink-0 accent-ink"
        aria-describedby={`${id}-note`}
        checked={checked}
        onChange={(event) => {
          onChange(event.target.checked);
        }}
      />
      <div className="text-sm">
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        <p id={`${id}-note`} className="text-xs text-soft">
          {note}
        </p>
      </div>
    </div>
  );
}
