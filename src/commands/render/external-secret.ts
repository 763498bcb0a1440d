import { goTemplatesOf } from '../../engine/review/decide/go-template.ts';
import { LockstepError } from '../../errors/errors.ts';
import { externalTemplate } from '../../manifest/write/external-template.ts';
import type { Shell } from '../cli/shell.ts';
import { choosePolicy } from '../policy-sources/choose-policy.ts';
import type { RenderOptions } from './render.ts';

/**
 * Prints the templates with which an ExternalSecret computes a policy's derived keys. Throws a LockstepError if the
 * policy has no derived key.
 */
export async function renderExternalSecret(
  paths: readonly string[],
  options: RenderOptions,
  shell: Shell,
): Promise<void> {
  if (paths.length > 0)
    throw new LockstepError('BAD_OPTION', [
      '--external-secret',
      'it is printed for a policy; give no manifests',
    ]);
  const { policy } = await choosePolicy(options, shell);
  const templates = goTemplatesOf(policy);
  if (templates.every(({ text }) => text === undefined))
    throw new LockstepError('BAD_OPTION', [
      '--policy',
      `${policy.name} derives nothing that a template could compute`,
    ]);
  shell.stdout.write(externalTemplate(policy, templates));
}
