import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

type Props = { picture: LucideIcon; title: string; text?: string; children?: ReactNode };

/** What stands where there is nothing yet, with the next thing to do. */
export function Empty({ picture: Picture, title, text, children }: Props) {
  return (
    <div className="mx-auto flex max-w-md flex-col items-center gap-3 p-8 text-center">
      <span className="grid size-14 place-items-center rounded-2xl bg-tint text-accent">
        <Picture aria-hidden className="size-7" strokeWidth={1.5} />
      </span>
      <h2 className="text-lg font-semibold">{title}</h2>
      {text && <p className="text-soft">{text}</p>}
      {children && <div className="mt-1 flex flex-wrap justify-center gap-2">{children}</div>}
    </div>
  );
}

/** Grey lines in the shape of what is coming. */
export function Waiting({ lines = 3, label }: { lines?: number; label: string }) {
  return (
    <div role="status" aria-label={label} className="flex flex-col gap-3 p-4">
      {Array.from({ length: lines }, (_, at) => (
        <span
          key={at}
          className="breathe h-4 rounded bg-sunk"
          style={{ width: `${[92, 78, 85, 60][at % 4]}%`, animationDelay: `${at * 90}ms` }}
        />
      ))}
    </div>
  );
}
