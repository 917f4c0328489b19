import { named, useTexts } from "../i18n";

const TONES: Record<string, string> = {
  completed: "text-good",
  completed_empty: "text-warn",
  failed: "text-bad",
  cancelled: "text-soft",
  pending: "text-soft",
  processing: "text-accent",
  deleting: "text-soft",
};

/** The state of a document or a task: a dot and a word, because colour alone says nothing to many. */
export function Status({ status, of = "status" }: { status: string; of?: "status" | "task" }) {
  const texts = useTexts();
  const works = status === "processing" || status === "deleting";
  return (
    <span className={`inline-flex items-center gap-1.5 text-sm ${TONES[status] ?? "text-soft"}`}>
      <span
        aria-hidden
        className={`size-2 shrink-0 rounded-full bg-current ${works ? "breathe" : ""}`}
      />
      {named(texts, of === "task" && `task_${status}` in texts ? "task" : "status", status)}
    </span>
  );
}
