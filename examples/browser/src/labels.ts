/** The box of a label, with its centre at x and y. */
export interface Box {
  x: number;
  y: number;
  readonly width: number;
  readonly height: number;
}

/** Enough for ten boxes; a few that still overlap are better than a page that blocks. */
const ROUNDS = 60;

/** Moves the boxes apart and into the frame, each as little as possible. */
export function apart<Kind extends Box>(boxes: readonly Kind[], frame: [number, number]): Kind[] {
  const moved = boxes.map((box) => ({ ...box }));
  for (let round = 0; round < ROUNDS; round++) {
    let isApart = true;
    moved.forEach((a, i) => {
      for (const b of moved.slice(i + 1)) {
        const across = (a.width + b.width) / 2 - Math.abs(a.x - b.x);
        const down = (a.height + b.height) / 2 - Math.abs(a.y - b.y);
        if (across <= 0 || down <= 0) continue;
        isApart = false;
        // Moves along the shorter direction, each box by half of the overlap.
        if (across < down) {
          const way = (a.x < b.x ? -1 : 1) * (across / 2 + 0.5);
          [a.x, b.x] = [a.x + way, b.x - way];
        } else {
          const way = (a.y < b.y ? -1 : 1) * (down / 2 + 0.5);
          [a.y, b.y] = [a.y + way, b.y - way];
        }
      }
    });
    for (const box of moved) {
      box.x = Math.max(box.width / 2, Math.min(frame[0] - box.width / 2, box.x));
      box.y = Math.max(box.height / 2, Math.min(frame[1] - box.height / 2, box.y));
    }
    if (isApart) break;
  }
  return moved;
}
