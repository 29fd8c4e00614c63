// The library where WebAssembly may not be compiled from bytes: Cloudflare Workers, and edge runtimes.
// The bundler there compiles the file; package.json's conditions workerd and edge-light lead here.

import { giveModule } from './engine/modules.js';
import strict from './strict.wasm?module';

giveModule(strict);

export * from './index.js';
