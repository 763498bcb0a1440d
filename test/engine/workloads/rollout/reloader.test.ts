import { createHash } from 'node:crypto';
import t from 'tap';
import { plainSecret } from '../../../../src/engine/secret/secret.ts';
import {
  isLeftToReloader,
  isReloadedFor,
  reloaderMarksOf,
} from '../../../../src/engine/workloads/rollout/reloader.ts';
import { values } from '../../../helpers/engine/record.ts';

type StringMap = Readonly<Record<string, string>>;

const EMPTY = { annotations: {}, variables: [] };

const isLeft = (
  annotations: StringMap,
  {
    template = {},
    secret = {},
    name = 'app',
  }: { template?: StringMap; secret?: StringMap; name?: string } = {},
): boolean =>
  isLeftToReloader(
    reloaderMarksOf(annotations, { annotations: template, variables: [] }),
    plainSecret({ namespace: 'shop', name, annotations: new Map(Object.entries(secret)) }),
  );

t.test('each annotation of Reloader that restarts for a Secret leaves the restart to it', async (t) => {
  for (const name of ['reloader.stakater.com/auto', 'secret.reloader.stakater.com/auto']) {
    for (const value of ['true', 'True', '1', 't']) t.ok(isLeft({ [name]: value }), `${name}=${value}`);
    for (const value of ['false', 'yes', '', 'on']) t.notOk(isLeft({ [name]: value }), `${name}=${value}`);
  }
  t.notOk(isLeft({}));
  t.notOk(isLeft({ 'configmap.reloader.stakater.com/auto': 'true' }), 'ConfigMaps only');
  t.notOk(isLeft({ 'configmap.reloader.stakater.com/reload': 'app' }), 'ConfigMaps only');
});

t.test('a list names Secrets, as regular expressions for the whole name', async (t) => {
  const named = (list: string, name = 'app') =>
    isLeft({ 'secret.reloader.stakater.com/reload': list }, { name });
  t.ok(named('app'));
  t.ok(named('tls, app ,other'));
  t.ok(named('tls,a.*'));
  t.ok(named('[bad,app'), 'a fault in one does not hide another');
  t.notOk(named('apps'));
  t.notOk(named('pp'));
  t.notOk(named(''));
  t.notOk(named('[bad'));
  t.ok(named('my.app', 'my.app'));
});

t.test('hostile lists cost little, and do not throw', async (t) => {
  const named = (list: string) =>
    isLeft({ 'secret.reloader.stakater.com/reload': list }, { name: 'a'.repeat(253) });
  t.notOk(named(Array(100).fill('(a*)*b').join(',')));
  t.notOk(named('((a{1000}){1000}){1000}'));
  t.notOk(named('\\pL{1000}'));
  t.notOk(named(`${'('.repeat(1000)}a`));
  t.notOk(named(',x'.repeat(100_000)));
});

t.test('search and match work together only', async (t) => {
  const search = { 'reloader.stakater.com/search': 'true' };
  const match = { 'reloader.stakater.com/match': 'true' };
  t.ok(isLeft(search, { secret: match }));
  t.notOk(isLeft(search));
  t.notOk(isLeft({}, { secret: match }));
  t.notOk(isLeft({ 'reloader.stakater.com/search': '1' }, { secret: match }), 'exactly "true"');
});

t.test('annotations of the pod template count only without those of the workload', async (t) => {
  const auto = { 'reloader.stakater.com/auto': 'true' };
  t.ok(isLeft({}, { template: auto }));
  t.notOk(isLeft({ 'reloader.stakater.com/auto': 'false' }, { template: auto }));
  t.notOk(isLeft({ 'secret.reloader.stakater.com/reload': 'tls' }, { template: auto }));
  t.ok(isLeft({ 'configmap.reloader.stakater.com/auto': 'true' }, { template: auto }));
});

t.test('an excluded or ignored Secret restarts nothing', async (t) => {
  const auto = { 'reloader.stakater.com/auto': 'true' };
  const exclude = { 'secrets.exclude.reloader.stakater.com/reload': 'tls, app' };
  t.notOk(isLeft({ ...auto, ...exclude }));
  t.ok(isLeft({ ...auto, ...exclude }, { name: 'other' }));
  t.notOk(isLeft({ ...exclude }, { template: auto }), 'the list stands on the workload');
  t.ok(isLeft({}, { template: { ...auto, ...exclude } }), 'and nowhere else');
  t.notOk(isLeft(auto, { secret: { 'reloader.stakater.com/ignore': 'true' } }));
  t.ok(isLeft(auto, { secret: { 'reloader.stakater.com/ignore': 'false' } }));
});

const DATA = { 'A-B': 'two', A: 'one', AB: 'three', Z: '' };
/** As Reloader 1.4.21 computes it. */
const DIGEST = createHash('sha1').update('A-B=two;A=one;AB=three;Z=').digest('hex');
const SECRET = plainSecret({ namespace: 'shop', name: 'my-app.v2', data: values(DATA) });
const AUTO = { 'reloader.stakater.com/auto': 'true' };

const isReloaded = (template: { annotations?: StringMap; variables?: readonly object[] }): boolean => {
  const marks = reloaderMarksOf(AUTO, { ...EMPTY, ...template });
  return marks !== undefined && isReloadedFor(marks, SECRET);
};

t.test('the variable of Reloader shows the data that the pods were restarted for', async (t) => {
  const variable = (value: string, name = 'STAKATER_MY_APP_V2_SECRET') => ({ variables: [{ name, value }] });
  t.ok(isReloaded(variable(DIGEST)));
  t.notOk(isReloaded(variable(DIGEST.replace(/^./, 'x'))), 'older data');
  t.notOk(isReloaded(variable(DIGEST, 'STAKATER_OTHER_SECRET')));
  t.notOk(isReloaded({ variables: [{ name: 'PATH', value: DIGEST }, { name: 'NONE' }, {}] }));
  t.notOk(isReloaded({}));
});

t.test('so does its annotation, with the strategy of annotations', async (t) => {
  const annotated = (reload: unknown) => ({
    annotations: { 'reloader.stakater.com/last-reloaded-from': JSON.stringify(reload) },
  });
  const reload = { type: 'SECRET', name: 'my-app.v2', namespace: 'shop', hash: DIGEST, observedAt: 1 };
  t.ok(isReloaded(annotated(reload)));
  t.notOk(isReloaded(annotated({ ...reload, type: 'CONFIGMAP' })));
  t.notOk(isReloaded(annotated({ ...reload, name: 'other' })));
  for (const hostile of [null, 5, 'text', [], { hash: {} }]) t.notOk(isReloaded(annotated(hostile)));
  t.notOk(isReloaded({ annotations: { 'reloader.stakater.com/last-reloaded-from': '{' } }));
});
