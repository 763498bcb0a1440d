import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The variables that the Dockerfile sets. */
export function environmentOfImage(): Readonly<Record<string, string>> {
  const dockerfile = readFileSync(join(import.meta.dirname, '..', '..', 'Dockerfile'), 'utf8');
  const lines = [...dockerfile.matchAll(/^ENV (\w+)=(.*)$/gm)];
  return Object.fromEntries(lines.map(([, name = '', value = '']) => [name, value]));
}
