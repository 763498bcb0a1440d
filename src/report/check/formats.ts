import { LockstepError } from '../../errors/errors.ts';
import type { Reporter } from './reporter.ts';

/** Loaded only if chosen: `sarif` needs the text of every rule. */
const REPORTER_LOADERS: Readonly<Record<string, () => Promise<Reporter>>> = {
  text: async () => (await import('./text.ts')).text,
  json: async () => (await import('./json.ts')).json,
  sarif: async () => (await import('./sarif.ts')).sarif,
  junit: async () => (await import('./junit.ts')).junit,
  github: async () => (await import('./github.ts')).github,
};

export const FORMATS: readonly string[] = Object.keys(REPORTER_LOADERS);

/** Throws BAD_OPTION for an unknown format. */
export function loadReporter(format: string): Promise<Reporter> {
  const load = Object.hasOwn(REPORTER_LOADERS, format) ? REPORTER_LOADERS[format] : undefined;
  if (load === undefined) {
    throw new LockstepError('BAD_OPTION', [
      '--format',
      `there is no format ${format}; use ${FORMATS.join(', ')}`,
    ]);
  }
  return load();
}
