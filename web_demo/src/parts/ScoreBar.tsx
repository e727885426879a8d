/** A score as a row of steps, the last of them partly filled; the number stands beside it for everybody. */
import { useText } from "../i18n/language.tsx";

interface Props {
  score: number;
  max: number;
  /** Whether it counts; one that doesn't is drawn fainter. That it doesn't is said in words elsewhere. */
  counts?: boolean;
}

export function ScoreBar({ score, max, counts = true }: Props) {
  const text = useText();
  return (
    <span
      className="inline-flex items-center gap-2.5"
      role="img"
      aria-label={text.interview.scoreOf(rounded(score), max)}
    >
      <svg
        viewBox={`0 0 ${max * 14 - 2} 6`}
        className="h-1.5 shrink-0"
        style={{ width: `${max * 0.875}rem` }}
        aria-hidden="true"
      >
        {Array.from({ length: max }, (_, step) => (
          <g key={step}>
            <rect x={step * 14} width="12" height="6" rx="1.5" className="fill-line" />
            <rect
              x={step * 14}
              width={12 * filled(score - step)}
              height="6"
              rx="1.5"
              className={counts ? "fill-ink" : "fill-edge"}
            />
          </g>
        ))}
      </svg>
      <span className="text-sm tabular-nums" aria-hidden="true">
        {rounded(score)}
        <span className="text-soft">/{max}</span>
      </span>
    </span>
  );
}

function filled(part: number): number {
  return Math.min(1, Math.max(0, part));
}

/** One decimal, where there is one. */
export function rounded(score: number): string {
  return String(Math.round(score * 10) / 10);
}
