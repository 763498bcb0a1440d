import type { Kubectl } from '../../test/testbed/cluster/kubectl.ts';
import { FILES, type Values } from './story.ts';

/** Names, no secrets: they stand in logs for other reasons. */
const NAMES = ['POSTGRES_USER', 'POSTGRES_DB'];

/** What the files of the story hold, read as kubectl reads them. Nothing is sent to a cluster. */
export async function readValues(kubectl: Kubectl): Promise<Values> {
  const read = (file: string) => valuesIn(kubectl, file);
  const [template, first, second, third] = await Promise.all([
    read(FILES.template),
    read(FILES.secret),
    read(FILES.newPassword),
    read(FILES.placeholder),
  ]);
  const all = [template, first, second, third].flatMap((values) => Object.entries(values));
  const secret = all.filter(([key, value]) => value !== '' && !NAMES.includes(key)).map(([, value]) => value);
  return {
    password: first.POSTGRES_PASSWORD ?? '',
    newPassword: second.POSTGRES_PASSWORD ?? '',
    secret: [...new Set(secret)],
  };
}

async function valuesIn(kubectl: Kubectl, file: string): Promise<Readonly<Record<string, string>>> {
  const { stdout } = await kubectl(['create', '--dry-run=client', '-o', 'json', '-f', file], {
    orThrow: true,
  });
  return JSON.parse(stdout).stringData;
}
