/** The places where the suite runs: the projects of vitest.config.ts. */
export type Place = 'node' | 'chromium isolated' | 'chromium not isolated';

declare module 'vitest' {
  interface ProvidedContext {
    place: Place;
    /** Whether src/ uses the binary with asserts and names, as in npm run test:debug. */
    debug: boolean;
  }
}
