// A line of JSON as the texts of its values.

/** Where a value is in its line, and its key where the line is an object. */
export interface JsonValue {
  key: string | undefined;
  from: number;
  to: number;
}

/** The values of an array or an object, in a text that JSON.parse takes. */
export function valuesOf(text: string): JsonValue[] {
  const values: JsonValue[] = [];
  let at = skipSpace(text, 0);
  const isObject = text[at] === '{';
  for (at = skipSpace(text, at + 1); at < text.length; at = skipSpace(text, at)) {
    if (text[at] === ']' || text[at] === '}') break;
    if (text[at] === ',') {
      at++;
      continue;
    }
    let key: string | undefined;
    if (isObject) {
      const end = endOfValue(text, at);
      key = JSON.parse(text.slice(at, end)) as string;
      at = skipSpace(text, skipSpace(text, end) + 1); // over the colon
    }
    const from = at;
    at = endOfValue(text, at);
    values.push({ key, from, to: at });
  }
  return values;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\r\n'.includes(text[at] as string)) at++;
  return at;
}

function endOfValue(text: string, from: number): number {
  let depth = 0;
  let at = from;
  do {
    const character = text[at] as string;
    if (character === '"') {
      for (at++; text[at] !== '"'; at++) if (text[at] === '\\') at++;
      at++;
    } else if (character === '{' || character === '[') {
      depth++;
      at++;
    } else if (character === '}' || character === ']') {
      depth--;
      at++;
    } else if (depth > 0) {
      at++;
    } else {
      while (at < text.length && !',]} \t\r\n'.includes(text[at] as string)) at++;
    }
  } while (depth > 0);
  return at;
}

/** A cell as JSON: a number that JSON has, too, is one. */
export function jsonCell(text: string): string {
  if (text === '') return 'null';
  const isNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(text);
  return isNumber ? text : JSON.stringify(text);
}
