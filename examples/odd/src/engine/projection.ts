// Projects codes of any width to points of a map: their first two principal components (Pearson 1901).

/** The most rows from which the components are computed. */
const MOST_ROWS = 5000;
const TURNS = 100;

/** Returns x and y of each row, between 0 and 1, with outliers at the rim. */
export function project(codes: Float32Array, width: number): Float32Array {
  const rows = codes.length / width;
  const points = new Float32Array(2 * rows);
  if (width === 1) {
    for (let i = 0; i < rows; i++) points.set([codes[i] as number, 0], 2 * i);
  } else if (width === 2) points.set(codes);
  else {
    const { mean, axes } = components(codes, width);
    for (let i = 0; i < rows; i++) {
      for (const [a, axis] of axes.entries()) {
        let sum = 0;
        for (let j = 0; j < width; j++) {
          sum += ((codes[i * width + j] as number) - (mean[j] as number)) * (axis[j] as number);
        }
        points[2 * i + a] = sum;
      }
    }
  }
  return fitted(points);
}

function components(codes: Float32Array, width: number) {
  const rows = codes.length / width;
  const step = Math.max(1, Math.floor(rows / MOST_ROWS));
  const mean = new Float64Array(width);
  let count = 0;
  for (let i = 0; i < rows; i += step, count++) {
    for (let j = 0; j < width; j++) (mean[j] as number) += codes[i * width + j] as number;
  }
  for (let j = 0; j < width; j++) (mean[j] as number) /= count;
  const covariance = new Float64Array(width * width);
  for (let i = 0; i < rows; i += step) {
    for (let j = 0; j < width; j++) {
      const apart = (codes[i * width + j] as number) - (mean[j] as number);
      for (let k = 0; k < width; k++) {
        (covariance[j * width + k] as number) +=
          apart * ((codes[i * width + k] as number) - (mean[k] as number));
      }
    }
  }
  const axes: Float64Array[] = [];
  for (let a = 0; a < 2; a++) {
    // Deterministic starting vectors, which are not multiples of each other.
    let axis = Float64Array.from({ length: width }, (_, j) => 1 + ((j * 7 + a * 3) % 5));
    for (let turn = 0; turn < TURNS; turn++) {
      const next = new Float64Array(width);
      for (let j = 0; j < width; j++) {
        for (let k = 0; k < width; k++) {
          (next[j] as number) += (covariance[j * width + k] as number) * (axis[k] as number);
        }
      }
      for (const other of axes) {
        const along = next.reduce((sum, value, j) => sum + value * (other[j] as number), 0);
        for (let j = 0; j < width; j++) (next[j] as number) -= along * (other[j] as number);
      }
      const length = Math.hypot(...next) || 1;
      axis = next.map((value) => value / length);
    }
    axes.push(axis);
  }
  return { mean, axes };
}

/** Scales the points to [0, 1]: the middle 99 % fill the map, and points beyond it lie just within its rim. */
function fitted(points: Float32Array): Float32Array {
  for (let a = 0; a < 2; a++) {
    const values = Float32Array.from(
      { length: points.length / 2 },
      (_, i) => points[2 * i + a] as number,
    );
    values.sort();
    const at = (share: number) => values[Math.round(share * (values.length - 1))] as number;
    const [low, high] = [at(0.005), at(0.995)];
    const size = high - low || 1;
    for (let i = a; i < points.length; i += 2) {
      const value = 0.05 + (0.9 * ((points[i] as number) - low)) / size;
      points[i] = Math.min(0.99, Math.max(0.01, value));
    }
  }
  return points;
}

/** Returns the rows whose points are inside a polygon. */
export function inside(points: Float32Array, polygon: Float32Array): Uint32Array {
  const found: number[] = [];
  for (let i = 0; i < points.length / 2; i++) {
    const [x, y] = [points[2 * i] as number, points[2 * i + 1] as number];
    let isInside = false;
    for (let a = 0, b = polygon.length - 2; a < polygon.length; b = a, a += 2) {
      const [ax, ay] = [polygon[a] as number, polygon[a + 1] as number];
      const [bx, by] = [polygon[b] as number, polygon[b + 1] as number];
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) isInside = !isInside;
    }
    if (isInside) found.push(i);
  }
  return Uint32Array.from(found);
}
