import { describe, expect, it } from "vitest";
import { hasFilters, readSearch, sortedBy } from "../src/screens/library/filters";

describe("the address of the library", () => {
  it("keeps what is valid and drops the rest", () => {
    expect(readSearch({ name: "a", status: "failed", sort: "file_size", order: "asc", x: 1 })).toEqual({
      name: "a",
      status: "failed",
      sort: "file_size",
      order: "asc",
    });
    expect(readSearch({ name: 7, status: "gone", sort: "secret", order: "up" })).toEqual({});
  });

  it("turns the order of a column round", () => {
    expect(sortedBy({}, "created_at")).toMatchObject({ order: "asc" });
    expect(sortedBy({}, "file_name")).toMatchObject({ sort: "file_name", order: "asc" });
    expect(sortedBy({ sort: "file_size", order: "desc" }, "file_size")).toMatchObject({ order: "asc" });
    expect(sortedBy({ sort: "file_size", order: "asc" }, "created_at")).toMatchObject({ order: "desc" });
  });

  it("knows whether anything is filtered", () => {
    expect(hasFilters({ sort: "file_name" })).toBe(false);
    expect(hasFilters({ status: "failed" })).toBe(true);
  });
});
