import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Loaded before a test: one module gets its mutated text as it is loaded. The file itself is never written. */
const { url, start, end, text } = JSON.parse(process.env.LOCKSTEP_MUTANT ?? '{}');

registerHooks({
  load(asked, context, next) {
    if (asked !== url) return next(asked, context);
    const source = readFileSync(fileURLToPath(asked), 'utf8');
    return {
      format: 'module-typescript',
      source: `${source.slice(0, start)}${text}${source.slice(end)}`,
      shortCircuit: true,
    };
  },
});
