import t from 'tap';
import { type Login, loginsOf } from '../../../../src/engine/login/in-secret/logins.ts';
import type { Policy } from '../../../../src/engine/policy/policy.ts';
import { decide } from '../../../../src/engine/review/decide/decide.ts';
import type { Evaluation } from '../../../../src/engine/review/evaluation/evaluation.ts';
import type { Secret } from '../../../../src/engine/secret/secret.ts';
import { aSecret, builtins, GOOD, testContext } from '../../../helpers/engine/engine.ts';
import { recordedCases } from '../../../helpers/engine/recorded-secrets.ts';

function evaluationIn(secret: Secret, policies: readonly Policy[]): Evaluation | undefined {
  const request = { operation: 'CREATE', secret, old: undefined, username: undefined } as const;
  let evaluation: Evaluation | undefined;
  decide(request, policies, testContext, (one) => {
    evaluation = one;
  });
  return evaluation;
}

/** With the passwords, which no comparison of `Sensitive` shows. */
const shown = (logins: readonly Login[]) =>
  logins.map(({ password, ...rest }) => ({ ...rest, password: password.reveal() }));

t.test('the logins of 2,000 Secrets are the same with the evaluation of their decision', async (t) => {
  let logins = 0;
  let evaluated = 0;
  for (const { request, policies } of recordedCases(2000)) {
    const { secret } = request;
    const evaluation = evaluationIn(secret, policies);
    const expected = shown(loginsOf(secret, policies));
    t.same(shown(loginsOf(secret, policies, evaluation)), expected);
    logins += expected.length;
    if (evaluation?.data === secret.data) evaluated++;
  }
  t.ok(logins > 100, `${logins} logins`);
  t.ok(evaluated > 100, `${evaluated} Secrets that lockstep does not change`);
});

t.test('the evaluation of other data or other policies is not used', async (t) => {
  const url = `postgresql://shop:${GOOD.password}@db/shop`;
  const data = { POSTGRES_USER: 'shop', POSTGRES_PASSWORD: GOOD.password, POSTGRES_DB: 'shop' };
  const secret = aSecret({ ...data, DATABASE_URL: url });
  const other = aSecret({ ...data, POSTGRES_PASSWORD: 'changeme', DATABASE_URL: url });
  const keysOf = (logins: readonly Login[]) => logins.map(({ key }) => key);
  t.same(keysOf(loginsOf(secret, builtins)), ['POSTGRES_PASSWORD']);
  t.same(keysOf(loginsOf(other, builtins, evaluationIn(secret, builtins))), ['DATABASE_URL']);
  t.same(keysOf(loginsOf(secret, [], evaluationIn(secret, builtins))), ['DATABASE_URL']);
});

t.test('names the key that holds the password, and the one from which the login was read', async (t) => {
  const base = { POSTGRES_USER: 'shop', POSTGRES_PASSWORD: GOOD.password, POSTGRES_DB: 'shop' };
  const url = `postgresql://shop:${GOOD.password}@db/shop`;
  const named = (values: Readonly<Record<string, string>>) =>
    loginsOf(aSecret({ ...base, ...values }), builtins).map(({ key, source }) => [key, source]);
  t.same(named({}), [['POSTGRES_PASSWORD', 'POSTGRES_PASSWORD']]);
  t.same(named({ DATABASE_URL: url }), [['POSTGRES_PASSWORD', 'DATABASE_URL']]);
  const another = url.replace(GOOD.password, GOOD.other);
  t.same(named({ DATABASE_URL: another }), [['DATABASE_URL', 'DATABASE_URL']]);
});
