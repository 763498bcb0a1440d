import { rehearseChange } from '../../controllers/credential/dry-run.ts';
import { strategyOf } from '../../engine/credential/change/phases.ts';
import type { LoginChange, Wish } from '../../engine/record/login-record.ts';
import { settled } from '../../engine/record/record-observation.ts';
import { previewRollout, type RolloutPreview } from '../../engine/rollout/preview.ts';
import { readWorkloads } from '../../kube/objects/workloads.ts';
import { changeText } from '../../report/history/phase-text.ts';
import { previewLines } from '../../report/history/rollout-preview.ts';
import type { BegunRotation } from '../secret-session/load-secret.ts';
import { outlookOf, sceneOf } from './reconcile-input.ts';
import { type LoginRun, needsOf } from './run.ts';

/** All that comes before the first thing that is changed, from here and for real. Nothing is written. Resolves with the exit code: 0 it would begin, 1 not. */
export async function rehearseLogin(run: LoginRun, begun: BegunRotation, wish: Wish): Promise<number> {
  const { place, say } = run;
  const { change: underWay } = begun.record.login ?? {};
  if (underWay !== undefined) {
    say(`a change is under way, in ${underWay.phase}: ${changeText(underWay)}`);
    say(
      wish.kind === 'rollback'
        ? `this command would wait for it, and then go back to version ${wish.to}`
        : 'this command would wait for it, and begin no other',
    );
    return nothing(run, 0);
  }
  const needs = needsOf(run);
  const outlook = await outlookOf(run, begun, wish, needs);
  if (outlook.kind === 'in-step') {
    say('Secret and server are in step: there is nothing to change');
    return nothing(run, 0);
  }
  const { change } = outlook;
  const rehearsal = await rehearseChange(await sceneOf(run, begun, wish, needs), change, needs);
  if (rehearsal.kind === 'unfit') {
    say(`it would not begin: ${rehearsal.reason}`);
    return nothing(run, 1);
  }
  say(directionLine(wish, change, `Secret ${place.namespace}/${place.name}`));
  say('the server is reached, the rights are there, and the Secret passes admission');
  if (rehearsal.keys.length > 0) say(`of the Secret would change: ${rehearsal.keys.join(', ')}`);
  for (const line of previewLines(await previewOf(run, begun, rehearsal.keys))) say(line);
  return nothing(run, 0);
}

/** Which of the two follows the other. */
function directionLine(wish: Wish, change: LoginChange, secret: string): string {
  const how =
    strategyOf(change) === 'SingleUser'
      ? `the role ${change.to.role}`
      : `the other login, ${change.to.role},`;
  switch (wish.kind) {
    case 'rotate':
      return `the server would give ${how} a new password, and ${secret} would follow`;
    case 'from-secret':
      return `the server would give ${how} the password that ${secret} holds`;
    case 'rollback':
      return `the server would give ${how} the password of version ${wish.to}, and ${secret} would follow`;
  }
}

/** With those that an edit before left to be restarted: they wait until the login is proven. */
async function previewOf(
  { place, cluster }: LoginRun,
  { held, mandate, record }: BegunRotation,
  keys: readonly string[],
): Promise<RolloutPreview> {
  const { restarts } = mandate;
  const { rollout } = settled(
    record,
    held.secret.data,
    { ...held.written, why: { kind: 'changed' }, resourceVersion: held.resourceVersion },
    { history: Number.POSITIVE_INFINITY, restarts },
  );
  return previewRollout(
    { secret: place.name, immutable: held.secret.immutable, restarts, keys, rollout },
    await readWorkloads(cluster, place.namespace),
  );
}

function nothing({ say }: LoginRun, exitCode: number): number {
  say('nothing was written');
  return exitCode;
}
