import t from 'tap';
import { controllerConfig, SERVE_OPTIONS, serveConfig } from '../../src/config/config.ts';

const none = new Map<string, string>();
const pod = { KUBERNETES_SERVICE_HOST: '10.0.0.1' };

t.test('nothing given: loopback outside of a pod, every address and a drain inside', async (t) => {
  t.match(serveConfig(none, {}, '/lockstep/certs'), {
    inPod: false,
    host: '127.0.0.1',
    port: 8443,
    metricsPort: 9090,
    certDir: '/lockstep/certs',
    drainSeconds: 0,
    namespace: 'lockstep-system',
  });
  t.match(serveConfig(none, pod, '/lockstep/certs'), {
    inPod: true,
    host: '::',
    certDir: undefined,
    drainSeconds: 10,
  });
});

t.test('a flag counts more than its variable', async (t) => {
  const env = { LOCKSTEP_PORT: '1', LOCKSTEP_METRICS_PORT: '2' };
  t.match(serveConfig(new Map([['port', '3']]), env), { port: 3, metricsPort: 2 });
});

t.test('each option has a variable', async (t) => {
  t.same(
    SERVE_OPTIONS.map(({ name, variable }) => `${name} ${variable}`),
    [
      'port LOCKSTEP_PORT',
      'metrics-port LOCKSTEP_METRICS_PORT',
      'host LOCKSTEP_HOST',
      'policy LOCKSTEP_POLICY',
      'no-builtin LOCKSTEP_NO_BUILTIN',
      'cert-dir LOCKSTEP_CERT_DIR',
      'client-ca-file LOCKSTEP_CLIENT_CA_FILE',
      'client-names LOCKSTEP_CLIENT_NAMES',
      'kubeconfig LOCKSTEP_KUBECONFIG',
      'warn-only-users LOCKSTEP_WARN_ONLY_USERS',
      'max-action LOCKSTEP_MAX_ACTION',
      'lockstep-namespace LOCKSTEP_NAMESPACE',
      'excluded-namespaces LOCKSTEP_EXCLUDED_NAMESPACES',
      'log-level LOCKSTEP_LOG_LEVEL',
      'drain-seconds LOCKSTEP_DRAIN_SECONDS',
    ],
  );
});

t.test('lists are separated as their values allow', async (t) => {
  const env = {
    LOCKSTEP_POLICY: '/a:/b,/c',
    LOCKSTEP_WARN_ONLY_USERS: 'system:serviceaccount:velero:velero, backup',
  };
  const config = serveConfig(new Map([['no-builtin', ['one', 'two,three']]]), env);
  t.same(config.policies, ['/a', '/b', '/c']);
  t.same([...config.warnOnlyUsers], ['system:serviceaccount:velero:velero', 'backup']);
  t.same(config.dropped, ['one', 'two', 'three']);
});

t.test('refuses an invalid number or word, and names the option or variable', async (t) => {
  t.throws(() => serveConfig(new Map([['port', 'x']]), {}), {
    message: /^--port: must be a whole number/,
    exitCode: 2,
  });
  t.throws(
    () => serveConfig(none, { LOCKSTEP_PORT: '70000' }),
    /^LOCKSTEP_PORT: must be a whole number from 0 to 65535/,
  );
  t.throws(
    () => serveConfig(new Map([['log-level', 'loud']]), {}),
    /--log-level: must be one of debug, info/,
  );
  t.throws(
    () => serveConfig(none, { LOCKSTEP_MAX_ACTION: 'warn' }),
    /LOCKSTEP_MAX_ACTION: must be one of Enforce, Warn, Audit/,
  );
});

t.test('an empty variable is as good as none', async (t) => {
  t.match(serveConfig(none, { LOCKSTEP_PORT: '', LOCKSTEP_HOST: '' }), { port: 8443, host: '127.0.0.1' });
});

t.test('localhost is one address, so that a new certificate reaches every socket', async (t) => {
  t.equal(serveConfig(new Map([['host', 'localhost']]), {}).host, '127.0.0.1');
});

t.test('excluded namespaces are names; a pattern would exclude nothing', async (t) => {
  for (const read of [serveConfig, controllerConfig]) {
    const excluded = (text: string) => [
      ...read(none, { LOCKSTEP_EXCLUDED_NAMESPACES: text }).excludedNamespaces,
    ];
    t.same(excluded('legacy, sandbox,legacy'), ['legacy', 'sandbox']);
    t.same(excluded(''), []);
    for (const text of ['team-*', 'Legacy', 'a/b', '-a'])
      t.throws(() => excluded(text), { message: /--excluded-namespaces.*names of namespaces/ }, text);
  }
});

t.test('reads networks in CIDR notation and names the option of an invalid one', async (t) => {
  const read = (text: string) =>
    controllerConfig(new Map(), { LOCKSTEP_SERVER_NETWORKS: text }).serverNetworks;
  t.same(read('127.0.0.0/8, ::1'), [
    { address: '127.0.0.0', prefix: 8 },
    { address: '::1', prefix: 128 },
  ]);
  t.same(read(''), []);
  for (const text of ['localhost', '10.0.0.0/33', 'fd00::/129', '10.0.0/8', '10.0.0.0/', '10.0.0.0/8/8'])
    t.throws(() => read(text), { message: /--server-networks.*networks such as/ }, text);
});
