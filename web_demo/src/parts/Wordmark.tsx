export function Wordmark() {
  return <span className="stroke px-0.5 text-lg font-bold tracking-tight">viva</span>;
}
