import { createStore } from "./store";

export type Theme = "light" | "dark" | "system";
export type Language = "en" | "de";

function stored<T extends string>(name: string, allowed: readonly T[], otherwise: T): T {
  const value = localStorage.getItem(name) as T | null;
  return value && allowed.includes(value) ? value : otherwise;
}

function languageOfBrowser(): Language {
  return navigator.language.toLowerCase().startsWith("de") ? "de" : "en";
}

export const theme = createStore<Theme>(
  stored("quire.theme", ["light", "dark", "system"] as const, "system"),
);
export const language = createStore<Language>(
  stored("quire.language", ["en", "de"] as const, languageOfBrowser()),
);

const dark = matchMedia("(prefers-color-scheme: dark)");

function applyTheme(): void {
  const chosen = theme.get();
  const shown = chosen === "system" ? (dark.matches ? "dark" : "light") : chosen;
  document.documentElement.dataset.theme = shown;
}

function applyLanguage(): void {
  document.documentElement.lang = language.get();
}

/** Show the page in the chosen theme and language, now and after each change. */
export function followPreferences(): void {
  applyTheme();
  applyLanguage();
  dark.addEventListener("change", applyTheme);
  theme.subscribe(() => {
    localStorage.setItem("quire.theme", theme.get());
    applyTheme();
  });
  language.subscribe(() => {
    localStorage.setItem("quire.language", language.get());
    applyLanguage();
  });
}
