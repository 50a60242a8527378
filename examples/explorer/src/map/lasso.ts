/** Points inside a polygon, by how often a ray from them crosses it. */
export function insidePolygon(
  polygon: readonly (readonly [number, number])[],
  candidates: readonly number[],
  positions: Float32Array,
): number[] {
  return candidates.filter((index) => {
    const [x, y] = [positions[2 * index] as number, positions[2 * index + 1] as number];
    let inside = false;
    let [fromX, fromY] = polygon.at(-1) ?? [0, 0];
    for (const [toX, toY] of polygon) {
      if (fromY > y !== toY > y && x < ((toX - fromX) * (y - fromY)) / (toY - fromY) + fromX) {
        inside = !inside;
      }
      [fromX, fromY] = [toX, toY];
    }
    return inside;
  });
}
