import { rehearseChange } from '../controllers/credential-rehearsal.ts';
import type { Wish } from '../engine/credential/login-record.ts';
import { rolesOf } from '../engine/credential/plan.ts';
import { previewRollout } from '../engine/rollout-preview.ts';
import { readWorkloads } from '../kube/workloads.ts';
import { changeText } from '../report/login-phases.ts';
import { previewLines } from '../report/rollout-preview.ts';
import type { BegunRotation } from './begin-rotation.ts';
import { type LoginRun, needsOf } from './login-run.ts';
import { outlookOf, sceneOf } from './login-scene.ts';

/** All that comes before the first thing that is changed, from here and for real. Nothing is written. Resolves with the exit code: 0 it would begin, 1 not. */
export async function rehearseLogin(run: LoginRun, begun: BegunRotation, wish: Wish): Promise<number> {
  const { place, say } = run;
  const { change: underWay } = begun.record.login ?? {};
  if (underWay !== undefined) {
    say(`a change is under way, in ${underWay.phase}: ${changeText(underWay)}`);
    return nothing(run, 1);
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
  const how =
    rolesOf(change) === 'InPlace' ? `the role ${change.to.role}` : `the other login, ${change.to.role},`;
  say(
    `the server would give ${how} another password, and Secret ${place.namespace}/${place.name} would follow`,
  );
  say('the server is reached, the rights are there, and the Secret passes admission');
  if (rehearsal.keys.length > 0) say(`of the Secret would change: ${rehearsal.keys.join(', ')}`);
  const { immutable } = begun.held.secret;
  const previewed = { secret: place.name, immutable, restarts: begun.mandate.restarts, keys: rehearsal.keys };
  for (const line of previewLines(
    previewRollout(previewed, await readWorkloads(run.cluster, place.namespace)),
  ))
    say(line);
  return nothing(run, 0);
}

function nothing({ say }: LoginRun, exitCode: number): number {
  say('nothing was written');
  return exitCode;
}
