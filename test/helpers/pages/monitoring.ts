import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const read = (name: string) => readFile(join(ROOT, 'manifests', 'monitoring', name), 'utf8');

export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

export async function rulesOf(name: 'figures' | 'alerts'): Promise<readonly Rule[]> {
  const { spec } = parse(await read(`${name}.yaml`)) as { spec: { groups: { rules: Rule[] }[] } };
  return spec.groups.flatMap(({ rules }) => rules);
}

export const panels = async (): Promise<readonly Panel[]> => JSON.parse(await read('dashboard.json')).panels;

/** The table of docs/reference/metrics.md: names of metrics, each with its labels. */
export async function documentedMetrics(): Promise<ReadonlyMap<string, readonly string[]>> {
  const page = await readFile(join(ROOT, 'docs', 'reference', 'metrics.md'), 'utf8');
  const rows = page.matchAll(/^\| `(lockstep_\w+)` \| ([^|]*)\|/gm);
  return new Map([...rows].map(([, name = '', labels = '']) => [name, labels.match(/\w+/g) ?? []]));
}

/**
 * lockstep's own metrics of a scrape, as that table has them: a histogram is one, and what every Node process has is
 * left out.
 */
export function ownMetrics(
  scraped: ReadonlyMap<string, ReadonlySet<string>>,
): ReadonlyMap<string, readonly string[]> {
  const own = [...scraped].filter(
    ([name]) => /^lockstep_(?!process_|nodejs_)/.test(name) && !/_(bucket|sum)$/.test(name),
  );
  return new Map(own.map(([name, labels]) => [name.replace(/_count$/, ''), [...labels]]));
}
