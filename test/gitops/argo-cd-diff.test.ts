import t from 'tap';
import { aManifest, NAME, withData } from '../helpers/cluster/team.ts';
import { GOOD, STORY_URL } from '../helpers/engine/engine.ts';
import { type ApplicationOptions, applicationOf, argoCdOn } from '../helpers/gitops/argo-cd.ts';
import { fiveSyncs, succeeds } from '../helpers/gitops/argo-cd-steady.ts';
import { now, writesSince } from '../helpers/gitops/count-writes.ts';
import { aTable } from '../helpers/gitops/table.ts';
import { aWorld, FIELDS } from '../helpers/gitops/world.ts';

// Statements of docs/tasks/argo-cd.md on differences: the code of Argo CD that compares, and its server-side diff.

const STALE_URL = STORY_URL.replace(GOOD.password, GOOD.other);
const CONTENTS = {
  'no derived key': {},
  'a right derived key': { DATABASE_URL: STORY_URL },
  'a stale derived key': { DATABASE_URL: STALE_URL },
};
const STALE = 'a stale derived key';

const RECOMMENDED = await applicationOf('## Compare by server-side diff');
const compareOptions = (value: string): ApplicationOptions => ({
  ...RECOMMENDED,
  metadata: { annotations: { 'argocd.argoproj.io/compare-options': value } },
});
const DIFFS: Readonly<Record<string, ApplicationOptions>> = {
  'the default diff': {},
  'server-side diff': RECOMMENDED,
  'server-side diff with IncludeMutationWebhook': compareOptions(
    'ServerSideDiff=true,IncludeMutationWebhook=true',
  ),
};

const row = aTable(t, ['G1', 'field', 'diff', 'webhook', 'writes/5', 'differences/5', 'writes of a change']);

for (const webhook of ['answers', 'is silent'] as const) {
  t.test(`G1 the webhook ${webhook}`, async (t) => {
    const world = await aWorld(t, webhook);
    const argoCd = argoCdOn(t, world.cluster);
    for (const [content, keys] of Object.entries(CONTENTS)) {
      for (const field of FIELDS) {
        for (const [diff, options] of Object.entries(DIFFS)) {
          await t.test(`G1 ${field} with ${content}, ${diff}`, async (t) => {
            const team = await world.team();
            const place = { namespace: team.namespace, name: NAME };
            const application = argoCd(team.namespace, options);
            const manifest = (different: Readonly<Record<string, string>>) =>
              field === 'data' ? withData(aManifest(different)) : aManifest(different);
            const untilUrl = (url: string | undefined) =>
              world.until('the URL', async () => (await team.stored())?.values.DATABASE_URL === url);
            const git = [manifest(keys)];
            await succeeds(application, git);
            const isCorrected = webhook === 'answers' && content === STALE;
            // Without a webhook, the controller adds no URL to a Secret that never had one.
            const isDerived = webhook === 'answers' || 'DATABASE_URL' in keys;
            const urlOfGit = content === STALE && !isCorrected ? STALE_URL : STORY_URL;
            await untilUrl(isDerived ? urlOfGit : undefined);
            const { writes, differences } = await fiveSyncs(world.cluster, place, application, git);

            // A right URL in Git changes together with its password.
            const changed = {
              POSTGRES_PASSWORD: GOOD.other,
              ...('DATABASE_URL' in keys ? { DATABASE_URL: STALE_URL } : {}),
            };
            const start = await now(world.cluster, team.namespace);
            t.equal((await application.compare([manifest(changed)])).status, 'OutOfSync', 'a change is seen');
            await succeeds(application, [manifest(changed)]);
            await untilUrl(isDerived ? STALE_URL : undefined);
            const writesOfChange = await writesSince(world.cluster, place, start);
            row(content, field, diff, webhook, writes, differences, writesOfChange);

            t.equal(writes, 0, 'no write');
            t.equal(differences, isCorrected && diff === 'the default diff' ? 5 : 0, 'differences');
            if (webhook === 'answers') t.equal(writesOfChange, 1, 'one write');
          });
        }
      }
    }
  });
}
