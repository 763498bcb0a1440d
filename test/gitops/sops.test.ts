import t from 'tap';
import { parse } from 'yaml';
import { aManifest, type Team, withData } from '../helpers/cluster/team.ts';
import { GOOD, STORY_URL } from '../helpers/engine/engine.ts';
import { fluxOn } from '../helpers/gitops/flux.ts';
import { sopsOf } from '../helpers/gitops/sops.ts';
import { aTable } from '../helpers/gitops/table.ts';
import { aWorld, FIELDS } from '../helpers/gitops/world.ts';

// Statements of docs/tasks/flux.md: SOPS itself encrypts and decrypts a file of Git, and the code of Flux applies it.
const row = aTable(t, ['G18', 'field', 'writes', 'result']);
const sops = await sopsOf(t);
const world = await aWorld(t, 'answers');
const fluxIn = fluxOn(t, world.cluster);

const PLACEHOLDER = 'changeme-please-12345';
const OWN_URL = STORY_URL.replace('postgres-service', 'db');

const url = async (team: Team): Promise<string | undefined> => (await team.stored())?.values.DATABASE_URL;

for (const field of FIELDS)
  t.test(`G18: ${field}: lockstep validates what SOPS decrypts`, async (t) => {
    const team = await world.team();
    const flux = fluxIn(team.namespace);
    const encrypted = (values: Parameters<typeof aManifest>[0]): Promise<string> => {
      const manifest = aManifest(values);
      return sops.encrypt(field === 'data' ? withData(manifest) : manifest);
    };
    const sync = async (file: string) => flux.sync([parse(await sops.decrypt(file))]);

    const bad = await encrypted({ JWT_SECRET: PLACEHOLDER });
    for (const value of [PLACEHOLDER, GOOD.password]) {
      t.notMatch(bad, value);
      t.notMatch(bad, Buffer.from(value).toString('base64'));
    }
    const { error = '', writes } = await sync(bad);
    t.match(error, /dry-run failed[\s\S]*JWT_SECRET[\s\S]*\[lockstep\/placeholder\]/);
    t.equal(writes, 0);
    for (const value of [PLACEHOLDER, GOOD.password, GOOD.csrf]) {
      t.notMatch(error, value);
      t.notMatch(error, Buffer.from(value).toString('base64'));
    }
    t.equal(await team.stored(), undefined);

    const good = await encrypted({ POSTGRES_HOST: 'db', DATABASE_URL: OWN_URL });
    t.match(await sync(good), { writes: 1, error: undefined }, 'the next good sync passes');
    t.equal(await url(team), OWN_URL);
    t.match(await sync(good), { writes: 0 }, 'a steady file is not written');
    row('denied, then good, then steady', field, 1, 'the rule, without the value');

    const without = await sops.unset(good, `["${field}"]["DATABASE_URL"]`);
    t.notMatch(await sops.decrypt(without), 'DATABASE_URL');
    t.match(await sync(without), { writes: 0, error: undefined }, 'the dry run derives the key again');
    t.equal(await url(team), OWN_URL);
    row('the derived key leaves the file', field, 0, 'derived again');
  });

t.test('G18: lockstep check skips the encrypted file', async (t) => {
  const file = await sops.encrypt(aManifest({ JWT_SECRET: PLACEHOLDER }));
  const folder = t.testdir({ 'secret.yaml': file });
  const skipped = await world.lockstep('check', folder);
  t.equal(skipped.exitCode, 0, skipped.stdout);
  t.match(skipped.stdout, /SOPS/);
});
