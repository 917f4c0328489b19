import { ArrowUp, Square } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTexts } from "../../i18n";
import { stop, turns } from "../../state/conversation";
import { useStore } from "../../state/store";
import { ScopeMenu } from "./ScopeMenu";

const MOST_CHARACTERS = 4000;

/** The field of the question; Enter asks, Shift and Enter begin a new line. */
export function Composer({ onAsk }: { onAsk: (question: string) => void }) {
  const texts = useTexts();
  const [question, setQuestion] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  const running = useStore(turns).find((turn) => turn.state === "running");

  useEffect(() => {
    if (matchMedia("(pointer: fine)").matches) field.current?.focus();
  }, []);

  const submit = () => {
    if (!question.trim() || running) return;
    onAsk(question);
    setQuestion("");
  };

  return (
    <form
      className="mx-auto w-full max-w-3xl px-3 pb-3 sm:px-6 sm:pb-5"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div className="card flex flex-col gap-1 p-2 shadow-sm focus-within:border-accent">
        <label htmlFor="question" className="sr-only">
          {texts.ask}
        </label>
        <textarea
          id="question"
          ref={field}
          data-search
          rows={1}
          maxLength={MOST_CHARACTERS}
          value={question}
          placeholder={texts.askPlaceholder}
          onChange={(event) => setQuestion(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
              event.preventDefault();
              submit();
            }
          }}
          className="field-sizing-content max-h-48 min-h-10 w-full resize-none bg-transparent px-2 py-2 text-base outline-none placeholder:text-soft"
        />
        <div className="flex items-center justify-between gap-2">
          <ScopeMenu />
          {running ? (
            <RoundButton label={texts.askStop} type="button" onClick={() => stop(running.id)}>
              <Square className="size-3.5 fill-current" />
            </RoundButton>
          ) : (
            <RoundButton label={texts.askSend} type="submit" disabled={!question.trim()}>
              <ArrowUp className="size-5" />
            </RoundButton>
          )}
        </div>
      </div>
    </form>
  );
}

function RoundButton({
  label,
  children,
  ...rest
}: React.ComponentProps<"button"> & { label: string }) {
  return (
    <button
      aria-label={label}
      title={label}
      {...rest}
      className="grid size-10 shrink-0 place-items-center rounded-full bg-accent text-on-accent transition hover:brightness-110 disabled:bg-sunk disabled:text-soft"
    >
      {children}
    </button>
  );
}
