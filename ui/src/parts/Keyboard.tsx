import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { Heading } from "react-aria-components";
import { useTexts, type Catalogue } from "../i18n";
import { Button } from "./Button";
import { Window } from "./Confirm";

/** Keys that work on every screen, unless someone is typing. */
export function useShortcuts(onHelp: () => void): void {
  const navigate = useNavigate();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement | null;
      const isTyping = target?.closest("input, textarea, select, [contenteditable], [role=dialog]");
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "/") {
        const field = document.querySelector<HTMLElement>("[data-search]");
        if (field) field.focus();
        else void navigate({ to: "/" });
      } else if (event.key === "u") void navigate({ to: "/upload" });
      else if (event.key === "?") onHelp();
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [navigate, onHelp]);
}

const KEYS: [keys: string[], text: keyof Catalogue][] = [
  [["/"], "helpSearch"],
  [["u"], "helpUpload"],
  [["j", "k"], "helpMove"],
  [["x"], "helpSelect"],
  [["↵"], "helpOpen"],
  [["Esc"], "helpClose"],
  [["?"], "helpHelp"],
];

export function KeyboardHelp({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const texts = useTexts();
  return (
    <Window isOpen={isOpen} onClose={onClose}>
      <Heading slot="title" className="text-lg font-semibold">
        {texts.helpTitle}
      </Heading>
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-2">
        {KEYS.map(([keys, text]) => (
          <div key={text} className="contents">
            <dt className="flex gap-1">
              {keys.map((key) => (
                <kbd key={key} className="min-w-7 rounded-md border border-line bg-sunk px-2 py-0.5 text-center font-mono text-sm">
                  {key}
                </kbd>
              ))}
            </dt>
            <dd>{texts[text] as string}</dd>
          </div>
        ))}
      </dl>
      <Button autoFocus onPress={onClose} className="self-end">
        {texts.close}
      </Button>
    </Window>
  );
}
