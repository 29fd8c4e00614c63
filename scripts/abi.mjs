// Translates assembly/abi.ts to TypeScript: its constants, and the offset of each field of its records.
import { readFileSync } from 'node:fs';
import * as asc from 'assemblyscript';

/**
 * How src/engine/records.ts reads and writes each type of field. All take 4 bytes; a pointer to a record is
 * an address.
 */
const TYPES = { i32: 'i32', u32: 'u32', usize: 'u32', f32: 'f32' };

/** Returns the text of src/generated/abi.ts. */
export function abiSource(path = 'assembly/abi.ts') {
  const program = asc.newProgram(asc.newOptions());
  asc.parse(program, readFileSync(path, 'utf8'), path, true);
  const source = program.sources.find(({ normalizedPath }) => normalizedPath === path);
  /** @type {any[]} */
  const statements = source?.statements ?? [];
  const records = statements.filter(({ kind }) => kind === asc.NodeKind.ClassDeclaration);
  const pointers = records.map(({ name }) => [name.text, 'u32']);
  /** @type {Map<string, string>} */
  const types = new Map(
    /** @type {[string, string][]} */ ([...Object.entries(TYPES), ...pointers]),
  );
  const parts = statements.flatMap((statement) => {
    if (statement.kind === asc.NodeKind.Variable) return statement.declarations.map(constant);
    if (records.includes(statement)) return record(statement, types);
    throw new Error(`${path}: only constants and records can be shared: ${textOf(statement)}`);
  });
  return [`// ${path} for TypeScript, by scripts/abi.mjs`, ...parts, ''].join('\n');
}

function textOf({ range }) {
  return range.source.text.slice(range.start, range.end);
}

function constant({ name, initializer }) {
  const value = Number(textOf(initializer));
  if (!Number.isInteger(value)) throw new Error(`${name.text} must be one whole number`);
  return `export const ${name.text} = ${value};`;
}

function record({ name, members }, types) {
  const fields = members.map(({ name: field, type }, i) => {
    const kind = types.get(textOf(type));
    if (!kind) throw new Error(`${name.text}.${field.text} is of a type that cannot be shared`);
    return `  ${field.text}: [${4 * i}, '${kind}'],`;
  });
  return `export const ${name.text} = {\n${fields.join('\n')}\n} as const;`;
}
