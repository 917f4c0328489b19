import { CloudOff, FileQuestion, Lock, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { OFFLINE, Problem } from "../api/client";
import { useTexts, type Catalogue } from "../i18n";
import { Button } from "./Button";

/** Say what went wrong in words of the page's language where the server can't. */
export function sentenceOf(error: unknown, texts: Catalogue): string {
  if (!(error instanceof Problem)) return texts.errorUnknown;
  if (error.code === OFFLINE) return texts.errorOffline;
  return error.message || texts.errorUnknown;
}

function titleOf(error: unknown, texts: Catalogue): string {
  if (error instanceof Problem && error.status === 403) return texts.deniedTitle;
  if (error instanceof Problem && [404, 410].includes(error.status)) return texts.notFoundTitle;
  return texts.errorTitle;
}

function pictureOf(error: unknown) {
  if (error instanceof Problem) {
    if (error.code === OFFLINE) return CloudOff;
    if (error.status === 403) return Lock;
    if (error.status === 404 || error.status === 410) return FileQuestion;
  }
  return TriangleAlert;
}

type Props = { error: unknown; onRetry?: () => void; children?: ReactNode };

/** A failure in the place of what could not be shown: what happened, what to do, its request. */
export function Failure({ error, onRetry, children }: Props) {
  const texts = useTexts();
  const Picture = pictureOf(error);
  const id = error instanceof Problem ? error.requestId : "";
  return (
    <div role="alert" className="mx-auto flex max-w-md flex-col items-center gap-3 p-8 text-center">
      <Picture aria-hidden className="size-8 text-soft" strokeWidth={1.5} />
      <h2 className="text-lg font-semibold">{titleOf(error, texts)}</h2>
      <p className="text-soft">{sentenceOf(error, texts)}</p>
      <div className="flex gap-2">
        {onRetry && <Button onPress={onRetry}>{texts.retry}</Button>}
        {children}
      </div>
      {id && <p className="font-mono text-xs break-all text-soft">{texts.requestId(id)}</p>}
    </div>
  );
}

/** A failure in one line beside what it belongs to. */
export function FailureLine({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const texts = useTexts();
  const id = error instanceof Problem ? error.requestId : "";
  return (
    <div
      role="alert"
      className="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-lg bg-bad-tint px-3 py-2 text-sm text-bad"
    >
      <TriangleAlert aria-hidden className="size-4 shrink-0" />
      <span className="min-w-0 flex-1">{sentenceOf(error, texts)}</span>
      {id && <span className="font-mono text-xs opacity-80">{texts.requestId(id.slice(0, 8))}</span>}
      {onRetry && (
        <Button size="small" onPress={onRetry}>
          {texts.retry}
        </Button>
      )}
    </div>
  );
}
