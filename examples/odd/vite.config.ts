import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import { samplesPlugin } from './samples.js';

const root = fileURLToPath(new URL('.', import.meta.url));

/**
 * No connection to anywhere, whatever the page's code or the library would want. The engine and the
 * library's own workers are started from a Blob, and so have the same policy.
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

/** In what is built alone: in development Vite itself needs a connection. */
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
  base: './', // so that the folder works wherever a host puts it
  plugins: [samplesPlugin(), policyPlugin()],
  worker: { plugins: () => [samplesPlugin()] },
  build: { outDir: 'dist', emptyOutDir: true, modulePreload: false, assetsInlineLimit: 0 },
  server: { fs: { allow: [fileURLToPath(new URL('../..', import.meta.url))] } },
});
