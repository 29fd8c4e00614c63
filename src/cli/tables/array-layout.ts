// The layout of a binary array.

/** The element type. A pixel is a byte that means value / 255. */
export type Element =
  | 'pixel'
  | 'uint8'
  | 'int8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'float16'
  | 'float32'
  | 'float64';

export const BYTES: Record<Element, number> = {
  ...{ pixel: 1, uint8: 1, int8: 1, int16: 2, uint16: 2, int32: 4, uint32: 4 },
  ...{ int64: 8, uint64: 8, float16: 2, float32: 4, float64: 8 },
};

/** An array of rows of `width` numbers. */
export interface ArrayLayout {
  element: Element;
  isBigEndian: boolean;
  rows: number;
  width: number;
}
