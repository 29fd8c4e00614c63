// The colours of the page and of all figures, and the styles that figures share.

const LIGHT = `
  --page: #ffffff; --ink: #1c1c1e; --soft: #63636b; --line: #dcdce2; --fill: #eceef4;
  --blue: #1d5fd1; --green: #15803d; --orange: #c2410c; --grey: #77777f;
  --parameter: lightblue; --operation: lightgrey; --output: #caff70;
  --digit-0: #1d5fd1; --digit-1: #c2410c; --digit-2: #15803d; --digit-3: #b91c7c; --digit-4: #6d28d9;
  --digit-5: #0e7490; --digit-6: #866800; --digit-7: #c01f1f; --digit-8: #55555c; --digit-9: #7a4a2b;`;

const DARK = `
  --page: #141414; --ink: #ececee; --soft: #a2a2aa; --line: #3a3a40; --fill: #26282e;
  --blue: #7eb0ff; --green: #5fd07f; --orange: #ff9a62; --grey: #9a9aa3;
  --parameter: #1f4a5c; --operation: #3b3b40; --output: #3f5c12;
  --digit-0: #7eb0ff; --digit-1: #ff9a62; --digit-2: #5fd07f; --digit-3: #ff86c8; --digit-4: #b79cff;
  --digit-5: #4fd3e8; --digit-6: #e0c04a; --digit-7: #ff7b72; --digit-8: #b4b4bb; --digit-9: #d6a27e;`;

/**
 * Dark on screens only, since paper is white. Digits are ink on white; inverted by 92 % the white is
 * #141414.
 */
export const THEME = `
:root { color-scheme: light dark;${LIGHT} }
@media screen and (prefers-color-scheme: dark) {
  :root {${DARK} }
  svg image, img.digits { filter: invert(92%) hue-rotate(180deg); }
}
svg.figure { background: var(--page); color: var(--ink); fill: currentColor;
  font-family: system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; }
svg.figure image { image-rendering: pixelated; }
svg.figure .soft { fill: var(--soft); }
svg.figure .parameter polygon { fill: var(--parameter); }
svg.figure .operation polygon { fill: var(--operation); }
svg.figure .result polygon { fill: var(--output); }
svg.figure .node polygon, svg.figure .edge path { stroke: var(--ink); }
svg.figure .edge polygon { fill: var(--ink); stroke: var(--ink); }
svg.figure .node text { fill: var(--ink); font-family: ui-monospace, Menlo, Consolas, "Liberation Mono", monospace; }
`;
