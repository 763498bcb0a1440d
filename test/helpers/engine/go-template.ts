import { execa } from 'execa';
import { findBinaries } from '../../testbed/binaries.ts';

interface Job {
  readonly template: string;
  readonly data: Readonly<Record<string, string>>;
}

interface FilledTemplate {
  readonly text: string;
  readonly error?: string;
}

/** Go's text/template with sprig, as External Secrets runs it. */
export async function fillTemplates(jobs: readonly Job[]): Promise<readonly FilledTemplate[]> {
  const { sprig } = findBinaries(['sprig']);
  const { stdout } = await execa(sprig, { input: JSON.stringify(jobs) });
  return JSON.parse(stdout);
}
