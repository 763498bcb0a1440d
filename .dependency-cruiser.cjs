// Imports point one way: commands → admission, controllers, kube, postgres, redis, tls, manifest, report → engine.
const SIDES = 'admission|controllers|kube|postgres|redis|tls|manifest|report';
/** The folders that several commands use. Every other folder of commands/ is one command. */
const SHARED =
  'adapters|cli|login-attempts|manifests|password-change|pod|policy-sources|references|secret-argument|secret-session';

/** The rooms of the engine, from the lowest up. A room imports those before it, never one behind it. */
const ROOMS = ['secret', 'value', 'policy', 'review', 'workloads', 'versions', 'login', 'diagnosis'];

/** Sub-folders that use the files of the folder above. Others are used by it. */
const STANDS_ON_ITS_FOLDER = [
  'controllers/[^/]+',
  'engine/diagnosis/[^/]+',
  'engine/policy/(cel|compile|match)',
  'engine/review/rules/(derivation|encoding)',
  'engine/secret/(record|finding)',
  'engine/value/uri/rewrite',
  'engine/versions/[^/]+',
  'report/[^/]+',
].join('|');
/** Files that list what such sub-folders hold. */
const LISTS_SUB_FOLDERS = 'engine/review/rules/registry';

/** One outside library, one folder that may import it. */
const onlyIn = (library, folder) => ({
  name: `${library}-only-in-${folder}`,
  severity: 'error',
  from: { path: '^src/', pathNot: `^src/${folder}/` },
  to: { path: `node_modules/${library}/` },
});

const importsNoLaterRoom = (room, place) => ({
  name: `engine-${room}-imports-no-later-room`,
  severity: 'error',
  from: { path: `^src/engine/${room}/` },
  to: { path: `^src/engine/(${ROOMS.slice(place + 1).join('|')})/` },
});

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'engine-is-pure',
      comment: 'The engine does no I/O, and knows nobody.',
      severity: 'error',
      from: { path: '^src/engine/' },
      to: {
        path: [
          '^src/(?!engine/)',
          '^(node:)?(fs|net|http|https|tls|dns|child_process|process|os|timers)(/|$)',
        ],
      },
    },
    {
      name: 'engine-has-only-its-rooms',
      severity: 'error',
      from: {},
      to: { path: `^src/engine/(?!(${ROOMS.join('|')})/)` },
    },
    ...ROOMS.slice(0, -1).map(importsNoLaterRoom),
    {
      name: 'no-sideways',
      comment: 'A folder states what it needs as functions; commands/ supplies them.',
      severity: 'error',
      from: { path: `^src/(${SIDES})/` },
      to: { path: `^src/(commands|${SIDES})/`, pathNot: '^src/$1/' },
    },
    {
      name: 'protocol-knows-no-server',
      comment: 'A password change uses the port of a server. Only the choice of the server names them.',
      severity: 'error',
      from: {
        path: '^src/(controllers/credential|engine/(secret/record|workloads/rollout|versions/rollback|login/(change|copies|status)))/',
      },
      to: { path: '^src/(controllers|engine/login)/(postgres|redis)/' },
    },
    {
      name: 'nobody-imports-commands-but-main',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(main\\.ts$|commands/)' },
      to: { path: '^src/commands/' },
    },
    {
      name: 'metrics-observe',
      comment: 'Metrics are filled by commands/. They read the types of what they count.',
      severity: 'error',
      from: { path: '^src/metrics/' },
      to: { path: '^src/', pathNot: '^src/((metrics|engine|admission)/|version\\.ts$)' },
    },
    {
      name: 'only-commands-import-metrics',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(commands|metrics)/' },
      to: { path: '^src/metrics/' },
    },
    {
      name: 'commands-are-apart',
      comment: 'A command uses the shared folders, never another command.',
      severity: 'error',
      from: { path: '^src/commands/([^/]+)/' },
      to: { path: '^src/commands/[^/]+/', pathNot: `^src/commands/($1|${SHARED})/` },
    },
    {
      name: 'no-circular-folders',
      scope: 'folder',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true },
    },
    {
      name: 'no-circle-with-sub-folder',
      comment: 'Either a folder uses its sub-folder, or the sub-folder its folder. Some files list both.',
      severity: 'error',
      from: { path: '^(src/.+)/[^/]+/[^/]+\\.ts$', pathNot: `^src/(${STANDS_ON_ITS_FOLDER})/` },
      to: { path: '^$1/[^/]+\\.ts$' },
    },
    {
      name: 'no-circle-with-folder-above',
      severity: 'error',
      from: { path: '^(src/.+)/[^/]+\\.ts$', pathNot: `^src/(${LISTS_SUB_FOLDERS})\\.ts$` },
      to: { path: `^(?=$1/[^/]+/)src/(${STANDS_ON_ITS_FOLDER})/` },
    },
    {
      name: 'only-main-uses-process',
      comment: 'Environment, streams and signals are parameters.',
      severity: 'error',
      from: { path: '^src/(?!main\\.ts$)' },
      to: { path: '^(node:)?process$' },
    },
    {
      name: 'nobody-imports-main',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^src/main\\.ts$' },
    },
    {
      name: 'src-does-not-import-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench)/' },
    },
    onlyIn('@kubernetes/client-node', 'kube'),
    onlyIn('pg', 'postgres'),
    onlyIn('ioredis', 'redis'),
    onlyIn('selfsigned', 'tls'),
    onlyIn('yaml', 'manifest'),
    onlyIn('fastify', 'admission'),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
