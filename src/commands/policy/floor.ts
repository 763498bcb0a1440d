import { FLOOR_DELETION, type FloorObject } from '../../engine/review/floor/admission-policy.ts';
import { objectText } from '../../manifest/write/object-text.ts';
import type { Shell } from '../cli/shell.ts';
import { type FloorSource, readFloor } from '../policy-sources/floor.ts';

export interface PolicyFloorOptions extends FloorSource {
  readonly output: 'yaml' | 'json';
}

/** Prints the floor for the policies. Throws a LockstepError. */
export async function policyFloor(options: PolicyFloorOptions, shell: Shell): Promise<void> {
  const { floor, policies } = await readFloor(options, shell);
  const unusable = policies.filter(({ policy }) => policy === undefined);
  for (const { name, problems } of unusable)
    shell.stderr.write(`lockstep: policy ${name} is left out, because ${problems.join('; ')}\n`);
  for (const note of floor.notes) shell.stderr.write(`lockstep: ${note}\n`);
  shell.stdout.write(objectsText(floor.objects, options.output));
}

function objectsText(objects: readonly FloorObject[], form: 'yaml' | 'json'): string {
  if (form === 'json') return objectText({ apiVersion: 'v1', kind: 'List', items: objects }, 'json');
  if (objects.length === 0) return '';
  const head = `# The floor stays when lockstep is uninstalled. To delete it: ${FLOOR_DELETION}\n`;
  return head + objects.map((object) => objectText(object, 'yaml')).join('---\n');
}
