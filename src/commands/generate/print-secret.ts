import { LockstepError } from '../../errors/errors.ts';
import { envFileLine } from '../../manifest/write/env-file.ts';
import { jsonManifest, type SecretManifest, yamlManifest } from '../../manifest/write/secret-manifest.ts';
import type { SecretFormat } from './format.ts';

export function printSecret(manifest: SecretManifest, format: SecretFormat): string {
  switch (format) {
    case 'yaml':
      return yamlManifest(manifest);
    case 'json':
      return jsonManifest(manifest);
    case 'env':
      return envFile(manifest);
  }
}

/** Throws if kubectl or docker would read another value. */
function envFile({ stringData = {}, data = {} }: SecretManifest): string {
  const lines = Object.entries(stringData).map(([key, value]) => [key, envFileLine(key, value)] as const);
  const unwritable = [
    ...lines.filter(([, line]) => line === undefined).map(([key]) => key),
    ...Object.keys(data),
  ];
  if (unwritable.length > 0) throw new LockstepError('ENV_UNWRITABLE', [unwritable.join(', ')]);
  return lines.map(([, line]) => line).join('');
}
