declare module 'virtual:samples' {
  /** CSV. */
  export const penguins: string;
  export const breastCancer: string;
  /** Pixels in base64. */
  export const digits: string;
}

declare module '*?worker&inline' {
  const EngineWorker: new () => Worker;
  export default EngineWorker;
}
