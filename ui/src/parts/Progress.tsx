type Props = { value: number; label: string; tone?: "accent" | "bad" | "soft" };

const TONES = { accent: "bg-accent", bad: "bg-bad", soft: "bg-soft" };

/** A bar from 0 to 100. */
export function Progress({ value, label, tone = "accent" }: Props) {
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.floor(value)}
      className="h-1.5 w-full overflow-hidden rounded-full bg-sunk"
    >
      <div
        className={`h-full rounded-full transition-[width] duration-300 ${TONES[tone]}`}
        style={{ width: `${Math.min(100, Math.max(0, value))}%` }}
      />
    </div>
  );
}
