import { LockstepError } from '../../errors.ts';
import { dotenvLine } from '../../manifest/write/dotenv.ts';
import { jsonManifest, type SecretManifest, yamlManifest } from '../../manifest/write/secret-manifest.ts';
import type { SecretFormat } from './format.ts';

export function printSecret(manifest: SecretManifest, format: SecretFormat): string {
  switch (format) {
    case 'yaml':
      return yamlManifest(manifest);
    case 'json':
      return jsonManifest(manifest);
    case 'env':
      return dotenv(manifest);
  }
}

/** Throws if a program that reads such files would read another value. */
function dotenv({ stringData = {}, data = {} }: SecretManifest): string {
  const lines = Object.entries(stringData).map(([key, value]) => [key, dotenvLine(key, value)] as const);
  const unwritable = [
    ...lines.filter(([, line]) => line === undefined).map(([key]) => key),
    ...Object.keys(data),
  ];
  if (unwritable.length > 0) throw new LockstepError('ENV_UNWRITABLE', [unwritable.join(', ')]);
  return lines.map(([, line]) => line).join('');
}
