import t, { type Test } from 'tap';
import { GOOD } from '../../helpers/engine/engine.ts';
import { aPageClusterWithLockstep } from '../../helpers/pages/page-cluster.ts';
import { runBlock } from '../../helpers/pages/page-shell.ts';
import { blocksOf, readPage } from '../../helpers/pages/pages.ts';
import { aPostgres } from '../../testbed/postgres/postgres.ts';
import { aRedis } from '../../testbed/redis/redis.ts';

// As docs.test.ts runs the other pages; these take a server beside the cluster.
const THIS = 'test/cluster/docs/credential-pages.test.ts';

const blocksOfPage = async (page: string) =>
  blocksOf(await readPage(page)).filter(
    ({ markers }) => markers.has('file') || markers.get('not run')?.includes(THIS),
  );
const [postgres, redis, shell] = await Promise.all([
  aPostgres(t),
  aRedis(t, { config: [`requirepass ${GOOD.password}`] }),
  aPageClusterWithLockstep(t, ['webhook', 'controller']),
]);
await postgres.sql(`CREATE ROLE app LOGIN PASSWORD '${GOOD.password}'`);
await postgres.sql('CREATE DATABASE shop OWNER app');
// As the page has it for the version of this server, and no more.
await postgres.sql(`CREATE ROLE lockstep LOGIN CREATEROLE PASSWORD '${GOOD.other}'`);
if (postgres.version >= 16)
  await postgres.sql('GRANT app TO lockstep WITH ADMIN TRUE, INHERIT FALSE, SET FALSE');
await postgres.sql('GRANT CONNECT ON DATABASE shop TO lockstep');

/** What the page says is there by then. */
const THERE = `
kubectl -n lockstep-system rollout status deployment/lockstep-controller
kubectl create namespace shop
kubectl -n shop create secret generic app --from-literal=POSTGRES_USER=app --from-literal=POSTGRES_PASSWORD=${GOOD.password} \\
  --from-literal=POSTGRES_DB=shop --from-literal=POSTGRES_HOST=${postgres.host} --from-literal=POSTGRES_PORT=${postgres.port}
kubectl -n shop create secret generic postgres-admin --from-literal=username=lockstep --from-literal=password=${GOOD.other}
`;

/** Runs the blocks of the page. It has a Service; here the server has an address. */
async function followPage(
  t: Test,
  page: string,
  { named, host, port }: { readonly named: string; readonly host: string; readonly port: number },
): Promise<void> {
  const blocks = await blocksOfPage(page);
  const written = `server: { host: ${named} }`;
  const isNamed = ({ text }: { readonly text: string }) => text.includes(written);
  t.equal(blocks.filter(isNamed).length, 1, 'the page names the server once');
  for (const block of blocks) {
    const text = block.text.replace(written, `server: { host: ${host}, port: ${port} }`);
    await t.test(`line ${block.line}`, (t) => runBlock(t, shell, { ...block, text }));
  }
}

t.test('docs/tasks/connect-postgresql.md sets a login up as it says', async (t) => {
  const { exitCode, output } = await shell.run(THERE);
  t.equal(exitCode, 0, output);
  await followPage(t, 'docs/tasks/connect-postgresql.md', { named: 'postgres', ...postgres });
});

t.test('server and Secret have the same new password at the end', async (t) => {
  const { output } = await shell.run(
    "kubectl -n shop get secret app -o jsonpath='{.data.POSTGRES_PASSWORD}' | base64 -d",
  );
  const as = (password: string) =>
    postgres.sql('SELECT 1 AS one', { as: { role: 'app', password }, database: 'shop' });
  t.match(await as(output.trim()), [{ one: 1 }]);
  await t.rejects(as(GOOD.password));
});

t.test('docs/tasks/connect-redis.md adds a login to the same Secret', async (t) => {
  const { exitCode, output } = await shell.run(`
kubectl -n shop patch secret app -p '{"stringData":{"REDIS_PASSWORD":"${GOOD.password}"}}'
`);
  t.equal(exitCode, 0, output);
  await followPage(t, 'docs/tasks/connect-redis.md', { named: 'redis', ...redis });
  const held = await shell.run(
    "kubectl -n shop get secret app -o jsonpath='{.data.REDIS_PASSWORD}' | base64 -d",
  );
  t.equal(await redis.send(['PING'], { user: 'default', password: held.output.trim() }), 'PONG');
  await t.rejects(redis.send(['PING'], { user: 'default', password: GOOD.password }));
});
