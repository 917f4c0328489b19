import { language } from "../state/preferences";
import { useStore } from "../state/store";

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** Formats numbers, sizes, times and durations in one language. */
export function createFormat(locale: string) {
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" });
  const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  const unit = (value: number, name: string, digits = 0) =>
    new Intl.NumberFormat(locale, {
      style: "unit",
      unit: name,
      unitDisplay: "short",
      maximumFractionDigits: digits,
    }).format(value);

  return {
    number: (value: number) => number.format(value),
    percent: (value: number) => `${Math.floor(value)} %`,
    moment: (iso: string) => moment.format(new Date(iso)),
    size(bytes: number): string {
      let value = bytes;
      let at = 0;
      while (value >= 1000 && at < UNITS.length - 1) {
        value /= 1000;
        at += 1;
      }
      return unit(value, UNITS[at] ?? "byte", value < 10 && at > 0 ? 1 : 0);
    },
    /** Return how long ago it was, or the day if that is more than a week. */
    ago(iso: string, now: number = Date.now()): string {
      const seconds = (new Date(iso).getTime() - now) / 1000;
      const steps: [below: number, size: number, name: Intl.RelativeTimeFormatUnit][] = [
        [60, 1, "second"],
        [3600, 60, "minute"],
        [86_400, 3600, "hour"],
        [7 * 86_400, 86_400, "day"],
      ];
      for (const [below, size, name] of steps) {
        if (Math.abs(seconds) < below) return relative.format(Math.round(seconds / size), name);
      }
      return day.format(new Date(iso));
    },
    duration(seconds: number): string {
      if (seconds < 1) return unit(Math.max(1, Math.round(seconds * 1000)), "millisecond");
      if (seconds < 90) return unit(seconds, "second", seconds < 10 ? 1 : 0);
      if (seconds < 5400) return unit(Math.round(seconds / 60), "minute");
      return unit(seconds / 3600, "hour", 1);
    },
  };
}

export type Format = ReturnType<typeof createFormat>;

/** Return the browser's locale if it is one of the chosen language: dates differ within it. */
export function localeOf(chosen: string, ofBrowser: string): string {
  return ofBrowser.toLowerCase().startsWith(chosen) ? ofBrowser : chosen;
}

const made = new Map<string, Format>();

export function useFormat(): Format {
  const locale = localeOf(useStore(language), navigator.language);
  let found = made.get(locale);
  if (!found) {
    found = createFormat(locale);
    made.set(locale, found);
  }
  return found;
}
