// Converts dates in tables to milliseconds since 1970 (UTC), and back to their original form.

/** How the dates of a column are written. */
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

/** The characters around the parts of a form. */
export interface DateStyle {
  readonly form: DateForm;
  /** Whether Unix times are given as text. */
  readonly text?: boolean;
  /** The character between day and hour: `T` or a space. */
  readonly separator?: string;
  /** The text at the end: `Z`, or nothing. */
  readonly zone?: string;
}

export const DATE_FORMS: readonly DateForm[] = [
  ...(['Date', 'seconds', 'milliseconds', 'day', 'minute', 'second', 'millisecond'] as const),
];

const ISO =
  /^([+-]\d{6}|\d{4})-(\d\d)-(\d\d)(?:([T ])(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?: ?(Z|[+-]\d\d:?\d\d))?)?$/;

/** The range of a Date: 100 million days around 1970. */
const MAX_TIME = 8.64e15;
export const DAY = 86_400_000;

/** Parses a date in ISO 8601, as UTC if it has no zone; undefined if it is not one. */
export function parseIso(text: string): { time: number; style: DateStyle } | undefined {
  const match = ISO.exec(text);
  if (!match) return undefined;
  const [, year, month, day, separator, hour, minute, second, fraction, zone] = match;
  const numbers = [year, month, day, hour ?? 0, minute ?? 0, second ?? 0].map(Number);
  const [y, mo, d, h, mi, s] = numbers as [number, number, number, number, number, number];
  const date = new Date(0);
  date.setUTCFullYear(y, mo - 1, d);
  // Date.UTC would turn the 30th of February, or 24:00, into another day.
  if (date.getUTCMonth() !== mo - 1 || date.getUTCDate() !== d) return undefined;
  if (h > 24 || mi > 59 || s > 60 || (h === 24 && mi + s > 0)) return undefined;
  const thousandths = fraction === undefined ? 0 : Math.floor(Number(`0.${fraction}`) * 1000);
  const time = date.getTime() + ((h * 60 + mi) * 60 + s) * 1000 + thousandths - offsetOf(zone);
  if (!(Math.abs(time) <= MAX_TIME)) return undefined;
  if (separator === undefined) return { time, style: { form: 'day' } };
  const form = fraction !== undefined ? 'millisecond' : second !== undefined ? 'second' : 'minute';
  return { time, style: { form, separator, zone: zone === undefined ? '' : 'Z' } };
}

/** How many milliseconds a zone is ahead of UTC. */
function offsetOf(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone[0] === '-' ? -1 : 1) * minutes * 60_000;
}

/** The finer of two forms of dates: a column is written in its finest form. */
export function finer(a: DateStyle, b: DateStyle): DateStyle {
  return DATE_FORMS.indexOf(b.form) > DATE_FORMS.indexOf(a.form) ? b : a;
}

/** The unit of a Unix time: present-day numbers have 13 digits in milliseconds, and 10 in seconds. */
export function unitOf(value: number): 'seconds' | 'milliseconds' {
  return Math.abs(value) >= 1e11 ? 'milliseconds' : 'seconds';
}

/** Writes a date in the form of its column. */
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

/** The fraction of the day that has passed, the day of the week (0: Monday), and the fraction of the year. */
export function partsOf(time: number): { hour: number; weekday: number; month: number } {
  const day = Math.floor(time / DAY);
  const date = new Date(time);
  // Counted in days of a 366-day year, so that a date is at the same place in every year.
  const before = Date.UTC(2000, date.getUTCMonth(), date.getUTCDate()) - Date.UTC(2000, 0, 1);
  return {
    hour: (time - day * DAY) / DAY,
    weekday: (((day + 3) % 7) + 7) % 7, // 1970 began with a Thursday
    month: before / (366 * DAY),
  };
}
