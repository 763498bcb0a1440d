import t from 'tap';
import {
  runsPostgres,
  runsRedis,
  type ServerWorkload,
  type ServiceFacts,
  serverServices,
} from '../../../../src/engine/login/new-credential/server-workload.ts';

const aWorkload = (fields: Partial<ServerWorkload> = {}): ServerWorkload => ({
  id: 'StatefulSet/postgres',
  labels: new Map([['app', 'postgres']]),
  portName: undefined,
  secrets: ['app'],
  ...fields,
});

const aService = (name: string, fields: Partial<ServiceFacts> = {}): ServiceFacts => ({
  name,
  isHeadless: false,
  selector: new Map([['app', 'postgres']]),
  ports: [{ port: 5432, target: 5432 }],
  ...fields,
});

const hosts = (workloads: readonly ServerWorkload[], services: readonly ServiceFacts[]) =>
  serverServices(workloads, services, 'app').map(({ host, port }) => `${host}:${port}`);

t.test('a server is known by its image, or by its port', async (t) => {
  for (const image of [
    'postgres:17',
    'docker.io/bitnami/postgresql@sha256:0',
    'postgis/postgis',
    'registry:5000/timescale/timescaledb-ha:pg16',
  ])
    t.ok(runsPostgres({ image, ports: [] }), image);
  for (const image of [
    'prometheuscommunity/postgres-exporter',
    'bitnami/pgbouncer',
    'postgrest/postgrest',
    'api',
  ])
    t.notOk(runsPostgres({ image, ports: [] }), image);
  t.ok(runsPostgres({ image: 'registry.example.com/db:1', ports: [5432] }));
  t.notOk(runsPostgres({ image: 'edoburu/pgbouncer', ports: [5432] }));
});

t.test('an image or a port says that a container runs Redis', async (t) => {
  for (const image of [
    'redis:7',
    'docker.io/bitnami/redis:7.4',
    'valkey/valkey@sha256:0',
    'redis/redis-stack',
  ])
    t.ok(runsRedis({ image, ports: [] }), image);
  for (const image of ['oliver006/redis_exporter', 'redis/redisinsight', 'bitnami/redis-sentinel', 'api'])
    t.notOk(runsRedis({ image, ports: [] }), image);
  t.ok(runsRedis({ image: 'dragonflydb/dragonfly', ports: [6379] }));
});

t.test('the Service that takes writes is chosen', async (t) => {
  const headless = aService('postgres-hl', { isHeadless: true });
  t.same(hosts([aWorkload()], [headless, aService('postgres'), aService('postgres-ro')]), ['postgres:5432']);
  t.same(hosts([aWorkload()], [headless]), ['postgres-hl:5432']);
  const replica = aWorkload({ id: 'StatefulSet/postgres-read', labels: new Map([['app', 'read']]) });
  const read = aService('postgres-read', { selector: replica.labels });
  t.same(hosts([replica, aWorkload()], [read, aService('postgres')]), ['postgres:5432']);
});

t.test('the port of the Service leads to that of the server', async (t) => {
  const ports = [
    { port: 9187, target: 9187 },
    { port: 6543, target: 'tcp-pg' },
  ];
  t.same(hosts([aWorkload({ portName: 'tcp-pg' })], [aService('db', { ports })]), ['db:6543']);
});

t.test('no Service is guessed', async (t) => {
  t.same(hosts([aWorkload({ secrets: ['other'] })], [aService('postgres')]), []);
  t.same(hosts([aWorkload()], [aService('web', { selector: new Map() })]), []);
  t.same(hosts([aWorkload()], [aService('web', { selector: new Map([['app', 'web']]) })]), []);
  t.same(hosts([aWorkload()], [aService('a'), aService('b')]), ['a:5432', 'b:5432']);
});
