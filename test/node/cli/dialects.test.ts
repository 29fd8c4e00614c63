// The variants of CSV: delimiters, decimal signs, symbols next to numbers, and lines before the table.

import { describe, expect, test } from 'vitest';
import { type CsvOptions, readCsv, readJsonLines } from '../../../src/data.js';

/** The column names and the rows of a table. */
async function read(text: string | Uint8Array, options: CsvOptions = {}) {
  const rows = await readCsv(typeof text === 'string' ? Buffer.from(text) : text, options);
  const { data, shape, columns } = await rows.readAll();
  const [count, width] = shape;
  const cells = Array.from({ length: count }, (_, i) => [
    ...data.subarray(i * width, (i + 1) * width),
  ]);
  return { columns, cells };
}

const wrong = async (text: string, options?: CsvOptions) =>
  (await read(text, options).catch((error) => error)) as Error;

describe('decimal commas', () => {
  test('are detected if they are between digits and cannot be anything else', async () => {
    expect(await read('a;b\n1,5;2\n-0,25;3\n')).toEqual({
      columns: ['a', 'b'],
      cells: [
        [1.5, 2],
        [-0.25, 3],
      ],
    });
    expect((await read('1,5\t,25\n2\t1,5e3\n')).cells).toEqual([
      [1.5, 0.25],
      [2, 1500],
    ]);
  });

  test('are accepted in quotes where commas also separate cells', async () => {
    expect((await read('a,b\n"1,5","2,25"\n"0,125",3\n')).cells).toEqual([
      [1.5, 2.25],
      [0.125, 3],
    ]);
  });

  test('are used if specified, even for numbers that could have thousands separators', async () => {
    const error = await wrong('a;b\n1,234;2\n');
    expect(error.message).toBe(
      "the data, line 2, column 1 (a): '1,234' is not a number; decimal , or thousands , says what the comma is",
    );
    expect((await read('a;b\n1,234;2\n', { decimal: ',' })).cells[0]?.[0]).toBeCloseTo(1.234, 12);
    expect((await read('a;b\n1,234;2\n', { thousands: ',' })).cells).toEqual([[1234, 2]]);
  });

  test('cannot be mixed with decimal points', async () => {
    const error = await wrong('a;b\n1,5;2\n1.5;2\n', { decimal: ',' });
    expect(error.message).toContain("line 3, column 1 (a): '1.5' is not a number where decimals");
    expect((await wrong('a;b\n1,5;2\n1.5;2\n')).message).toContain("line 2, column 1 (a): '1,5'");
  });

  test('are converted as exactly as decimal points', async () => {
    const numbers = ['0,1', '3,141592653589793', '-2,5e-7', '12345678901234567890,5', '1e-20'];
    const { cells } = await read(`${numbers.join('\n')}\n`, { decimal: ',', delimiter: ';' });
    expect(cells.flat()).toEqual(numbers.map((text) => Number(text.replace(',', '.'))));
  });
});

describe('thousands separators', () => {
  test.each<[string, CsvOptions, number]>([
    ['"1,234,567.5"', { thousands: ',' }, 1234567.5],
    ['1.234.567,5', { thousands: '.', decimal: ',', delimiter: ';' }, 1234567.5],
    ["-1'234.5", { thousands: "'" }, -1234.5],
    ['1 234', { thousands: ' ' }, 1234],
    ['12', { thousands: ',' }, 12],
  ])('%s', async (text, options, value) => {
    expect((await read(`a\n${text}\n`, { ...options, header: true })).cells).toEqual([[value]]);
  });

  test('must be followed by groups of three digits', async () => {
    const error = await wrong('a\n"12,34"\n', { thousands: ',' });
    expect(error.message).toContain("'12,34' is not a number");
  });

  test('must differ from the decimal sign', async () => {
    expect(await wrong('a\n1\n', { thousands: '.' })).toBeInstanceOf(RangeError);
  });
});

describe('symbols next to numbers', () => {
  test('are accepted if requested', async () => {
    const text = 'a,b,c\n12 %,$5,"1,234.50 €"\n-3%,-$7.5,€ 1\n0.5,£2,¥3\n';
    expect((await read(text, { symbols: true, thousands: ',' })).cells).toEqual([
      [0.12, 5, 1234.5],
      [-0.03, -7.5, 1],
      [0.5, 2, 3],
    ]);
  });

  test('are otherwise an error that names the option', async () => {
    expect((await wrong('a\n1\n12%\n')).message).toBe(
      "the data, line 3, column 1 (a): '12%' is not a number; symbols: true takes numbers with % or the sign of a currency",
    );
    expect((await wrong('a\n1\n%\n', { symbols: true })).message).toContain("'%' is not a number");
  });
});

test('additional words for missing cells match text and numbers', async () => {
  const options = { na: ['unknown', '-999'], missing: true };
  expect((await read('a,b\nUnknown,1\n-999.0,2\n3,NA\n', options)).cells).toEqual([
    [Number.NaN, 1],
    [Number.NaN, 2],
    [3, Number.NaN],
  ]);
  expect((await wrong('a\n1\nunknown\n')).message).toContain("'unknown' is not a number");
});

describe('before the table', () => {
  test('UTF-16 is recognised, with a byte order mark or without', async () => {
    const text = 'a;Größe\n1,5;2\n';
    const little = Buffer.from(text, 'utf16le');
    const big = Buffer.from(little).swap16();
    const expected = { columns: ['a', 'Größe'], cells: [[1.5, 2]] };
    for (const bytes of [
      Buffer.concat([Buffer.of(0xff, 0xfe), little]),
      Buffer.concat([Buffer.of(0xfe, 0xff), big]),
      little,
      big,
    ]) {
      expect(await read(bytes)).toEqual(expected);
    }
    const error = await wrong(
      Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.of(0, 0xd8, 65, 0)]) as never,
    );
    expect(error.message).toBe('the data: it is no UTF-16LE, as it begins to be');
  });

  test("Excel's sep= line is accepted", async () => {
    expect(await read('sep=;\na;b\n1;2\n')).toEqual({ columns: ['a', 'b'], cells: [[1, 2]] });
    expect((await wrong('sep=;\r\na;b\r\n1;x\r\n')).message).toContain('line 3, column 2 (b)');
  });

  test('comments are skipped, but not names that begin with #', async () => {
    expect(await read('# made by hand\n# 2024, in May\na;b\n1;2\n')).toEqual({
      columns: ['a', 'b'],
      cells: [[1, 2]],
    });
    expect(await read('#a,b\n1,2\n')).toEqual({ columns: ['#a', 'b'], cells: [[1, 2]] });
  });

  test('comments between rows are skipped if requested', async () => {
    const text = '% one\na,b\n1,2\n% two\n3,4\n';
    const { cells } = await read(text, { comment: '%' });
    expect(cells).toEqual([
      [1, 2],
      [3, 4],
    ]);
    const error = await wrong('%\na,b\n1,2\n%\n3,x\n', { comment: '%' });
    expect(error.message).toContain('line 5, column 2 (b)');
  });

  test('lines are skipped if requested', async () => {
    expect(await read('Report\n\n"of, May"\na,b\n1,2\n', { skip: 3 })).toEqual({
      columns: ['a', 'b'],
      cells: [[1, 2]],
    });
    expect((await wrong('Report\na\nx\n', { skip: 1, header: true })).message).toContain('line 3');
    expect((await wrong('a\n1\n', { skip: 9 })).message).toContain('at most the 9 lines');
  });
});

describe('an ambiguous first line', () => {
  test.each([
    ['numbers of columns above numbers that are not whole', '0,1,2\n0.5,3,1\n', ['0', '1', '2']],
    ['years', '2019,2020,2021\n1.5,2,3\n', ['2019', '2020', '2021']],
    ['a word among them, above a number', 'id,2019,2020\n7,1,2\n', ['id', '2019', '2020']],
    ['numbers like those below', '1,2,3\n4,5,6\n', undefined],
    ['two numbers are not enough', '0,1\n0.5,1\n', undefined],
    ['nothing below', '0,1,2\n', undefined],
  ])('is names or numbers, depending on the lines below: %s', async (_, text, columns) => {
    expect((await read(text)).columns).toEqual(columns);
  });

  test('with a word above words needs a choice of columns', async () => {
    expect((await wrong('id,2019,2020\nbob,1,2\n')).message).toContain("'id' is text");
  });
});

test('JSON lines with Windows line endings are read', async () => {
  const lines = '[1,2]\r\n[3,4]\r\n';
  for (const bytes of [
    Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from(lines, 'utf16le')]),
    Buffer.from(`\ufeff${lines}`),
  ]) {
    const { data } = await (await readJsonLines(bytes)).readAll();
    expect([...data]).toEqual([1, 2, 3, 4]);
  }
});
