import { useTasks } from "../../api/queries";
import { named, useTexts } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { Waiting } from "../../parts/Empty";
import { Failure } from "../../parts/Failure";
import { Status } from "../../parts/Status";

/** How a document was worked on: each task with its attempts, its time and its error. */
export function Tasks({ id }: { id: string }) {
  const texts = useTexts();
  const format = useFormat();
  const found = useTasks(id);
  if (found.isPending) return <Waiting lines={4} label={texts.loading} />;
  if (!found.data) return <Failure error={found.error} onRetry={() => void found.refetch()} />;
  const { tasks } = found.data;
  if (tasks.length === 0) return <p className="p-8 text-center text-soft">{texts.tasksNone}</p>;
  const begun = Math.min(...tasks.map((task) => Date.parse(task.created_at)));
  const ended = Math.max(...tasks.map((task) => Date.parse(task.completed_at ?? task.started_at ?? task.created_at)));
  const whole = Math.max(1, ended - begun);
  const percent = (moment: string) => (100 * (Date.parse(moment) - begun)) / whole;
  return (
    <div className="h-full overflow-y-auto px-4 py-5 sm:px-8">
      <ol className="mx-auto flex max-w-4xl flex-col gap-2">
        {tasks.map((task) => {
          const from = task.started_at ? percent(task.started_at) : 0;
          const to = task.completed_at ? percent(task.completed_at) : 100;
          const seconds =
            task.started_at && task.completed_at
              ? (Date.parse(task.completed_at) - Date.parse(task.started_at)) / 1000
              : null;
          return (
            <li key={task.task_id} className="card flex flex-col gap-2 px-4 py-3">
              <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
                <span className="font-medium">{named(texts, "task", task.task_type)}</span>
                <span className="text-soft">
                  {texts.revision(task.revision)} · {texts.batch(task.batch + 1)}
                </span>
                <Status status={task.status} of="task" />
                <span className="ml-auto text-soft tabular-nums">
                  {[
                    task.attempt > 1 ? texts.attempts(task.attempt) : "",
                    seconds === null ? "" : format.duration(seconds),
                    format.moment(task.created_at),
                  ]
                    .filter(Boolean)
                    .join(" · ")}
                </span>
              </div>
              {task.started_at && (
                <div aria-hidden className="relative h-1.5 rounded-full bg-sunk">
                  <span
                    className={`absolute h-full min-w-1 rounded-full ${task.status === "failed" ? "bg-bad" : "bg-accent"}`}
                    style={{ left: `${Math.min(99, from)}%`, width: `${Math.max(0.5, to - from)}%` }}
                  />
                </div>
              )}
              {task.error_message && (
                <p className="text-sm text-bad">
                  {task.error_message} <code className="text-xs opacity-80">{task.error_code}</code>
                </p>
              )}
            </li>
          );
        })}
      </ol>
    </div>
  );
}
