import t from 'tap';
import { findingsBoard, type SecretWithFindings } from '../../../src/controllers/findings/board.ts';
import type { Finding } from '../../../src/engine/secret/finding/finding.ts';
import { aFinding, anAudited } from '../../helpers/commands/audited.ts';

function aBoard() {
  const changed: string[] = [];
  const found: SecretWithFindings[] = [];
  const board = findingsBoard({
    onChange: (namespace) => changed.push(namespace),
    onNewFindings: (faulty) => found.push(faulty),
  });
  const observe = (ref: string, findings: readonly Finding[], uid = 'u-1') =>
    board.observe(anAudited({ ref, findings }), uid);
  /** The new findings since the last call, as `name rule,rule`. */
  const newFindings = () =>
    found.splice(0).map(({ name, findings }) => `${name} ${findings.map(({ rule }) => rule).join(',')}`);
  return { board, observe, newFindings, changes: () => changed.splice(0) };
}

const enforced = aFinding();
const warned = aFinding({ action: 'Warn', rule: 'weak' });
const noted = aFinding({ action: 'Audit', rule: 'exposed-annotation' });

t.test('a finding is new once, and an Audit finding never is', async (t) => {
  const { observe, newFindings, changes } = aBoard();
  observe('shop/app', [enforced, noted]);
  t.same(newFindings(), ['app placeholder']);
  t.same(changes(), ['shop']);
  observe('shop/app', [{ ...enforced }, { ...noted }]);
  t.same(newFindings(), []);
  t.same(changes(), [], 'the same again changes nothing');
  observe('shop/app', [enforced, noted, warned]);
  t.same(newFindings(), ['app weak']);
  t.same(changes(), ['shop']);
});

t.test('all findings of a Secret that was deleted and created again are new', async (t) => {
  const { observe, newFindings } = aBoard();
  observe('shop/app', [enforced]);
  newFindings();
  observe('shop/app', [enforced], 'u-2');
  t.same(newFindings(), ['app placeholder']);
});

t.test('a Secret that is corrected or deleted is forgotten', async (t) => {
  const { board, observe, changes } = aBoard();
  observe('shop/app', [enforced]);
  observe('shop/web', [warned]);
  changes();
  observe('shop/app', []);
  t.same(
    board.inNamespace('shop').map(({ name }) => name),
    ['web'],
  );
  board.forget('shop', 'web');
  board.forget('shop', 'never-known');
  t.same(board.inNamespace('shop'), []);
  t.same(changes(), ['shop', 'shop']);
  t.same(board.byAction(), { Enforce: 0, Warn: 0, Audit: 0 });
  t.same(board.byRule(), []);
});

t.test('a Secret that a complete scan has not seen is forgotten', async (t) => {
  const { board, observe } = aBoard();
  observe('shop/gone', [enforced]);
  observe('shop/there', [enforced]);
  board.scanStarted();
  observe('shop/there', [enforced]);
  observe('web/new', [warned]);
  t.equal(board.inNamespace('shop').length, 2, 'not before');
  board.scanEnded();
  t.same(
    board.inNamespace('shop').map(({ name }) => name),
    ['there'],
  );
  t.same(
    board.inNamespace('web').map(({ name }) => name),
    ['new'],
  );
});

t.test('findings are counted by action, policy and rule', async (t) => {
  const { board, observe } = aBoard();
  observe('shop/app', [enforced, aFinding({ key: 'API_KEY' }), noted]);
  observe('web/app', [enforced, warned]);
  t.same(board.byAction(), { Enforce: 3, Warn: 1, Audit: 1 });
  t.same(
    board
      .byRule()
      .map(({ policy, rule, action, count }) => `${policy} ${rule} ${action} ${count}`)
      .sort(),
    ['jwt-keys exposed-annotation Audit 1', 'jwt-keys placeholder Enforce 3', 'jwt-keys weak Warn 1'],
  );
});

t.test('the strongest findings of a Secret with very many are kept, and all are counted', async (t) => {
  const { board, observe } = aBoard();
  const many = Array.from({ length: 500 }, (_, index) => aFinding({ action: 'Warn', key: `KEY_${index}` }));
  observe('shop/app', [...many, enforced]);
  const [app] = board.inNamespace('shop');
  t.equal(app?.findings.length, 20);
  t.equal(app?.findings[0]?.action, 'Enforce');
  t.same(app?.counts, { Enforce: 1, Warn: 500, Audit: 0 });
});

t.test('special property names are names like others', async (t) => {
  const { board, observe } = aBoard();
  observe('__proto__/constructor', [aFinding({ key: '__proto__', policy: 'toString' })]);
  t.equal(board.inNamespace('__proto__').length, 1);
  t.equal(board.byRule()[0]?.policy, 'toString');
  t.same(board.inNamespace('constructor'), []);
});

t.test('equal findings of many Secrets are held once', async (t) => {
  const { board, observe } = aBoard();
  for (let index = 0; index < 1000; index += 1) observe(`shop/app-${index}`, [{ ...enforced }]);
  t.equal(new Set(board.inNamespace('shop').flatMap(({ findings }) => findings)).size, 1);
});
