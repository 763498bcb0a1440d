import t from 'tap';
import { applicationOf, argoCdOn, type SecretObject } from '../helpers/gitops/argo-cd.ts';
import { succeeds } from '../helpers/gitops/argo-cd-steady.ts';
import { aTable } from '../helpers/gitops/table.ts';
import {
  EVENTS,
  installTokenPolicy,
  PLACE,
  SETTINGS,
  TOKEN,
  untilSettled,
  valuesOf,
} from '../helpers/gitops/token-policy.ts';
import { aWorld, FIELDS, inGit } from '../helpers/gitops/world.ts';

// Statements of docs/tasks/argo-cd.md on CVE-2026-42880: what a server-side diff returns to a user who may only read.

const RECOMMENDED = await applicationOf('## Compare by server-side diff');
const DIFFS = {
  'server-side diff': RECOMMENDED,
  'with IncludeMutationWebhook': {
    ...RECOMMENDED,
    metadata: {
      annotations: {
        'argocd.argoproj.io/compare-options': 'ServerSideDiff=true,IncludeMutationWebhook=true',
      },
    },
  },
};
/** The user knows the names of the keys, and asks for the difference to a manifest of their own. */
const ASKED = { 'without a key': {}, 'without the token': PLACE };

const row = aTable(t, ['G5', 'field', 'asked', 'diff', 'engine', 'masked']);

for (const webhook of ['answers', 'is silent'] as const) {
  t.test(`the webhook ${webhook}`, async (t) => {
    const world = await aWorld(t, webhook);
    await installTokenPolicy(world);
    const argoCd = argoCdOn(t, world.cluster);
    for (const [event, happens] of Object.entries(EVENTS)) {
      for (const field of FIELDS) {
        await t.test(`G5 after ${event}: a manifest with ${field}`, async (t) => {
          const team = await world.team();
          const git = [inGit({ ...PLACE, TOKEN, SETTINGS }, field)];
          await succeeds(argoCd(team.namespace, RECOMMENDED), git);
          await untilSettled(world, team);
          await happens(world, team);
          const stored = await valuesOf(team);
          const [seen] = (await argoCd(team.namespace, RECOMMENDED).compare(git)).resources;
          for (const [content, keys] of Object.entries(ASKED)) {
            for (const [diff, options] of Object.entries(DIFFS)) {
              const answer = await argoCd(team.namespace, options)
                .compare([inGit(keys, field)], [seen?.masked[1] ?? {}])
                .catch((error: Error) => error);
              if (answer instanceof Error) {
                row(`${event}, ${webhook}`, field, content, diff, 'refused', '');
                t.notOk(Object.values(stored).some((value) => answer.message.includes(value)));
                continue;
              }
              const [returned] = answer.resources;
              const inClear = clearKeys(returned?.predicted, stored).filter((key) => !(key in keys));
              const masked = clearKeys(returned?.masked[0], stored).filter((key) => !(key in keys));
              row(`${event}, ${webhook}`, field, content, diff, inClear.join(' '), masked.join(' '));
              t.same(masked, [], `${diff}: as fixed versions answer`);
              // Argo CD owns no key of stringData, and the key of an edit by hand belongs to kubectl.
              const foreign = event === 'a heal' ? ['SETTINGS'] : [];
              const others = Object.keys(stored).filter((key) => !(key in keys));
              const owned = field === 'data' ? foreign : others.sort();
              t.same(inClear, options === RECOMMENDED ? [] : owned, diff);
            }
          }
        });
      }
    }
  });
}

const clearKeys = (object: SecretObject | null | undefined, stored: Readonly<Record<string, string>>) =>
  Object.entries(object?.data ?? {})
    .filter(([key, base64]) => Buffer.from(base64, 'base64').toString('utf8') === stored[key])
    .map(([key]) => key)
    .sort();
