/** A competency's scores as a line, the earliest on the left; in words for those who don't see it. */
import type { PastScore } from "../../client/progress.ts";

interface Props {
  points: readonly PastScore[];
  /** What it shows. */
  label: string;
  /** What a point shows. */
  told: (point: PastScore) => string;
}

const WIDTH = 320;
const HEIGHT = 96;
/** Room for the scale's numbers on the left, and for half a point elsewhere. */
const LEFT = 20;
const EDGE = 8;

export function Chart({ points, label, told }: Props) {
  const max = Math.max(...points.map((point) => point.max));
  const places = points.map((point, index) => ({
    point,
    x: LEFT + EDGE + across(index, points.length) * (WIDTH - LEFT - 2 * EDGE),
    y: height(point.score / point.max),
  }));
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className="w-full" role="img" aria-label={label}>
      {[0, 1].map((share) => (
        <g key={share}>
          <path d={`M${LEFT} ${height(share)}H${WIDTH}`} className="stroke-line" />
          <text
            x={LEFT - 8}
            y={height(share)}
            dy="0.35em"
            className="fill-soft text-[0.75rem] tabular-nums"
            textAnchor="end"
          >
            {share * max}
          </text>
        </g>
      ))}
      <polyline
        points={places.map(({ x, y }) => `${x},${y}`).join(" ")}
        className="fill-none stroke-ink"
        strokeWidth="2"
        strokeLinejoin="round"
      />
      {places.map(({ point, x, y }, index) => (
        <circle
          key={point.interview}
          cx={x}
          cy={y}
          r={index === places.length - 1 ? 5 : 3}
          className={index === places.length - 1 ? "fill-marker stroke-ink" : "fill-ink stroke-ink"}
          strokeWidth="2"
        >
          <title>{told(point)}</title>
        </circle>
      ))}
    </svg>
  );
}

/** Where the point of that place lies between left (0) and right (1); one alone stands in the middle. */
function across(place: number, count: number): number {
  return count === 1 ? 0.5 : place / (count - 1);
}

function height(share: number): number {
  return HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE);
}
