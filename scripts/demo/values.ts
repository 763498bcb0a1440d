import type { Kubectl } from '../../test/testbed/cluster/kubectl.ts';
import { FILES, type Values } from './webhook-story.ts';

/** Names that logs contain for other reasons. They are no secrets. */
const NAMES = ['POSTGRES_USER', 'POSTGRES_DB'];

/** Reads the files of the demo with kubectl. kubectl sends nothing to the cluster. */
export async function readValues(kubectl: Kubectl): Promise<Values> {
  const read = (file: string) => valuesIn(kubectl, file);
  const [template, first, second, placeholder, database] = await Promise.all([
    read(FILES.template),
    read(FILES.secret),
    read(FILES.newPassword),
    read(FILES.placeholder),
    read(FILES.databasePassword),
  ]);
  const all = [template, first, second, placeholder, database].flatMap((values) => Object.entries(values));
  const secret = all.filter(([key, value]) => value !== '' && !NAMES.includes(key)).map(([, value]) => value);
  return {
    password: first.POSTGRES_PASSWORD ?? '',
    newPassword: second.POSTGRES_PASSWORD ?? '',
    databasePassword: database.POSTGRES_PASSWORD ?? '',
    secret: [...new Set(secret)],
  };
}

async function valuesIn(kubectl: Kubectl, file: string): Promise<Readonly<Record<string, string>>> {
  const { stdout } = await kubectl(['create', '--dry-run=client', '-o', 'json', '-f', file], {
    orThrow: true,
  });
  return JSON.parse(stdout).stringData;
}
