import type { ReactNode } from "react";

type Props = { title: string; actions?: ReactNode; wide?: boolean; children: ReactNode };

/** A screen with its title, what can be done with it, and its content. */
export function Screen({ title, actions, wide = false, children }: Props) {
  return (
    <div className="h-full overflow-y-auto">
      <div
        className={`mx-auto flex w-full flex-col gap-5 px-4 py-6 sm:px-8 ${wide ? "max-w-7xl" : "max-w-3xl"}`}
      >
        <header className="flex flex-wrap items-center justify-between gap-3">
          <h1 className="font-serif text-2xl tracking-tight">{title}</h1>
          {actions}
        </header>
        {children}
      </div>
    </div>
  );
}
