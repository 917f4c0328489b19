import { useMutation } from "@tanstack/react-query";
import { CircleCheck, CircleX } from "lucide-react";
import { api, data } from "../../api/client";
import { useTexts } from "../../i18n";
import { Button } from "../../parts/Button";
import { FailureLine } from "../../parts/Failure";

type Check = {
  name: string;
  rule: string;
  ok: boolean;
  problems: number;
  repaired: number;
  examples: string[];
};
type Report = { ok: boolean; checks: Check[] };

/** Ask the server to compare everything that it stores, and to repair what it can. */
export function Verify() {
  const texts = useTexts();
  const run = useMutation({
    mutationFn: async (repair: boolean) =>
      (await data(api.POST("/api/v1/ops/verify", { params: { query: { repair } } }))) as Report,
  });
  const broken = run.data?.checks.filter((check) => !check.ok) ?? [];
  return (
    <>
      <p className="text-soft">{texts.verifyText}</p>
      <div className="flex flex-wrap gap-2">
        <Button isDisabled={run.isPending} onPress={() => run.mutate(false)}>
          {run.isPending ? texts.verifyRunning : texts.verifyRun}
        </Button>
        {broken.length > 0 && (
          <Button kind="primary" isDisabled={run.isPending} onPress={() => run.mutate(true)}>
            {texts.verifyRepair}
          </Button>
        )}
      </div>
      {run.isError && <FailureLine error={run.error} />}
      {run.data && (
        <>
          <p role="status" className={broken.length ? "text-bad" : "text-good"}>
            {broken.length ? texts.verifyBad(broken.length) : texts.verifyOk}
          </p>
          <ul className="flex flex-col gap-1.5">
            {run.data.checks.map((check) => (
              <li key={check.name} className="flex items-start gap-2">
                {check.ok ? (
                  <CircleCheck aria-hidden className="mt-1 size-4 shrink-0 text-good" />
                ) : (
                  <CircleX aria-hidden className="mt-1 size-4 shrink-0 text-bad" />
                )}
                <span className="min-w-0">
                  {check.rule}
                  {check.problems > 0 && (
                    <span className="block text-sm text-soft">
                      {texts.verifyProblems(check.problems)}
                      {check.repaired > 0 && `, ${texts.verifyRepaired(check.repaired)}`}
                    </span>
                  )}
                  {check.examples.map((example) => (
                    <code key={example} className="block truncate text-xs text-soft">
                      {example}
                    </code>
                  ))}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
