import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import { samplesPlugin } from './samples.js';

const root = fileURLToPath(new URL('.', import.meta.url));

/**
 * Allows no connections at all, whatever the code of the page or the library does. The engine and the
 * library's own workers are started from a Blob, and so inherit the policy.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  'worker-src blob:',
  "connect-src 'none'",
  "form-action 'none'",
  "base-uri 'none'",
].join('; ');

/** Only in the built page: in development Vite itself needs a connection. */
function policyPlugin(): Plugin {
  return {
    name: 'policy',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: POLICY },
        injectTo: 'head-prepend',
      },
    ],
  };
}

export default defineConfig({
  root,
  base: './', // so that the folder works at any path of a host
  plugins: [samplesPlugin(), policyPlugin()],
  worker: { plugins: () => [samplesPlugin()] },
  build: { outDir: 'dist', emptyOutDir: true, modulePreload: false, assetsInlineLimit: 0 },
  server: { fs: { allow: [fileURLToPath(new URL('../..', import.meta.url))] } },
});
