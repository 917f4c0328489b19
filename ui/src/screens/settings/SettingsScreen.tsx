import { CircleCheck, CircleX } from "lucide-react";
import type { ReactNode } from "react";
import { useHealth, useMe } from "../../api/queries";
import { named, useTexts } from "../../i18n";
import { Choice } from "../../parts/Choice";
import { Waiting } from "../../parts/Empty";
import { Screen } from "../../parts/Screen";
import { language, theme, type Language, type Theme } from "../../state/preferences";
import { useStore } from "../../state/store";
import { SignOut } from "./SignOut";
import { Verify } from "./Verify";

/** How the page looks, and whether the system works. */
export function SettingsScreen() {
  const texts = useTexts();
  const me = useMe();
  return (
    <Screen title={texts.settingsTitle}>
      <Card title={texts.appearance}>
        <div className="flex flex-wrap gap-4">
          <Choice
            label={texts.themeLabel}
            value={useStore(theme)}
            options={[
              { id: "system", label: texts.themeSystem },
              { id: "light", label: texts.themeLight },
              { id: "dark", label: texts.themeDark },
            ]}
            onChange={(id) => theme.set(id as Theme)}
          />
          <Choice
            label={texts.languageLabel}
            value={useStore(language)}
            options={[
              { id: "en", label: "English" },
              { id: "de", label: "Deutsch" },
            ]}
            onChange={(id) => language.set(id as Language)}
          />
        </div>
      </Card>
      <Card title={texts.health}>
        <Health />
      </Card>
      <Card title={texts.verify}>
        <Verify />
      </Card>
      <Card title={texts.about}>
        <p className="text-soft">
          {texts.aboutText}{" "}
          <a className="text-accent underline" href="/openapi.json">
            /openapi.json
          </a>
          .
        </p>
        {me.data?.signed_in && <SignOut />}
      </Card>
    </Screen>
  );
}

function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="card flex flex-col gap-3 p-5">
      <h2 className="font-semibold">{title}</h2>
      {children}
    </section>
  );
}

function Health() {
  const texts = useTexts();
  const found = useHealth();
  if (found.isPending) return <Waiting lines={3} label={texts.loading} />;
  const isReady = found.data?.status === "ready";
  const sentence = found.isError ? texts.healthAway : isReady ? texts.healthReady : texts.healthNotReady;
  return (
    <>
      <p role="status" className={isReady && !found.isError ? "text-good" : "text-bad"}>
        {sentence}
      </p>
      <ul className="grid gap-x-6 gap-y-1.5 sm:grid-cols-2">
        {Object.entries(found.data?.checks ?? {}).map(([name, works]) => (
          <li key={name} className="flex items-center gap-2">
            {works ? (
              <CircleCheck aria-hidden className="size-4 text-good" />
            ) : (
              <CircleX aria-hidden className="size-4 text-bad" />
            )}
            {named(texts, "check", name)}
            <span className="sr-only">{works ? "✓" : "✗"}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
