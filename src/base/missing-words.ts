/** What programs write for a value that is not there (pandas, R, MySQL, the UCI repository), in lower case. */
export const MISSING_WORDS: ReadonlySet<string> = new Set([
  ...['', 'na', 'n/a', '#n/a', '<na>', 'nan', 'null', 'none', '?', '\\n'],
]);
