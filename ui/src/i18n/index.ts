import { language, type Language } from "../state/preferences";
import { useStore } from "../state/store";
import { de } from "./de";
import { en, type Catalogue } from "./en";

export type { Catalogue } from "./en";

export const catalogues: Record<Language, Catalogue> = { en, de };

/** The texts in the chosen language. */
export function useTexts(): Catalogue {
  return catalogues[useStore(language)];
}

/** Look up a text whose key ends with a value of the server; an unknown value is shown as it is. */
export function named(texts: Catalogue, prefix: string, value: string): string {
  const found = (texts as unknown as Record<string, unknown>)[`${prefix}_${value}`];
  return typeof found === "string" ? found : value.replaceAll("_", " ");
}
