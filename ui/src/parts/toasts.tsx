import { X } from "lucide-react";
import { useTexts } from "../i18n";
import { createStore, useStore } from "../state/store";
import { IconButton } from "./Button";

export type Toast = { id: number; text: string; tone: "good" | "bad" };

const SHOWN_MS = 6_000;
const toasts = createStore<Toast[]>([]);
let last = 0;

/** Show a sentence for a few seconds; a failure stays until it is closed. */
export function tell(text: string, tone: Toast["tone"] = "good"): void {
  last += 1;
  const id = last;
  toasts.update((shown) => [...shown.slice(-2), { id, text, tone }]);
  if (tone === "good") setTimeout(() => remove(id), SHOWN_MS);
}

function remove(id: number): void {
  toasts.update((shown) => shown.filter((toast) => toast.id !== id));
}

export function Toasts() {
  const texts = useTexts();
  const shown = useStore(toasts);
  return (
    <div
      role="status"
      aria-live="polite"
      className="pointer-events-none fixed inset-x-0 bottom-20 z-50 flex flex-col items-center gap-2 px-4 md:bottom-6"
    >
      {shown.map((toast) => (
        <div
          key={toast.id}
          className={`pointer-events-auto flex max-w-lg items-center gap-2 rounded-xl py-1.5 pr-1.5 pl-4 text-sm shadow-lg ${
            toast.tone === "bad" ? "bg-bad text-paper" : "bg-ink text-paper"
          }`}
        >
          {toast.text}
          <IconButton
            label={texts.close}
            className="!text-paper hover:!bg-transparent"
            onPress={() => remove(toast.id)}
          >
            <X className="size-4" />
          </IconButton>
        </div>
      ))}
    </div>
  );
}
