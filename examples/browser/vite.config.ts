import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { digitsPlugin } from './digits.js';
import { linksPlugin } from './links.js';

/** With these headers a page may share memory with its workers, and the library trains on all cores. */
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

const root = fileURLToPath(new URL('.', import.meta.url));

export default defineConfig({
  root,
  base: './', // so that the folder works at any path of a host
  plugins: [digitsPlugin(), linksPlugin()],
  build: { outDir: 'dist', emptyOutDir: true },
  server: { headers, fs: { allow: [fileURLToPath(new URL('../..', import.meta.url))] } },
  preview: { headers },
});
