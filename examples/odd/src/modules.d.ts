declare module 'virtual:samples' {
  /** As CSV. */
  export const penguins: string;
  export const breastCancer: string;
  /** The pixels in base64. */
  export const digits: string;
}

declare module '*?worker&inline' {
  const EngineWorker: new () => Worker;
  export default EngineWorker;
}
