import { describe, expect, it } from "vitest";
import { catalogues, named } from "../src/i18n";
import { createFormat, localeOf } from "../src/i18n/format";

describe("the catalogue", () => {
  it("has the same keys in all languages, with the same parameters", () => {
    const shapes = Object.values(catalogues).map((texts) =>
      Object.entries(texts).map(([key, text]) => [key, typeof text === "function" ? text.length : 0]),
    );
    expect(shapes[1]).toEqual(shapes[0]);
  });

  it("has no empty text", () => {
    for (const texts of Object.values(catalogues)) {
      expect(Object.values(texts).filter((text) => text === "")).toEqual([]);
    }
  });

  it("shows a value of a newer server as it is", () => {
    expect(named(catalogues.en, "status", "failed")).toBe("failed");
    expect(named(catalogues.en, "status", "on_hold")).toBe("on hold");
  });
});

describe("formats", () => {
  it.each([
    ["en", 999, "999 byte"],
    ["en", 1500, "1.5 kB"],
    ["de", 2_400_000, "2,4 MB"],
    ["en", 25_000_000, "25 MB"],
  ])("show sizes in %s", (locale, bytes, shown) => {
    expect(createFormat(locale).size(bytes)).toBe(shown);
  });

  it.each([
    [-30, "30 sec. ago"],
    [-120, "2 min. ago"],
    [-7200, "2 hr. ago"],
    [-86_400 * 2, "2 days ago"],
  ])("tell that %i seconds are past", (seconds, shown) => {
    const now = Date.parse("2026-03-01T12:00:00Z");
    expect(createFormat("en").ago(new Date(now + seconds * 1000).toISOString(), now)).toBe(shown);
  });

  it("follow the browser within the chosen language", () => {
    expect(localeOf("en", "en-GB")).toBe("en-GB");
    expect(localeOf("de", "en-GB")).toBe("de");
  });
});
