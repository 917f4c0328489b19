import { describe, expect, it } from "vitest";
import { displayedSize, linesOf, middleOf, transformOf } from "../src/state/geometry";

const box = { x0: 0, y0: 0, x1: 20, y1: 10 }; // in the upper left corner of the unrotated page

describe("a box on a page", () => {
  it.each([
    [0, [0.1, 0.025], [100, 200]],
    [90, [0.975, 0.1], [200, 100]],
    [180, [0.9, 0.975], [100, 200]],
    [270, [0.025, 0.9], [200, 100]],
  ])("is found after a rotation of %i degrees", (rotation, middle, size) => {
    const page = { width: 100, height: 200, rotation };
    const [across, down] = middleOf(box, page);
    expect(across).toBeCloseTo(middle[0] ?? 0);
    expect(down).toBeCloseTo(middle[1] ?? 0);
    expect(displayedSize(page)).toEqual(size);
  });

  it("is drawn where its middle is", () => {
    for (const rotation of [0, 90, 180, 270]) {
      const page = { width: 100, height: 200, rotation };
      const [width, height] = displayedSize(page);
      const [x, y] = applied(transformOf(page), 10, 5);
      const [across, down] = middleOf(box, page);
      expect([x / width, y / height].map((each) => each.toFixed(6))).toEqual(
        [across, down].map((each) => each.toFixed(6)),
      );
    }
  });
});

/** Return a point after `translate(a b) rotate(c)`. */
function applied(transform: string | undefined, x: number, y: number): [number, number] {
  if (!transform) return [x, y];
  const [across = 0, down = 0, degrees = 0] = transform.match(/-?\d+/g)?.map(Number) ?? [];
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return [across + x * cos - y * sin, down + x * sin + y * cos];
}

describe("words of a page", () => {
  it("are joined to lines with the box of all their words", () => {
    expect(
      linesOf([
        { text: "Valve", box: [10, 20, 30, 30], line: 0 },
        { text: "pressure", box: [35, 19, 60, 31], line: 0 },
        { text: "bar", box: [10, 40, 20, 50], line: 1 },
      ]),
    ).toEqual([
      { text: "Valve pressure", box: { x0: 10, y0: 19, x1: 60, y1: 31 } },
      { text: "bar", box: { x0: 10, y0: 40, x1: 20, y1: 50 } },
    ]);
  });
});
