/** What programs write for a missing value (pandas, R, MySQL, the UCI repository), in lower case. */
export const MISSING_WORDS: ReadonlySet<string> = new Set([
  ...['', 'na', 'n/a', '#n/a', '<na>', 'nan', 'null', 'none', '?', '\\n'],
]);
