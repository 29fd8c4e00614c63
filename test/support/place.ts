/** Where the suite runs: the projects of vitest.config.ts. */
export type Place = 'node' | 'chromium isolated' | 'chromium not isolated';

declare module 'vitest' {
  interface ProvidedContext {
    place: Place;
    /** Whether src/ has the binary with asserts and names: npm run test:debug. */
    debug: boolean;
  }
}
