import { KeyRound } from "lucide-react";
import { useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { Problem, problemOf } from "../api/client";
import { useTexts } from "../i18n";
import { Button } from "../parts/Button";
import { sentenceOf } from "../parts/Failure";
import { signedIn } from "../state/key";

/** Ask for a key, where the server wants one. */
export function SignIn() {
  const texts = useTexts();
  const client = useQueryClient();
  const [key, setKey] = useState("");
  const [remember, setRemember] = useState(false);
  const [problem, setProblem] = useState("");
  const [isBusy, setIsBusy] = useState(false);

  const submit = async (event: React.FormEvent) => {
    event.preventDefault();
    setIsBusy(true);
    setProblem("");
    try {
      const response = await fetch("/api/v1/session", {
        method: "POST",
        headers: { Authorization: `Bearer ${key.trim()}`, "Content-Type": "application/json" },
        body: JSON.stringify({ remember }),
      });
      if (response.status === 401) setProblem(texts.signInWrong);
      else if (response.ok) {
        signedIn();
        client.clear();
      } else setProblem(sentenceOf(await problemOf(response), texts));
    } catch {
      setProblem(sentenceOf(new Problem(0, "offline", ""), texts));
    } finally {
      setIsBusy(false);
    }
  };

  return (
    <main className="grid h-full place-items-center p-4">
      <form onSubmit={(event) => void submit(event)} className="card flex w-full max-w-sm flex-col gap-4 p-6 shadow-sm">
        <span className="grid size-12 place-items-center rounded-xl bg-tint text-accent">
          <KeyRound aria-hidden className="size-6" strokeWidth={1.5} />
        </span>
        <h1 className="font-serif text-2xl tracking-tight">{texts.signInTitle}</h1>
        <p className="text-soft">{texts.signInText}</p>
        <label className="flex flex-col gap-1 text-sm">
          {texts.signInKey}
          <input
            type="password"
            autoComplete="current-password"
            required
            autoFocus
            value={key}
            aria-invalid={problem !== ""}
            aria-describedby="key-problem"
            onChange={(event) => setKey(event.target.value)}
            className="field font-mono"
          />
        </label>
        <p id="key-problem" role="alert" className="text-sm text-bad empty:hidden">
          {problem}
        </p>
        <label className="flex items-center gap-2 text-sm">
          <input
            type="checkbox"
            checked={remember}
            onChange={(event) => setRemember(event.target.checked)}
            className="size-4 accent-accent"
          />
          {texts.signInRemember}
        </label>
        <Button kind="primary" type="submit" isDisabled={isBusy || !key.trim()}>
          {texts.signInButton}
        </Button>
      </form>
    </main>
  );
}
