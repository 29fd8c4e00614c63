// Dates as they stand in tables, as milliseconds since 1970 in UTC, and back in the form that they had.

/** How a column writes its dates. */
export type DateForm =
  /** Date objects. */
  | 'Date'
  /** Unix times. */
  | 'seconds'
  | 'milliseconds'
  /** ISO 8601: to the day, the minute, the second or the millisecond. */
  | 'day'
  | 'minute'
  | 'second'
  | 'millisecond';

/** The texts around what a form says. */
export interface DateStyle {
  readonly form: DateForm;
  /** Whether the numbers of a Unix time stand as text. */
  readonly text?: boolean;
  /** Between day and hour: `T` or a space. */
  readonly separator?: string;
  /** Behind it: `Z`, or nothing. */
  readonly zone?: string;
}

export const DATE_FORMS: readonly DateForm[] = [
  ...(['Date', 'seconds', 'milliseconds', 'day', 'minute', 'second', 'millisecond'] as const),
];

const ISO =
  /^([+-]\d{6}|\d{4})-(\d\d)-(\d\d)(?:([T ])(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?: ?(Z|[+-]\d\d:?\d\d))?)?$/;

/** What a Date can be: 100 million days around 1970. */
const MAX_TIME = 8.64e15;
export const DAY = 86_400_000;

/** A date in ISO 8601, without a zone in UTC; undefined for what is none. */
export function parseIso(text: string): { time: number; style: DateStyle } | undefined {
  const match = ISO.exec(text);
  if (!match) return undefined;
  const [, year, month, day, separator, hour, minute, second, fraction, zone] = match;
  const numbers = [year, month, day, hour ?? 0, minute ?? 0, second ?? 0].map(Number);
  const [y, mo, d, h, mi, s] = numbers as [number, number, number, number, number, number];
  const date = new Date(0);
  date.setUTCFullYear(y, mo - 1, d);
  // The 30th of February is no day, and 24:00 is the next one's.
  if (date.getUTCMonth() !== mo - 1 || date.getUTCDate() !== d) return undefined;
  if (h > 24 || mi > 59 || s > 60 || (h === 24 && mi + s > 0)) return undefined;
  const thousandths = fraction === undefined ? 0 : Math.floor(Number(`0.${fraction}`) * 1000);
  const time = date.getTime() + ((h * 60 + mi) * 60 + s) * 1000 + thousandths - offsetOf(zone);
  if (!(Math.abs(time) <= MAX_TIME)) return undefined;
  if (separator === undefined) return { time, style: { form: 'day' } };
  const form = fraction !== undefined ? 'millisecond' : second !== undefined ? 'second' : 'minute';
  return { time, style: { form, separator, zone: zone === undefined ? '' : 'Z' } };
}

/** Milliseconds that a zone is ahead of UTC. */
function offsetOf(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone[0] === '-' ? -1 : 1) * minutes * 60_000;
}

/** The finer of two ways to write dates: a column's is that of its finest. */
export function finer(a: DateStyle, b: DateStyle): DateStyle {
  return DATE_FORMS.indexOf(b.form) > DATE_FORMS.indexOf(a.form) ? b : a;
}

/** What a Unix time is in: numbers of these days have 13 digits in milliseconds, and 10 in seconds. */
export function unitOf(value: number): 'seconds' | 'milliseconds' {
  return Math.abs(value) >= 1e11 ? 'milliseconds' : 'seconds';
}

/** A date as a column writes it. */
export function writeDate(time: number, style: DateStyle): Date | number | string {
  const { form, separator = 'T', zone = 'Z' } = style;
  const within = Math.min(Math.max(Math.round(time), -MAX_TIME), MAX_TIME);
  if (form === 'Date') return new Date(within);
  if (form === 'seconds' || form === 'milliseconds') {
    const value = form === 'seconds' ? Math.round(within / 1000) : within;
    return style.text ? String(value) : value;
  }
  const step = { day: DAY, minute: 60_000, second: 1000, millisecond: 1 }[form];
  const iso = new Date(Math.floor(within / step) * step).toISOString();
  const at = iso.indexOf('T');
  if (form === 'day') return iso.slice(0, at);
  const length = { minute: 5, second: 8, millisecond: 12 }[form];
  return `${iso.slice(0, at)}${separator}${iso.slice(at + 1, at + 1 + length)}${zone}`;
}

/** The share of its day that is over, which day of the week it is (0: Monday), and the share of its year. */
export function partsOf(time: number): { hour: number; weekday: number; month: number } {
  const day = Math.floor(time / DAY);
  const date = new Date(time);
  // To the day, in years of 366 days, so that a day of a month is at the same place each year.
  const before = Date.UTC(2000, date.getUTCMonth(), date.getUTCDate()) - Date.UTC(2000, 0, 1);
  return {
    hour: (time - day * DAY) / DAY,
    weekday: (((day + 3) % 7) + 7) % 7, // 1970 began with a Thursday
    month: before / (366 * DAY),
  };
}
