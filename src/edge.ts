// The library for platforms that may not compile WebAssembly from bytes: Cloudflare Workers and edge
// runtimes. Their bundler compiles the file; the conditions workerd and edge-light in package.json lead
// here.

import { giveModule } from './engine/modules.js';
import strict from './strict.wasm?module';

giveModule(strict);

export * from './index.js';
