import { describe, expect, it } from "vitest";
import { blocksOf, flattened, inUnits, piecesOf } from "../src/state/blocks";

const TABLE = "| Unit | Delay |\n|-|-|\n| UF-1 | 20 minutes | [1]";

describe("a text with a table", () => {
  it("has the table's rows with their offsets", () => {
    const [before, table] = blocksOf(`Limits\n${TABLE}`);
    expect(before).toMatchObject({ kind: "text", text: "Limits" });
    expect(table?.kind === "table" && table.rows).toMatchObject([
      { cells: ["Unit", "Delay"], isHead: true },
      { cells: ["UF-1", "20 minutes"], isHead: false, tail: "[1]", start: 30 },
    ]);
  });

  it("keeps bars of cells", () => {
    const [table] = blocksOf("| a \\| b | c |");
    expect(table?.kind === "table" && table.rows[0]?.cells).toEqual(["a | b", "c"]);
  });

  it("stays text where a bar stands alone", () => {
    expect(blocksOf("x | y\n|z")).toMatchObject([{ kind: "text", text: "x | y\n|z" }]);
  });

  it("is previewed without bars", () => {
    expect(flattened(TABLE)).toBe("Unit · Delay\nUF-1 · 20 minutes");
  });
});

describe("marks", () => {
  it("count letters as the server does", () => {
    expect(inUnits("a𝛼b", [{ start: 1, end: 3 }])).toEqual([{ start: 1, end: 4 }]);
  });

  it("cut a text into pieces, also where they overlap or reach beyond it", () => {
    expect(
      piecesOf("abcdef", 10, [
        { start: 11, end: 13 },
        { start: 12, end: 14 },
        { start: 15, end: 99 },
        { start: 0, end: 5 },
      ]),
    ).toEqual([
      { text: "a", isMarked: false },
      { text: "bc", isMarked: true },
      { text: "d", isMarked: true },
      { text: "e", isMarked: false },
      { text: "f", isMarked: true },
    ]);
  });
});
