// Reads a JSON file that is one array. Its elements are the rows: arrays or objects.

import { quoted } from '../../base/printable.js';
import type { Input } from '../byte-input.js';
import { DataError } from '../errors.js';

/** A row and the line in which it begins, if the file has lines. */
export interface Line {
  value: unknown;
  line: number | undefined;
  text: Buffer;
}

/** Longer rows are refused, so that they cannot fill the memory. */
const MAX_ROW_BYTES = 2 ** 26;

const [TAB, LINE_FEED, RETURN, SPACE, QUOTE, COMMA, BACKSLASH] = [9, 10, 13, 32, 34, 44, 92];
const [OPEN, CLOSE, BRACE, END_BRACE] = [91, 93, 123, 125];
const isSpace = (byte: number | undefined) =>
  byte === SPACE || byte === LINE_FEED || byte === RETURN || byte === TAB;

/** Whether the input begins with an array of arrays or objects, or with an array over several lines. */
export async function isArrayOfRows(input: Input): Promise<boolean> {
  let [at, seen] = [0, 0];
  for (;;) {
    const head = await input.peek(at + 1);
    if (head.length <= at || at > 2 ** 16) return false;
    const byte = head[at++];
    if (isSpace(byte)) {
      if (seen === 1 && byte === LINE_FEED) return true;
    } else if (seen === 0 && byte === OPEN) {
      seen = 1;
    } else {
      return seen === 1 && (byte === OPEN || byte === BRACE);
    }
  }
}

/** The elements of the input's array. */
export async function* arrayElements(input: Input): AsyncGenerator<Line> {
  const { name } = input;
  let line = 1;
  let expected = 'array' as 'array' | 'first' | 'value' | 'comma' | 'nothing';
  // The element that is being read: its bytes so far, its nesting depth, and whether in a string.
  let pieces: Buffer[] = [];
  let [length, began, depth] = [0, 1, 0];
  let [isOpen, isText, isEscaped] = [false, false, false];
  const element = (): Line => {
    const bytes = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
    [pieces, length, isOpen, expected] = [[], 0, false, 'comma'];
    const text = bytes.toString();
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw new DataError(name, `${quoted(text)} is not JSON`, { line: began });
    }
    // Put on one line, since rows are copied as lines. Strings in JSON contain no line breaks.
    return { value, line: began, text: Buffer.from(text.replace(/\s*\n\s*/g, ' ')) };
  };
  const wrong = (what: string) => new DataError(name, what, { line });
  for (let chunk = await input.next(); chunk; chunk = await input.next()) {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] as number;
      if (isOpen) {
        if (isText) {
          if (isEscaped) isEscaped = false;
          else if (byte === BACKSLASH) isEscaped = true;
          else if (byte === QUOTE) isText = false;
        } else if (byte === QUOTE) isText = true;
        else if (byte === OPEN || byte === BRACE) depth++;
        else if (depth > 0 && (byte === CLOSE || byte === END_BRACE)) {
          depth--;
          if (depth === 0) {
            pieces.push(chunk.subarray(from, at + 1));
            yield element();
            continue;
          }
        }
        const ends = depth === 0 && !isText && (byte === COMMA || byte === CLOSE || isSpace(byte));
        if (ends) {
          pieces.push(chunk.subarray(from, at));
          yield element(); // the byte that ends it is handled below
        } else {
          if (byte === LINE_FEED) line++;
          continue;
        }
      }
      if (isSpace(byte)) {
        if (byte === LINE_FEED) line++;
      } else if (expected === 'array') {
        if (byte !== OPEN) throw wrong('it is not an array');
        expected = 'first';
      } else if (expected === 'nothing') {
        throw wrong('after its array comes more');
      } else if (byte === CLOSE && expected !== 'value') {
        expected = 'nothing';
      } else if ((expected as string) === 'comma') {
        if (byte !== COMMA) throw wrong('the comma between two rows is missing');
        expected = 'value';
      } else if (byte === COMMA || byte === CLOSE) {
        throw wrong('the row between two commas is missing');
      } else {
        [isOpen, from, began] = [true, at, line];
        depth = byte === OPEN || byte === BRACE ? 1 : 0;
        isText = byte === QUOTE;
      }
    }
    if (!isOpen) continue;
    pieces.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > MAX_ROW_BYTES) throw wrong(`a row is longer than ${MAX_ROW_BYTES} bytes`);
  }
  if (expected !== 'nothing') throw wrong('it ends before its array does');
}
