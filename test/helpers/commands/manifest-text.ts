import { Buffer } from 'node:buffer';
import type { ManifestSecret } from '../../../src/manifest/object/manifest-secret.ts';
import { type ManifestFileContent, readManifests } from '../../../src/manifest/read/read.ts';

interface Options {
  readonly namespace?: string;
  readonly allowReferences?: boolean;
  readonly stdin?: string | Uint8Array;
}

export async function read(
  paths: readonly string[],
  options: Options = {},
): Promise<readonly ManifestFileContent[]> {
  const { namespace, allowReferences = false, stdin = '' } = options;
  const input = async (): Promise<Uint8Array> => Buffer.from(stdin);
  const files: ManifestFileContent[] = [];
  for await (const file of readManifests(paths, { namespace, allowReferences, stdin: input }))
    files.push(file);
  return files;
}

export async function readText(
  text: string | Uint8Array,
  options: Options = {},
): Promise<ManifestFileContent> {
  const [file] = await read(['-'], { ...options, stdin: text });
  if (file === undefined) throw new Error('standard input was not read');
  return file;
}

export const only = ({ secrets }: ManifestFileContent): ManifestSecret => {
  if (secrets.length !== 1 || secrets[0] === undefined) throw new Error(`${secrets.length} Secrets`);
  return secrets[0];
};

export const textOf = ({ secret }: ManifestSecret, key: string): string | undefined =>
  secret.data.get(key)?.withPlaintext(({ text }) => text);

export const rulesOf = ({ faults }: ManifestSecret): readonly string[] =>
  faults.map(
    ({ rule, key, place, refused }) =>
      `${place.line}:${place.column} ${rule} ${key}${refused ? '' : ' (taken)'}`,
  );

const head = (name = 'a'): string => `apiVersion: v1\nkind: Secret\nmetadata:\n  name: ${name}\n`;
export const aSecret = (lines = 'stringData:\n  A: x\n', name = 'a'): string => `${head(name)}${lines}`;
